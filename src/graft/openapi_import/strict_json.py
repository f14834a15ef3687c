"""Strict JSON: one value, no key twice, no NaN, no U+0000 or lone surrogate, every digit kept."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

from graft.errors import Problem, invalid, raise_if_any
from graft.jsontext import Json, Place, pointer_to
from graft.openapi_import.limits import Limits
from graft.openapi_import.nesting import first_deeper, nests_deeper
from graft.openapi_import.numbers import fraction, integer
from graft.openapi_import.oddities import Oddities
from graft.openapi_import.text import flaw, printable

# A raw control character is a syntax error and raw surrogates are no UTF-8: only these escapes can smuggle them in.
_SUSPICIOUS_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


class _RepeatedKeys(dict[str, Any]):
    """An object in which keys stand twice; it exists until the problem is reported."""

    keys_twice: frozenset[str] = frozenset()


class _Unusable:
    """Stands where a number should be, until the problem is reported."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail


class _Hooks:
    """What the decoder calls for objects and numbers; `flawed` says that the tree must be searched for problems."""

    def __init__(self, odd: Oddities) -> None:
        self.flawed = False
        self.odd = odd

    def object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) == len(pairs):
            return value
        self.flawed = True
        repeated = _RepeatedKeys(value)
        counts = Counter(name for name, _ in pairs)
        repeated.keys_twice = frozenset(name for name, count in counts.items() if count > 1)
        return repeated

    def integer(self, text: str) -> int | _Unusable:
        number = integer(text)
        return self._unusable("number-out-of-range", "The number has too many digits.") if number is None else number

    def fraction(self, text: str) -> Decimal | _Unusable:
        number = fraction(text)
        if number is None:
            return self._unusable("number-out-of-range", "The exponent is too large.")
        self.odd.spell(number, text)
        return number

    def constant(self, text: str) -> _Unusable:
        return self._unusable("not-a-number", f"{text} is no JSON value.")

    def _unusable(self, code: str, detail: str) -> _Unusable:
        self.flawed = True
        return _Unusable(code, detail)


def read_json(text: str, limits: Limits, odd: Oddities) -> Json:
    """The value of JSON text; `Invalid` lists everything that is wrong with it, a syntax error alone."""
    # Each value but the first follows a comma or an opening bracket, with or without its key between.
    if 1 + text.count(",") + text.count("[") + text.count("{") > limits.document_values:
        detail = f"A document may hold {limits.document_values} values."
        raise invalid("", "document-too-large", detail)
    hooks = _Hooks(odd)
    try:
        value = json.loads(
            text,
            object_pairs_hook=hooks.object,
            parse_int=hooks.integer,
            parse_float=hooks.fraction,
            parse_constant=hooks.constant,
        )
    except json.JSONDecodeError as error:
        detail = f"Not valid JSON: {error.msg} (line {error.lineno}, column {error.colno})."
        raise invalid("", "invalid-json", detail) from None
    except RecursionError:
        raise _too_deep(None, limits) from None
    if nests_deeper(value, limits.document_depth):
        raise _too_deep(first_deeper(value, limits.document_depth), limits)
    if hooks.flawed or _SUSPICIOUS_ESCAPE.search(text):
        raise_if_any(islice(_flaws(value, None), limits.problems), "The JSON has problems.")
    return value


def _too_deep(place: Place, limits: Limits) -> Exception:
    return invalid(
        pointer_to(place),
        "nested-too-deep",
        f"A document may nest {limits.document_depth} deep; this one nests deeper.",
    )


def _flaws(value: Json, place: Place) -> Iterator[Problem]:
    if isinstance(value, _Unusable):
        yield Problem(pointer_to(place), value.code, value.detail)
    elif isinstance(value, str):
        yield from _text_flaws(value, place)
    elif isinstance(value, dict):
        yield from _object_flaws(value, place)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _flaws(child, (place, index))


def _object_flaws(value: dict[str, Any], place: Place) -> Iterator[Problem]:
    repeated = value.keys_twice if isinstance(value, _RepeatedKeys) else frozenset[str]()
    for name, child in value.items():
        here = (place, printable(name))
        if name in repeated:
            yield Problem(pointer_to(here), "duplicate-key", "The key stands twice.")
        yield from _text_flaws(name, here)
        yield from _flaws(child, here)


def _text_flaws(text: str, place: Place) -> Iterator[Problem]:
    unstorable = flaw(text)
    if unstorable:
        yield Problem(pointer_to(place), "invalid-character", unstorable)
