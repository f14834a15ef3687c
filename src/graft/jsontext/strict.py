"""The one strict reader of JSON from outside: what JSON leaves open is refused, each problem at its place."""

import json
import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

from graft.errors import Invalid, Problem, invalid, raise_if_any
from graft.jsontext.nesting import nests_deeper
from graft.jsontext.numbers import fraction, whole
from graft.jsontext.pointer import Place, pointer_to
from graft.jsontext.text import Json

_BYTE_ORDER_MARK = "\ufeff"
# A raw control character is an error of syntax, and raw surrogates are no UTF-8: only these escapes smuggle them in.
_SUSPICIOUS_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_SURROGATE = re.compile("[\ud800-\udfff]")
# The next bracket of the text, or none; what stands in strings is passed over.
_BRACKET = re.compile(r'(?:[^"\[\]{}]++|"[^"\\]*+(?:\\.[^"\\]*+)*+"?)*+([\[\]{}]?)', re.DOTALL)
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1, "": 0}
_SHOWN = 40


def text_problem(text: str) -> str | None:
    """Why `text` cannot be stored: U+0000, or a surrogate without its twin; None where it can."""
    if "\0" in text:
        return "Text may not hold U+0000."
    if not text.isascii() and _SURROGATE.search(text):
        return "Text may not hold half of a surrogate pair."
    return None


