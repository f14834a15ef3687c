"""A plan as people read it: what is to decide first, then what changes, and how many members stay as they are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from graft.cli.terminal import Line, Mark, Piece, folded, harmless, line, table
from graft.cli.upgrades.show_fields import CLASHES
from graft.cli.upgrades.wire import Applied, Member, Plan, PlannedInstall

# Of members with one outcome; a plan of a large integration has hundreds that need no look.
MOST_SHOWN = 20
# Outcomes in the order in which they concern people, with the words of the table and of the sentence that counts.
_OUTCOMES = {
    "conflict": ("to decide", "to decide", Mark.ALARM),
    "merge": ("merged", "merged with your edits", Mark.MINE),
    "skip": ("left alone", "left alone", Mark.MINE),
    "remove": ("removed", "removed", Mark.PLAIN),
    "add": ("added", "added", Mark.PLAIN),
    "update": ("updated", "updated", Mark.PLAIN),
    "unchanged": ("unchanged", "unchanged", Mark.FAINT),
}
_WHY = {
    "detached": "edited or detached here",
    "held": "held, and the version has no place for it",
    "conflict": "undecided",
    "pending-consent": "waits for a permission",
}
_STATES = {"applied": "applied already", "stale": "out of date"}
_LISTS = ("updated", "added", "removed", "skipped")


def show_plan(plan: Plan, width: int, names: Mapping[str, str], *, all_members: bool = False) -> Iterator[Line]:
    """`names`: of installs, as they were named, by their ids. `all_members`: however many have one outcome."""
    yield from _head(plan, names)
    yield from (line(part) for part in folded(counts(plan.summary), width))
    rows = list(_rows(plan.members, all_members=all_members, names=names if len(plan.installs) > 1 else None))
    if rows:
        yield ()
        yield from table(rows, width)
    for install in plan.installs:
        yield from _notes(install, width)


def _head(plan: Plan, names: Mapping[str, str]) -> Iterator[Line]:
    words = [plan.strategy] if plan.kind == "upgrade" else [plan.kind]
    state = _STATES.get(plan.state)
    if state:
        words.append(state)
    yield (Piece(f"Plan {plan.id}", Mark.HEAD), Piece(f" ({', '.join(words)})"))
    for install in plan.installs:
        name = names.get(install.integration_install_id, install.integration_install_id)
        yield (Piece(f"{harmless(name)} {_moves(install)}"),)


def _moves(install: PlannedInstall) -> str:
    before, after = harmless(install.from_.version), harmless(install.to.version)
    return f"{before} → {after}" if before != after else f"stays at {before}"


def counts(summary: dict[str, int]) -> str:
    """The numbers of a summary in words; a plan that changes nothing says so."""
    found = [f"{summary[name]:,} {words}" for name, (_, words, _) in _OUTCOMES.items() if summary.get(name)]
    return ", ".join(found) or "no members"


def _rows(members: Sequence[Member], *, all_members: bool, names: Mapping[str, str] | None) -> Iterator[Line]:
    """`names`: of installs, where a row has to say which one."""
    for outcome, (word, _, mark) in _OUTCOMES.items():
        found = [member for member in members if member.outcome == outcome]
        shown = found if all_members or len(found) <= MOST_SHOWN + 1 else found[:MOST_SHOWN]
        for member in shown:
            install = member.integration_install_id
            of = "" if names is None else f"{names.get(install, install)} "
            cells = (member.kind, word, of + _why(member))
            yield (Piece(harmless(member.slug)), *(Piece(harmless(cell), mark) for cell in cells))
        if len(found) > len(shown):
            yield (
                Piece(f"… {len(found) - len(shown):,} more"),
                Piece(""),
                Piece(word, mark),
                Piece("--all shows them", Mark.FAINT),
            )


def _why(member: Member) -> str:
    """What is to know of a member beside its outcome, in a few words."""
    if member.conflicts:
        first, *more = member.conflicts
        clash = CLASHES.get(first.kind, first.kind)
        others = f" and {len(more)} more" if more else ""
        return f"{first.pointer or 'the whole definition'}: {clash}{others}"
    return _WHY.get(member.reason or "", member.reason or "")


def _notes(install: PlannedInstall, width: int) -> Iterator[Line]:
    """What is to know before it is applied."""
    if install.permissions:
        asked = ", ".join(install.permissions)
        yield from _note(f"It asks for permissions: {asked}. An admin accepts them by --accept.", width, Mark.ALARM)
    for warned in install.warnings:
        named = ", ".join(warned.entity_ids)
        yield from _note(f"{warned.slug} goes, and is still named by {named}.", width, Mark.ALARM)


def _note(text: str, width: int, mark: Mark) -> Iterator[Line]:
    yield ()
    yield from ((Piece(part, mark),) for part in folded(harmless(text), width))


def show_applied(installs: Iterable[Applied], width: int) -> Iterator[Line]:
    """What was done, by the four lists of each install."""
    for install in installs:
        undone = f"; undoes {install.undoes}" if install.undoes else ""
        done = f"Done: {install.operation_id}{undone}" if install.operation_id else "Nothing was to do."
        yield line(done, Mark.HEAD)
        rows = [
            (Piece(name), Piece(f"{len(slugs):,}"), Piece(_listed(slugs)))
            for name in _LISTS
            if (slugs := getattr(install, name))
        ]
        yield from table(rows, width)


def _listed(slugs: Iterable[str]) -> str:
    found = [harmless(slug) for slug in slugs]
    if len(found) <= MOST_SHOWN + 1:
        return ", ".join(found)
    return f"{', '.join(found[:MOST_SHOWN])} … and {len(found) - MOST_SHOWN:,} more"
