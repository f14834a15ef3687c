"""Fill a template with the ids and variables of one install."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from graft import jsontext
from graft.jsontext import Json
from graft.lru import Lru

# A JSON string, and the colon that tells a key. The loop is unrolled, so that the engine takes plain text in one step.
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"(:?)')
# No definition that could be written is larger, however the server is configured.
MOST_BYTES = 64 * 1024 * 1024
# More than any number in a request has.
_MOST_DIGITS = 4_000
_BACKSLASH = ord("\\")
# What a part takes in memory beside its text, roughly: a text, a hole's place, and the references to both.
_BYTES_OF_A_PART = 50
VARIABLE = "[A-Za-z_][A-Za-z0-9_]*"
_MARK = re.compile(rf"\$\$\{{|\$\{{variables\.({VARIABLE})\}}".encode())
_WHOLE = re.compile(rf'"\$\{{(?:members\.([a-z]+):([^"}}]+)|variables\.({VARIABLE}))\}}"'.encode())


@dataclass(frozen=True, slots=True)
class MemberHole:
    """The place of a string that is the id of a member."""

    prefix: str
    slug: str


@dataclass(frozen=True, slots=True)
class VariableHole:
    """The place of a variable: of its JSON value if `whole`, else of its text inside a longer string."""

    name: str
    whole: bool


Hole = MemberHole | VariableHole
Part = bytes | Hole


class RenderedTooLarge(ValueError):
    """What a template would read as is larger than it may be, so it was not built."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A template cut at its holes: joining the filled parts gives the definition.

    size: bytes of the parts that are text
    holes: each hole that the template has, once, and at which places of `parts` it is
    """

    parts: tuple[Part, ...]
    size: int
    holes: Sequence[tuple[Hole, Sequence[int]]]

    @classmethod
    def of(cls, parts: Iterable[Part]) -> "Parts":
        """Of equal holes one object is kept: a template may ask for a variable at every other place."""
        kept: list[Part] = []
        size = 0
        holes: dict[Hole, tuple[Hole, list[int]]] = {}
        for place, part in enumerate(parts):
            if isinstance(part, bytes):
                kept.append(part)
                size += len(part)
            else:
                hole, places = holes.setdefault(part, (part, []))
                kept.append(hole)
                places.append(place)
        return cls(tuple(kept), size, tuple(holes.values()))

    @property
    def members(self) -> Iterable[MemberHole]:
        return (part for part in self.parts if isinstance(part, MemberHole))

    @property
    def variables(self) -> Iterable[VariableHole]:
        return (part for part in self.parts if isinstance(part, VariableHole))


def split(body: bytes) -> Parts:
    """Cut the text of a template at its holes. Keys have no holes; `$${` becomes `${`."""
    parts: list[Part] = []
    start = 0
    for token in _strings_with_marks(body):
        parts.append(body[start : token.start()])
        parts += _split_string(token[0])
        start = token.end()
    parts.append(body[start:])
    return Parts.of(_merge_texts(parts))


def _strings_with_marks(body: bytes) -> Iterator[re.Match[bytes]]:
    """The string values that contain `${`. The search begins at each `${`, as most of a text has none."""
    start = 0
    while (mark := body.find(b"${", start)) >= 0:
        token = _STRING.match(body, _opening_quote(body, start, mark))
        assert token is not None
        if not token[1]:
            yield token
        start = token.end()


def _opening_quote(body: bytes, start: int, within: int) -> int:
    """Where the string around the position `within` begins: the last quote before it that no backslash escapes."""
    quote = within
    backslashes = 1
    while backslashes % 2:
        quote = body.rindex(b'"', start, quote)
        backslashes = 0
        while body[quote - backslashes - 1] == _BACKSLASH:
            backslashes += 1
    return quote


def _split_string(text: bytes) -> list[Part]:
    """Cut one string, quotes included."""
    whole = _WHOLE.fullmatch(text)
    if whole:
        if whole[1]:
            return [MemberHole(whole[1].decode(), whole[2].decode())]
        return [VariableHole(whole[3].decode(), whole=True)]

    parts: list[Part] = []
    start = 0
    for mark in _MARK.finditer(text):
        parts.append(text[start : mark.start()])
        parts.append(VariableHole(mark[1].decode(), whole=False) if mark[1] else b"${")
        start = mark.end()
    parts.append(text[start:])
    return parts


def _merge_texts(parts: list[Part]) -> list[Part]:
    """Make one text of neighbouring ones, so that `render` joins as little as it can."""
    merged: list[Part] = []
    texts: list[bytes] = []
    for part in parts:
        if isinstance(part, bytes):
            texts.append(part)
            continue
        if texts:
            merged.append(b"".join(texts))
            texts = []
        merged.append(part)
    if texts:
        merged.append(b"".join(texts))
    return merged


def render(
    parts: Parts, variables: Mapping[str, Json] | None, ids: Mapping[str, str], limit: int = MOST_BYTES
) -> bytes:
    """The definition for one install, as compact JSON; `ids` maps member slugs to the 26 characters of their ids.

    A variable without a value becomes `null`, and inside a longer string nothing; a member without an id `null`. With
    `variables` None each stays its placeholder. Raises `RenderedTooLarge` for a definition of more than `limit` bytes,
    before it is built.
    """
    if not parts.holes:
        # a template without holes is one text
        return parts.parts[0]  # type: ignore[return-value]

    pieces: list[Any] = [*parts.parts]
    size = parts.size
    for hole, places in parts.holes:
        text = _fill(hole, variables, ids)
        size += len(text) * len(places)
        for place in places:
            pieces[place] = text
    if size > limit:
        raise RenderedTooLarge(f"{size:,} bytes")
    return b"".join(pieces)


def render_open(parts: Parts, ids: Mapping[str, str]) -> bytes:
    """As `render`, with each variable as its placeholder, whatever its value: not much larger than the template is."""
    return render(parts, None, ids)


def _fill(hole: Hole, variables: Mapping[str, Json] | None, ids: Mapping[str, str]) -> bytes:
    if isinstance(hole, MemberHole):
        found = ids.get(hole.slug)
        return b'"%b_%b"' % (hole.prefix.encode(), found.encode()) if found else b"null"
    if variables is None:
        return _placeholder(hole)

    value = variables.get(hole.name)
    return jsontext.encode(value) if hole.whole else as_text(value)


def _placeholder(hole: VariableHole) -> bytes:
    text = b"${variables.%b}" % hole.name.encode()
    return b'"%b"' % text if hole.whole else text


def as_text(value: Json) -> bytes:
    """A value inside a longer string, with the escapes of JSON: null is nothing, a number is in plain notation."""
    if value is None:
        return b""
    if isinstance(value, Decimal):
        return _plain(value)
    text = value if isinstance(value, str) else jsontext.encode(value).decode()
    return jsontext.encode(text)[1:-1]


def _plain(number: Decimal) -> bytes:
    """`1E+6` becomes 1000000, and `1.10` stays; a number that would fill pages keeps its exponent."""
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or len(digits) + abs(exponent) > _MOST_DIGITS:
        return jsontext.encode(number)
    return f"{number:f}".encode()


class TemplateCache:
    """LRU cache: id of a template → its parts, of at most some `limit` bytes together."""

    def __init__(self, limit: int = 64 * 1024 * 1024) -> None:
        self._known: Lru[int, Parts] = Lru(limit)

    def parts(self, template_id: int, body: bytes | msgspec.Raw) -> Parts:
        """The parts of a template; `body` is split only if they are not in the cache."""
        parts = self._known.get(template_id)
        if parts is None:
            text = bytes(body)
            parts = split(text)
            self._known.keep(template_id, parts, len(text) + _BYTES_OF_A_PART * (len(parts.parts) - 1))
        return parts
