"""Strict JSON: one pass over a body that refuses what JSON leaves open, with every problem at its pointer."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any, NoReturn

from graft.errors import Problem, invalid, raise_if_any
from graft.jsontext import pointer

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_NUMBER_LENGTH = 1_000
# A pointer can be as long as the body: with one for each of its characters nobody's memory would do.
_MAX_PROBLEMS = 100


class _Repeated(dict[str, Any]):
    """An object in which these keys stand more than once."""

    keys_twice: list[str]


def parse_json(data: bytes, *, depth: int = 32) -> Any:
    """The value of `data`: fractions as `Decimal`, whole numbers of any size as `int`.

    `Invalid` lists every problem that leaves the rest readable, up to a hundred.
    """
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    if not data.strip():
        raise invalid("", "not-json", "There is no body: send a JSON body.")
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_float=_fraction,
            parse_int=_whole,
            parse_constant=_constant,
        )
    except UnicodeDecodeError as error:
        raise invalid("", "not-utf-8", f"Byte {error.start} is not UTF-8.") from None
    except json.JSONDecodeError as error:
        where = f"{error.msg} at line {error.lineno}, column {error.colno}"
        raise invalid("", "not-json", f"Send a JSON body; this is none: {where}.") from None
    except RecursionError:
        raise invalid("", "too-deep", f"The document nests deeper than {depth}.") from None
    raise_if_any(islice(_problems(value, depth), _MAX_PROBLEMS))
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    repeated = _Repeated(found)
    seen: set[str] = set()
    repeated.keys_twice = [key for key, _ in pairs if key in seen or seen.add(key)]
    return repeated


def _fraction(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = None
    if (
        number is None
        or len(text) > _NUMBER_LENGTH
        or not number.is_finite()
        or abs(number.adjusted()) > _NUMBER_LENGTH
    ):
        raise invalid("", "number-too-large", f"The number {text[:40]} is out of range.")
    return number


def _whole(text: str) -> int:
    if len(text) > _NUMBER_LENGTH:
        raise invalid("", "number-too-large", f"The number {text[:40]}… has more than {_NUMBER_LENGTH} digits.")
    return int(text)


def _constant(text: str) -> NoReturn:
    raise invalid("", "not-json", f"{text} is no JSON number.")


def _problems(value: Any, limit: int) -> Iterator[Problem]:
    """Walk the tree without recursion; what the parser cannot see is found here."""
    pending: list[tuple[Any, tuple[str | int, ...]]] = [(value, ())]
    while pending:
        node, path = pending.pop()
        if isinstance(node, str):
            yield from _text(node, path)
        if not isinstance(node, (dict, list)):
            continue
        if len(path) >= limit:
            yield Problem(_place(*path), "too-deep", f"The document nests deeper than {limit}.")
            return
        if isinstance(node, _Repeated):
            for key in node.keys_twice:
                yield Problem(_place(*path, key), "duplicate-key", f"The key {key[:100]!r} stands more than once.")
        if isinstance(node, dict):
            for key in node:
                yield from _text(key, (*path, key))
        children = node.items() if isinstance(node, dict) else enumerate(node)
        pending += [(child, (*path, key)) for key, child in children if isinstance(child, (str, dict, list))]


def _text(text: str, path: tuple[str | int, ...]) -> Iterator[Problem]:
    if text.isascii() and "\x00" not in text:
        return
    if "\x00" in text:
        yield Problem(_place(*path), "nul-character", "Text may not hold U+0000.")
    if _SURROGATE.search(text):
        yield Problem(_place(*path), "lone-surrogate", "Text may not hold a lone surrogate.")


def _place(*path: str | int) -> str:
    """The pointer, in text that a reply can carry."""
    return _SURROGATE.sub("\ufffd", pointer(*path)).replace("\x00", "\ufffd")
