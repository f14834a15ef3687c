"""The values that one field has on several sides, so that a person sees how they differ; what is left out is said."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec
from rich.cells import cell_len

from graft import jsontext
from graft.cli.terminal import Line, Mark, Piece, folded, harmless

ABSENT = "(absent)"
_INDENT = 4
_GAP = 2
_LEAST_ROOM = 24
_MOST_LINES = 12
# Of lines around a change that are shown, and of characters of a long text.
_CONTEXT = 2
_NEAR = 40
# Longer values are not compared line by line: that takes time by the square.
_MOST_COMPARED = 1_000


class Side(NamedTuple):
    """A value under its name; `value` is JSON, or None where the field is absent. `note` stands in place of a value."""

    name: str
    value: bytes | None
    mark: Mark = Mark.PLAIN
    note: str = ""


class _Group(NamedTuple):
    """The sides that have one value: `text` of it, on one line."""

    names: str
    value: bytes | None
    text: str
    mark: Mark


def show_sides(sides: Iterable[Side], width: int) -> Iterator[Line]:
    """Each value once, after the names of all sides that have it; long ones as they differ from the first."""
    groups = _grouped(sides)
    column = max((len(group.names) for group in groups), default=0) + _GAP
    # on a narrow screen a value stands below its name
    below = width - _INDENT - column < _LEAST_ROOM
    indent = _INDENT + 2 if below else _INDENT + column
    room = max(width - indent, _LEAST_ROOM)
    for at, group in enumerate(groups):
        texts = list(_texts(groups, at, room))
        name = Piece(" " * _INDENT + group.names.ljust(column), group.mark)
        if below:
            yield (name,)
        for number, piece in enumerate(texts):
            yield (name if number == 0 and not below else Piece(" " * indent), piece)


def _grouped(sides: Iterable[Side]) -> list[_Group]:
    """The sides by value, in the order in which values come; the last side that has a value gives the mark."""
    found: dict[object, list[Side]] = {}
    for side in sides:
        key = side.note or (side.value and jsontext.canonical(jsontext.decode(side.value)))
        found.setdefault(key, []).append(side)
    return [
        _Group(
            ", ".join(one.name for one in alike),
            alike[0].value,
            alike[0].note or one_line(alike[0].value),
            alike[-1].mark,
        )
        for alike in found.values()
    ]


def one_line(value: bytes | None) -> str:
    """A value as JSON on one line."""
    return ABSENT if value is None else harmless(msgspec.json.format(value, indent=0).decode())


def _texts(groups: Sequence[_Group], at: int, room: int) -> Iterator[Piece]:
    """The lines of a value: whole where it is short, else what tells it from the others."""
    group = groups[at]
    if cell_len(group.text) <= room:
        yield Piece(group.text, Mark.FAINT if group.value is None else group.mark)
        return

    first = groups[0].value
    compared = at > 0 and first is not None and _is_of_lines(first) and _is_of_lines(group.value)
    if compared and first is not None and group.value is not None:
        before, after = _lines(first), _lines(group.value)
        if max(len(before), len(after)) <= _MOST_COMPARED:
            yield from _cut(list(_changes(before, after, room, group.mark)), room)
            return
    if _is_of_lines(group.value) and group.value is not None:
        pieces = [Piece(part, group.mark) for text in _lines(group.value) for part in _broken(text, room)]
        yield from _cut(pieces, room)
        return
    yield from _long_text(groups, group, room)


def _is_of_lines(value: bytes | None) -> bool:
    """Whether a value is compared by lines: objects, lists, texts of several lines."""
    if value is None:
        return False
    decoded = jsontext.decode(value)
    return isinstance(decoded, (dict, list)) or (isinstance(decoded, str) and "\n" in decoded)


def _lines(value: bytes) -> list[str]:
    decoded = jsontext.decode(value)
    if isinstance(decoded, str):
        return [harmless(text) for text in decoded.split("\n")]
    return [harmless(text) for text in msgspec.json.format(value, indent=2).decode().split("\n")]


def _broken(text: str, room: int) -> list[str]:
    """A line in pieces of a width; its blanks at the start count."""
    start = text[: len(text) - len(text.lstrip(" "))][: room // 2]
    return [start + part for part in folded(text.lstrip(" "), room - len(start))]


def _changes(before: list[str], after: list[str], room: int, mark: Mark) -> Iterator[Piece]:
    """The lines that differ, with some around them."""
    # what comes behind a line is no change of it
    comparable = ([text.removesuffix(",") for text in texts] for texts in (before, after))
    matcher = difflib.SequenceMatcher(None, *comparable, autojunk=False)
    ended = 0
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        skipped = group[0][1] - ended
        if skipped:
            yield _same(skipped)
        ended = group[-1][2]
        for tag, start, end, new_start, new_end in group:
            if tag == "equal":
                yield from _signed("  ", before[start:end], room, Mark.FAINT)
                continue
            yield from _signed("- ", before[start:end], room, Mark.FAINT)
            yield from _signed("+ ", after[new_start:new_end], room, mark)
    if len(before) > ended:
        yield _same(len(before) - ended)


def _signed(sign: str, lines: Sequence[str], room: int, mark: Mark) -> Iterator[Piece]:
    for text in lines:
        yield from (Piece(sign + part, mark) for part in _broken(text, room - len(sign)))


def _cut(pieces: list[Piece], room: int) -> Iterator[Piece]:
    """The first lines, and how many are left out."""
    # a line that says so takes as much room as the one that it stands for
    shown = len(pieces) if len(pieces) <= _MOST_LINES + 1 else _MOST_LINES
    yield from pieces[:shown]
    if len(pieces) > shown:
        yield from _left_out(len(pieces) - shown, "line", room)


def _left_out(number: int, noun: str, room: int) -> Iterator[Piece]:
    text = f"… {number:,} more {noun}{'' if number == 1 else 's'}; --json has all"
    yield from (Piece(part, Mark.FAINT) for part in folded(text, room))


def _long_text(groups: Sequence[_Group], group: _Group, room: int) -> Iterator[Piece]:
    """A long text on one line: from where it begins to differ from the others."""
    start = _alike(groups)
    text, note = group.text, ""
    # whole words of what is alike
    before = text.find(" ", max(start - _NEAR, 0), start) + 1
    if before > _NEAR:
        note = f"[{before:,} characters alike] "
        text = text[before:]
    parts = folded(note + text, room)
    shown = parts if len(parts) <= _MOST_LINES + 1 else parts[:_MOST_LINES]
    yield from (Piece(part, group.mark) for part in shown)
    if len(parts) > len(shown):
        left = sum(map(len, parts[len(shown) :]))
        yield from _left_out(left, "character", room)


def _alike(groups: Sequence[_Group]) -> int:
    """How many characters all texts have in common at their start; 0 where there is but one."""
    texts = [group.text for group in groups if group.text.startswith('"')]
    if len(texts) < 2:
        return 0
    return next((at for at, found in enumerate(zip(*texts, strict=False)) if len(set(found)) > 1), 0)


def _same(lines: int) -> Piece:
    return Piece(f"  … {lines:,} line{'' if lines == 1 else 's'} alike", Mark.FAINT)
