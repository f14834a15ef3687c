"""Fill a template with the ids and variables of one install."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from graft import jsontext
from graft.jsontext import Json
from graft.lru import Lru

# Unrolled, so that the engine passes over plain text in one step.
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"(:?)')
# More than any number that a request may carry.
_MOST_DIGITS = 4_000
_BACKSLASH = ord("\\")
VARIABLE = "[A-Za-z_][A-Za-z0-9_]*"
_MARK = re.compile(rf"\$\$\{{|\$\{{variables\.({VARIABLE})\}}".encode())
_WHOLE = re.compile(rf'"\$\{{(?:members\.([a-z]+):([^"}}]+)|variables\.({VARIABLE}))\}}"'.encode())


@dataclass(frozen=True, slots=True)
class Member:
    """A string that is the id of a member."""

    prefix: str
    slug: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A placeholder: `whole` takes the variable's JSON value, the others its text inside a longer string."""

    name: str
    whole: bool


Part = bytes | Member | Variable


@dataclass(frozen=True, slots=True)
class Parts:
    """A template cut at its holes: joining the filled parts gives the definition."""

    parts: tuple[Part, ...]

    @property
    def members(self) -> Iterable[Member]:
        return (part for part in self.parts if isinstance(part, Member))

    @property
    def variables(self) -> Iterable[Variable]:
        return (part for part in self.parts if isinstance(part, Variable))


def split(body: bytes) -> Parts:
    """Cut a template's text. Keys are never placeholders; `$${` stands for `${`."""
    parts: list[Part] = []
    start = 0
    for token in _with_marks(body):
        parts.append(body[start : token.start()])
        parts += _cut(token[0])
        start = token.end()
    parts.append(body[start:])
    return Parts(tuple(_joined(parts)))


def _with_marks(body: bytes) -> Iterator[re.Match[bytes]]:
    """The string values that hold a `${`, found from there: most of a text has none."""
    start = 0
    while (mark := body.find(b"${", start)) >= 0:
        token = _STRING.match(body, _opening_quote(body, start, mark))
        assert token is not None
        if not token[1]:
            yield token
        start = token.end()


def _opening_quote(body: bytes, start: int, within: int) -> int:
    """Where the string begins that `within` lies in: the last quote before it that no backslash escapes."""
    quote = within
    backslashes = 1
    while backslashes % 2:
        quote = body.rindex(b'"', start, quote)
        backslashes = 0
        while body[quote - backslashes - 1] == _BACKSLASH:
            backslashes += 1
    return quote


def _cut(text: bytes) -> list[Part]:
    whole = _WHOLE.fullmatch(text)
    if whole:
        if whole[1]:
            return [Member(whole[1].decode(), whole[2].decode())]
        return [Variable(whole[3].decode(), whole=True)]
    parts: list[Part] = []
    start = 0
    for mark in _MARK.finditer(text):
        parts.append(text[start : mark.start()])
        parts.append(Variable(mark[1].decode(), whole=False) if mark[1] else b"${")
        start = mark.end()
    parts.append(text[start:])
    return parts


def _joined(parts: list[Part]) -> list[Part]:
    """Neighbouring texts as one, so that rendering joins as little as it can."""
    joined: list[Part] = []
    for part in parts:
        if isinstance(part, bytes) and joined and isinstance(joined[-1], bytes):
            joined[-1] += part
        else:
            joined.append(part)
    return joined


def render(parts: Parts, variables: Mapping[str, Json], ids: Mapping[str, str]) -> bytes:
    """The definition for one install: `ids` maps member slugs to the 26 characters of their ids.

    A variable without a value is `null`, inside a longer string nothing.
    """
    if len(parts.parts) == 1:
        return parts.parts[0]  # type: ignore[return-value]  # a template without holes is one text
    return b"".join(part if isinstance(part, bytes) else _filled(part, variables, ids) for part in parts.parts)


def _filled(part: Member | Variable, variables: Mapping[str, Json], ids: Mapping[str, str]) -> bytes:
    if isinstance(part, Member):
        # An id that the install never had cannot be made up: the reader sees the hole.
        found = ids.get(part.slug)
        return b'"%b_%b"' % (part.prefix.encode(), found.encode()) if found else b"null"
    value = variables.get(part.name)
    if part.whole:
        return jsontext.encode(value)
    return as_text(value)


def as_text(value: Json) -> bytes:
    """What a value is inside a longer text, in the spelling of JSON: of null nothing, a number in plain notation."""
    if value is None:
        return b""
    if isinstance(value, Decimal):
        return _plain(value)
    text = value if isinstance(value, str) else jsontext.encode(value).decode()
    return jsontext.encode(text)[1:-1]


def _plain(number: Decimal) -> bytes:
    """`1E+6` is 1000000 and `1.10` is 1.10; a number that would fill pages stays as JSON has it."""
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or len(digits) + abs(exponent) > _MOST_DIGITS:
        return jsontext.encode(number)
    return f"{number:f}".encode()


class TemplateCache:
    """Cut templates by their id, the most recently used ones, at most `limit` bytes of text."""

    def __init__(self, limit: int = 64 * 1024 * 1024) -> None:
        self._known: Lru[int, Parts] = Lru(limit)

    def parts(self, template_id: int, body: bytes | msgspec.Raw) -> Parts:
        """The parts of this template; its text is only read where they are not known yet."""
        parts = self._known.get(template_id)
        if parts is None:
            text = bytes(body)
            parts = split(text)
            self._known.keep(template_id, parts, len(text))
        return parts
