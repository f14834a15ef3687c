"""How two versions differ, as people read it: what comes and goes, and each place that changes."""

from collections.abc import Iterator, Sequence

from msgspec import UNSET

from graft.cli.terminal import Line, Mark, Piece, folded, harmless, line, table
from graft.cli.upgrades.show_plan import MOST_SHOWN
from graft.cli.upgrades.values import Side, show_sides
from graft.cli.upgrades.wire import ChangedField, ChangedMember, VersionDiff

_WORDS = {"changed": Mark.PLAIN, "added": Mark.WRITTEN, "removed": Mark.ALARM}


def show_diff(diff: VersionDiff, width: int, *, title: str, everything: bool = False) -> Iterator[Line]:
    """`title`: the integration as it was named. `everything`: however many members change."""
    before, after = (harmless(found.version) for found in (diff.from_, diff.to))
    yield (Piece(f"{harmless(title)} {before} → {after}", Mark.HEAD),)
    yield from (line(part) for part in folded(_counted(diff.members), width))
    rows = list(_rows(diff.members, everything=everything))
    if rows:
        yield ()
        yield from table(rows, width)

    if diff.documents:
        yield from _place("the integration", diff.documents, before, after, width)
    changed = [member for member in diff.members if member.change == "changed" and member.fields]
    shown = changed if everything else changed[:MOST_SHOWN]
    for member in shown:
        yield from _place(member.slug, member.fields, before, after, width)
    if len(changed) > len(shown):
        yield ()
        yield line(f"… {len(changed) - len(shown):,} more members change; --all shows them", Mark.FAINT)


def _counted(members: Sequence[ChangedMember]) -> str:
    numbers = {word: sum(member.change == word for member in members) for word in _WORDS}
    return ", ".join(f"{number:,} {word}" for word, number in numbers.items() if number) or "no member differs"


def _rows(members: Sequence[ChangedMember], *, everything: bool) -> Iterator[Line]:
    for word, mark in _WORDS.items():
        found = [member for member in members if member.change == word]
        shown = found if everything or len(found) <= MOST_SHOWN + 1 else found[:MOST_SHOWN]
        for member in shown:
            yield (
                Piece(harmless(member.slug)),
                Piece(harmless(member.kind), mark),
                Piece(word, mark),
                Piece(harmless(_what(member)), mark),
            )
        if len(found) > len(shown):
            more = Piece(f"… {len(found) - len(shown):,} more")
            yield (more, Piece(""), Piece(word, mark), Piece("--all shows them", Mark.FAINT))


def _what(member: ChangedMember) -> str:
    words = [f"was {member.slug_before}"] if member.slug_before else []
    if member.change == "changed":
        words.append(f"{len(member.fields):,} field{'' if len(member.fields) == 1 else 's'}")
    return ", ".join(words)


def _place(name: str, fields: Sequence[ChangedField], before: str, after: str, width: int) -> Iterator[Line]:
    yield ()
    yield (Piece(harmless(name), Mark.HEAD),)
    for field in fields:
        yield (Piece("  "), Piece(harmless(field.pointer), Mark.HEAD))
        sides = ((before, field.before, Mark.FAINT), (after, field.after, Mark.THEIRS))
        yield from show_sides(
            [Side(version, None if value is UNSET else bytes(value), mark) for version, value, mark in sides], width
        )
