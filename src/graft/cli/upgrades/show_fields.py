"""The fields of members as people read them: what each side has, and what will be written."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from msgspec import UNSET

from graft.cli.terminal import Line, Mark, Piece, harmless
from graft.cli.upgrades.values import Side, show_sides
from graft.cli.upgrades.wire import Field

_BY = {
    "theirs": "changed by the version",
    "mine": "changed by you",
    "both": "changed alike by both",
    "variables": "follows a variable",
    "resolved": "decided",
    "held": "held",
}
# What clashes, by the kind of a conflict.
CLASHES = {
    "both-changed": "both changed it",
    "both-added": "both added it",
    "type": "both changed it, to values of another type",
    "deleted-and-changed": "you removed it, the version changed it",
    "changed-and-deleted": "you changed it, the version removed it",
    "order": "both changed the order",
    "held": "held, and the version removed what was around it",
    "invalid": "the merged text would be refused",
}
_UNDECIDED = "nothing, until you decide"
_TOO_LARGE = "(too large to be shown here)"
WHOLE = "(the whole definition)"
# The names of sides as people read them, in their order, and as the API has them.
_SIDES = (("base", "base", Mark.FAINT), ("mine", "current", Mark.MINE), ("theirs", "target", Mark.THEIRS))


def show_fields_by_member(fields: Iterable[Field], width: int) -> Iterator[Line]:
    """Fields that come member by member, each member with a heading."""
    for (_, slug), found in groupby(fields, key=lambda field: (field.integration_install_id, field.slug)):
        yield ()
        yield (Piece(harmless(slug), Mark.HEAD),)
        yield from show_fields(list(found), width)


def show_fields(fields: Sequence[Field], width: int) -> Iterator[Line]:
    """Each field under its pointer; those to decide come first."""
    for field in sorted(fields, key=lambda field: not _undecided(field)):
        # whole, however long, so that it can be copied
        pointer = Piece(harmless(field.pointer) or WHOLE, Mark.HEAD)
        words = _words(field)
        if len(pointer.text) + len(words.text) + 4 > width:
            yield (Piece("  "), pointer)
            yield (Piece("    "), words)
        else:
            yield (Piece("  "), pointer, Piece("  "), words)
        yield from show_sides(_sides(field), width)


def _undecided(field: Field) -> bool:
    return field.by == "conflict"


def _words(field: Field) -> Piece:
    if _undecided(field):
        clash = CLASHES.get(field.conflict or "", field.conflict or "both changed it")
        return Piece(f"to decide: {harmless(clash)}", Mark.ALARM)
    return Piece(harmless(_BY.get(field.by, field.by)), Mark.FAINT)


def _sides(field: Field) -> Iterator[Side]:
    for name, key, mark in _SIDES:
        yield _side(field, name, key, mark)
    if not _undecided(field):
        yield _side(field, "will be written", "result", Mark.WRITTEN)
        return

    if field.suggestion is not UNSET:
        yield _side(field, "suggested", "suggestion", Mark.WRITTEN)
    yield Side("will be written", None, Mark.ALARM, _UNDECIDED)


def _side(field: Field, name: str, key: str, mark: Mark) -> Side:
    value = getattr(field, key)
    if key in field.left_out:
        return Side(name, None, Mark.FAINT, _TOO_LARGE)
    return Side(name, None if value is UNSET else bytes(value), mark)
