"""The history of an install as people read it, an operation after the other: what, who, when, why."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from typing import NamedTuple

from graft.cli.terminal import Line, Mark, Piece, folded, harmless
from graft.cli.upgrades.wire import Operation

_INDENT = "    "
_WORDS = {
    "install": "installed",
    "upgrade": "upgraded",
    "edit": "edited",
    "rename": "renamed",
    "detach": "detached",
    "attach": "handed back",
    "hold": "held",
    "delete": "deleted",
    "restore": "restored",
    "reconfigure": "reconfigured",
    "uninstall": "uninstalled",
    "reinstate": "reinstated",
    "undo": "undone",
}


class Names(NamedTuple):
    """What people call the versions, users and members of a history, by their ids."""

    versions: Mapping[str, str]
    users: Mapping[str, str]
    members: Mapping[str, str]


def show_history(operations: Sequence[Operation], names: Names, width: int) -> Iterator[Line]:
    """The operations in the order given."""
    for number, operation in enumerate(operations):
        if number:
            yield ()
        yield from _show(operation, names, width)


def _show(operation: Operation, names: Names, width: int) -> Iterator[Line]:
    when = operation.created_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    who = names.users.get(operation.created_by or "", operation.created_by or "nobody")
    key = ", by a key" if operation.by_key else ""
    yield (Piece(operation.id, Mark.FAINT), Piece(f"  {when}  {harmless(who)}{key}"))
    yield from _folded(_what(operation, names), width, Mark.HEAD)
    if operation.reason:
        yield from _folded(f"“{operation.reason}”", width, Mark.PLAIN)
    if operation.undoes:
        yield from _folded(f"undoes {operation.undoes}", width, Mark.FAINT)
    if operation.undone_by:
        yield from _folded(f"undone by {operation.undone_by}", width, Mark.FAINT)


def _what(operation: Operation, names: Names) -> str:
    words = [_WORDS.get(operation.kind, operation.kind)]
    before, after = (names.versions.get(one or "", one) for one in (operation.from_version_id, operation.to_version_id))
    if operation.member_id:
        words.append(names.members.get(operation.member_id, operation.member_id))
    elif before and after and before != after:
        words.append(f"{before} → {after}")
    elif before or after:
        words.append(str(after or before))
    found = [] if operation.member_id else [f"{count:,} {name}" for name, count in operation.counts.items() if count]
    return " ".join(words) + (f": {', '.join(found)}" if found else "")


def _folded(text: str, width: int, mark: Mark) -> Iterator[Line]:
    room = width - len(_INDENT)
    yield from ((Piece(_INDENT), Piece(part, mark)) for part in folded(harmless(text), room))