class StrictReader:
    """A reader with its bounds. Made once, it reads any number of texts.

    `depth`: objects and arrays inside each other, `{"a": []}` is 2 deep. `digits` and `exponent`: of one number, which
    has at most so many digits and stays within 10^±`exponent`. `text`: characters of one string or key. `problems`: how
    many are told of one text. `spelled` is told of each fraction and how it was written.
    """

    def __init__(
        self,
        *,
        depth: int = 32,
        digits: int = 1_000,
        exponent: int = 1_000,
        text: int | None = None,
        problems: int = 100,
        spelled: Callable[[Decimal, str], None] | None = None,
    ) -> None:
        self.depth = depth
        self.text = text
        self.problems = problems
        self._decode = _Hooks(digits, exponent, spelled).decoder().decode
        self._decode_marking = _Hooks(digits, exponent, None, marking=True).decoder().decode

    def read(self, data: bytes | str) -> Json:
        """The value of `data`: fractions as `Decimal`, whole numbers of any size as `int`, every digit kept.

        Bytes are UTF-8. A byte order mark is passed over. `Invalid` with every problem: `not-utf-8`, `invalid-json` for
        an error of syntax, alone; all at once `too-deep`, `duplicate-key`, `out-of-range`, `invalid-text`, `too-long`,
        and `invalid-json` for NaN and Infinity.
        """
        text = (data if isinstance(data, str) else _decoded(data)).removeprefix(_BYTE_ORDER_MARK)
        suspicious = isinstance(data, str) and not _is_utf8(text)

        try:
            value = self._decode(text)
        except _Flawed:
            value = self._read_marking(text)
            suspicious = True
        except (json.JSONDecodeError, RecursionError) as error:
            raise self._unread(text, error) from None

        if suspicious or self._is_suspicious(text, value):
            raise_if_any(_Search(self).problems_of(value))
        return value

    def _read_marking(self, text: str) -> Json:
        """The value of a text that has flaws, with marks where they are."""
        try:
            return self._decode_marking(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise self._unread(text, error) from None

    def _is_suspicious(self, text: str, value: Json) -> bool:
        """Whether the tree must be searched for what the decoder takes."""
        return (
            (text.count("[") + text.count("{") > self.depth and nests_deeper(value, self.depth))
            or ("\\u" in text and _SUSPICIOUS_ESCAPE.search(text) is not None)
            or (self.text is not None and len(text) > self.text)
        )

    def _unread(self, text: str, error: json.JSONDecodeError | RecursionError) -> Invalid:
        """An error that leaves no tree. Where the text goes too deep first is said whatever the stack would hold."""
        if isinstance(error, RecursionError) or _opens_deeper(text, error.pos, self.depth):
            return invalid("", "too-deep", f"This nests deeper than {self.depth}.")
        where = f"{error.msg} (line {error.lineno}, column {error.colno})"
        return invalid("", "invalid-json", f"This is no JSON: {where}.")


class _Flawed(Exception):
    """Ends the reading of a text that must be read again, to find all that is wrong with it."""


class _Repeated(dict[str, Any]):
    """An object in which keys stand twice; it exists until the problem is told."""

    keys_twice: frozenset[str] = frozenset()


class _Unusable:
    """Stands where a number should be, until the problem is told."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail


class _Hooks:
    """What the decoder calls for objects and numbers. A flaw ends the reading, or, if `marking`, leaves its mark."""

    def __init__(
        self, digits: int, exponent: int, spelled: Callable[[Decimal, str], None] | None, *, marking: bool = False
    ) -> None:
        self._digits = digits
        self._exponent = exponent
        self._spelled = spelled
        self._marking = marking

    def decoder(self) -> json.JSONDecoder:
        return json.JSONDecoder(
            object_pairs_hook=self.object,
            parse_int=self.whole,
            parse_float=self.fraction,
            parse_constant=self.constant,
        )

    def object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        return found if len(found) == len(pairs) else self.repeated(pairs)

    def whole(self, text: str) -> int | _Unusable:
        if len(text) <= self._digits:
            return int(text)
        number = whole(text, self._digits)
        if number is None:
            return self.unusable("out-of-range", f"The number {text[:_SHOWN]}… has more than {self._digits:,} digits.")
        return number

    def fraction(self, text: str) -> Decimal | _Unusable:
        number = fraction(text, self._digits, self._exponent)
        if number is None:
            return self.unusable("out-of-range", f"The number {text[:_SHOWN]} is out of range.")
        if self._spelled is not None:
            self._spelled(number, text)
        return number

    def constant(self, text: str) -> _Unusable:
        return self.unusable("invalid-json", f"{text} is no number of JSON.")

    def repeated(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if not self._marking:
            raise _Flawed
        found = _Repeated(pairs)
        counts = Counter(key for key, _ in pairs)
        found.keys_twice = frozenset(key for key, count in counts.items() if count > 1)
        return found

    def unusable(self, code: str, detail: str) -> _Unusable:
        if not self._marking:
            raise _Flawed
        return _Unusable(code, detail)


class _Enough(Exception):
    """As many problems are found as are told."""


class _Search:
    """One walk through a tree for all that is wrong with it, in the order of the text."""

    def __init__(self, reader: StrictReader) -> None:
        self._reader = reader
        self._found: list[Problem] = []

    def problems_of(self, value: Json) -> list[Problem]:
        with suppress(_Enough):
            self._look(value, None, 1)
        return self._found

    def _look(self, node: Any, place: Place, depth: int) -> None:
        if isinstance(node, str):
            self._look_at_text(node, place)
        elif isinstance(node, _Unusable):
            self._add(place, node.code, node.detail)
        elif isinstance(node, (dict, list)):
            if depth > self._reader.depth:
                self._add(place, "too-deep", f"This nests deeper than {self._reader.depth}.")
            elif isinstance(node, dict):
                self._look_at_object(node, place, depth)
            else:
                for index, child in enumerate(node):
                    self._look(child, (place, index), depth + 1)

    def _look_at_object(self, node: dict[str, Any], place: Place, depth: int) -> None:
        twice = node.keys_twice if isinstance(node, _Repeated) else frozenset[str]()
        for key, child in node.items():
            here = (place, key)
            if key in twice:
                self._add(here, "duplicate-key", "The key stands more than once.")
            self._look_at_text(key, here)
            self._look(child, here, depth + 1)

    def _look_at_text(self, text: str, place: Place) -> None:
        detail = text_problem(text)
        if detail is not None:
            self._add(place, "invalid-text", detail)
        if self._reader.text is not None and len(text) > self._reader.text:
            self._add(place, "too-long", f"A text has at most {self._reader.text:,} characters.")

    def _add(self, place: Place, code: str, detail: str) -> None:
        self._found.append(Problem(pointer_to(place), code, detail))
        if len(self._found) >= self._reader.problems:
            raise _Enough


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise invalid("", "not-utf-8", f"Byte {error.start} is not UTF-8.") from None


def _is_utf8(text: str) -> bool:
    """Whether a text has no lone surrogate. Encoding is ten times as fast as looking for one."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _opens_deeper(text: str, end: int, limit: int) -> bool:
    """Whether more than `limit` objects and arrays are open somewhere before `end`."""
    if text.count("[", 0, end) + text.count("{", 0, end) <= limit:
        return False
    depth = 0
    for found in _BRACKET.finditer(text, 0, end):
        depth += _STEPS[found[1]]
        if depth > limit:
            return True
    return False
