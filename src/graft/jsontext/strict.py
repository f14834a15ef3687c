"""The one strict reader of JSON from outside: what JSON leaves open is refused, each problem at its place."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from graft.errors import MAX_PROBLEMS, Invalid, Problem, Problems, invalid, raise_if_any
from graft.jsontext.nesting import nests_deeper
from graft.jsontext.numbers import fraction, whole
from graft.jsontext.pointer import short_pointer
from graft.jsontext.text import Json
from graft.jsontext.values import holds_more

_BYTE_ORDER_MARK = "\ufeff"
# A raw control character is an error of syntax, and raw surrogates are no UTF-8: only these escapes smuggle them in.
_SUSPICIOUS_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_SURROGATE = re.compile("[\ud800-\udfff]")
# The next bracket of the text, or none; what stands in strings is passed over.
_BRACKET = re.compile(r'(?:[^"\[\]{}]++|"[^"\\]*+(?:\\.[^"\\]*+)*+"?)*+([\[\]{}]?)', re.DOTALL)
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1, "": 0}
_SHOWN = 40
# Reading so many takes about 0.3 s at worst. An honest MiB has fewer: five bytes a value are `1.25,`.
MAX_VALUES = 200_000


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
    has at most so many digits and stays within 10^±`exponent`. `text`: characters of one string or key. `values`: of
    one text. `problems`: how many are told of one text. `spelled` is told of each fraction and how it was written.
    """

    def __init__(
        self,
        *,
        depth: int = 32,
        digits: int = 1_000,
        exponent: int = 1_000,
        text: int | None = None,
        values: int = MAX_VALUES,
        problems: int = MAX_PROBLEMS,
        spelled: Callable[[Decimal, str], None] | None = None,
    ) -> None:
        self.depth = depth
        self.text = text
        self.values = values
        self.problems = problems
        self._decode = _Hooks(digits, exponent, spelled).decoder().decode
        self._decode_marking = _Hooks(digits, exponent, None, marking=True).decoder().decode

    def read(self, data: bytes | bytearray | str, values: int | None = None) -> Json:
        """The value of `data`: fractions as `Decimal`, whole numbers of any size as `int`, every digit kept.

        Bytes are UTF-8. A byte order mark is passed over. `values` replaces the bound of the reader. `Invalid` with
        every problem: `not-utf-8`, `too-many-values`, `invalid-json` for an error of syntax, alone; all at once
        `too-deep`, `duplicate-key`, `out-of-range`, `invalid-text`, `too-long`, and `invalid-json` for NaN.
        """
        text = (data if isinstance(data, str) else _decoded(data)).removeprefix(_BYTE_ORDER_MARK)
        limit = self.values if values is None else values
        if holds_more(text, limit):
            raise invalid("", "too-many-values", f"This holds more than {limit:,} values.")
        suspicious = isinstance(data, str) and not _is_utf8(text)

        try:
            value = self._decode(text)
        except _Flawed:
            value = self._read_marking(text)
            suspicious = True
        except (json.JSONDecodeError, RecursionError) as error:
            raise self._unread(text, error) from None

        if suspicious or self._is_suspicious(text, value):
            raise_if_any(Problems(_Search(self).problems_of(value), most=self.problems))
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


class _Search:
    """One walk through a tree for all that is wrong with it, in the order of the text.

    The way to a value is kept for the objects and arrays around it alone: nothing is built for what is right.
    """

    def __init__(self, reader: StrictReader) -> None:
        self._depth = reader.depth
        self._text = reader.text
        self._way: list[str | int] = []

    def problems_of(self, value: Json) -> Iterator[Problem]:
        if isinstance(value, (dict, list)):
            yield from self._below(value)
        else:
            yield from self._of_scalar(value)

    def _below(self, node: dict[str, Any] | list[Any]) -> Iterator[Problem]:
        """What is wrong in an object or array, to which the present way leads."""
        if len(self._way) >= self._depth:
            yield self._problem((), "too-deep", f"This nests deeper than {self._depth}.")
            return

        twice = node.keys_twice if isinstance(node, _Repeated) else frozenset[str]()
        for key, child in node.items() if isinstance(node, dict) else enumerate(node):
            if isinstance(key, str):
                if key in twice:
                    yield self._problem((key,), "duplicate-key", "The key stands more than once.")
                if self._is_flawed(key):
                    yield from self._of_text(key, key)

            if isinstance(child, str):
                if self._is_flawed(child):
                    yield from self._of_text(child, key)
            elif isinstance(child, (dict, list)):
                self._way.append(key)
                yield from self._below(child)
                self._way.pop()
            elif isinstance(child, _Unusable):
                yield from self._of_scalar(child, key)

    def _of_scalar(self, node: Any, *step: str | int) -> Iterator[Problem]:
        if isinstance(node, str):
            yield from self._of_text(node, *step)
        elif isinstance(node, _Unusable):
            yield self._problem(step, node.code, node.detail)

    def _is_flawed(self, text: str) -> bool:
        return text_problem(text) is not None or (self._text is not None and len(text) > self._text)

    def _of_text(self, text: str, *step: str | int) -> Iterator[Problem]:
        detail = text_problem(text)
        if detail is not None:
            yield self._problem(step, "invalid-text", detail)
        if self._text is not None and len(text) > self._text:
            yield self._problem(step, "too-long", f"A text has at most {self._text:,} characters.")

    def _problem(self, step: tuple[str | int, ...], code: str, detail: str) -> Problem:
        return Problem(short_pointer(*self._way, *step), code, detail)


def _decoded(data: bytes | bytearray) -> str:
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
