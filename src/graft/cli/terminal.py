"""Text for people: pieces with a meaning, safe to print, folded to a width, coloured where somebody sees colours."""

import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from rich.cells import cell_len, chop_cells

# Of a text that goes to no terminal, and so has no width.
_WIDTH_OF_A_FILE = 100
_LEAST_WIDTH = 40
_GAP = 2
# The share of a line that the name of a row may take; a longer one has a line of its own.
_WIDEST_NAME = 0.5
_LEAST_TEXT = 16
_ODD = re.compile(r"[^ -~]")


class Mark(StrEnum):
    """What a piece of text is, by the number of its colour; the words say the same without one."""

    PLAIN = ""
    HEAD = "1"
    FAINT = "2"
    MINE = "33"
    THEIRS = "36"
    WRITTEN = "32"
    ALARM = "31"


class Piece(NamedTuple):
    text: str
    mark: Mark = Mark.PLAIN


# One line, without its end.
Line = tuple[Piece, ...]


class Screen(NamedTuple):
    """Where text goes: how many columns it has, and whether it shows colours."""

    width: int
    colour: bool


def screen_of(environment: Mapping[str, str], *, terminal: bool) -> Screen:
    """What stdout is. COLUMNS says the width also where no terminal does."""
    colour = terminal and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
    width = shutil.get_terminal_size((_WIDTH_OF_A_FILE, 0)).columns
    return Screen(max(width, _LEAST_WIDTH), colour)


def stdout_screen() -> Screen:
    """The screen of this process."""
    return screen_of(os.environ, terminal=sys.stdout is not None and sys.stdout.isatty())


def line(text: str, mark: Mark = Mark.PLAIN) -> Line:
    """A line of one piece; what is odd in `text` is escaped."""
    return (Piece(harmless(text), mark),)


def harmless(text: str) -> str:
    r"""`text` with what a terminal could obey, or nobody sees, as `\u…`: control characters, marks of direction."""
    if text.isascii() and text.isprintable():
        return text
    return _ODD.sub(lambda found: found[0] if found[0].isprintable() else _escaped(found[0]), text)


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def painted(lines: Iterable[Line], *, colour: bool) -> str:
    """The text of lines, each with its end."""
    return "".join(f"{_painted(pieces, colour=colour)}\n" for pieces in lines)


def _painted(pieces: Line, *, colour: bool) -> str:
    if not colour:
        return "".join(piece.text for piece in pieces).rstrip()
    return "".join(f"\x1b[{mark}m{text}\x1b[0m" if mark and text else text for text, mark in pieces)


def folded(text: str, width: int) -> list[str]:
    """The lines of a text of one paragraph, broken between words, and inside those that are wider than a line."""
    lines: list[str] = []
    here = ""
    for word in text.split(" "):
        longer = f"{here} {word}" if here else word
        if cell_len(longer) <= width:
            here = longer
            continue
        if here:
            lines.append(here)
        *whole, here = chop_cells(word, width) or [""]
        lines += whole
    return [*lines, here]


def table(rows: Sequence[Line], width: int, indent: int = 2) -> Iterator[Line]:
    """Rows of cells, a piece each: names whole and never folded, the last cell of a row folded in what is left.

    A name that takes half of the line has the line alone; where nothing is left, last cells stand below their rows. All
    rows have as many cells.
    """
    names = [cell_len(row[0].text) for row in rows]
    others = [max(cell_len(row[at].text) for row in rows) for at in range(1, len(rows[0]) - 1)] if rows else []
    widest = min(int(width * _WIDEST_NAME), width - indent - sum(others) - _GAP * len(others))
    columns = [max((one for one in names if one <= widest), default=0), *others]
    before = indent + sum(columns) + _GAP * len(columns)
    below = width - before < _LEAST_TEXT
    if below:
        before = 2 * indent
    for row, name in zip(rows, names, strict=True):
        start, *cells, last = row
        if name > widest:
            yield (Piece(" " * indent), start)
            start = Piece("")
        lines = folded(last.text, width - before) if last.text else []
        text = "" if below or not lines else lines.pop(0)
        yield (
            Piece(" " * indent),
            *(_filled(cell, column) for cell, column in zip((start, *cells), columns, strict=True)),
            Piece(text, last.mark),
        )
        yield from ((Piece(" " * before), Piece(rest, last.mark)) for rest in lines)


def _filled(cell: Piece, width: int) -> Piece:
    return Piece(cell.text + " " * (width - cell_len(cell.text) + _GAP), cell.mark)
