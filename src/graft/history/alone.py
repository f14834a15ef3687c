"""The state of one member before an operation, while its install stays where it is: pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from graft.errors import Conflict, invalid
from graft.ids import Id
from graft.installs.rows import InstalledMember, InstallRow
from graft.operations.before import Before
from graft.operations.compose import Rows, put_back_in
from graft.version_members import VersionMember


@dataclass(frozen=True, slots=True)
class Alone:
    """The one member that goes back.

    base: the version member that it read from. literal: the ids that its text named, where that was its own.
    """

    member_id: Id
    base: VersionMember | None
    literal: Sequence[Id] | None


def base_of_one(before: Before, member_id: Id, now: Rows) -> tuple[int | None, Id | None]:
    """Base and version of what the member read before."""
    for clone_id, base_id, version_id in before.texts:
        if clone_id == member_id:
            return base_id, version_id
    for image in before.members:
        if image.id == member_id and image.base_id is not None:
            return image.base_id, image.version_id
    return now.texts.get(member_id, (None, None))


def of_one(
    before: Before, alone: Alone, now: Rows, members: Mapping[Id, InstalledMember], install: InstallRow
) -> Before:
    """What is to be put back of `before` for this member alone.

    Where the install stays at another version, it is pinned to the values and ids with which it read. `Conflict` where
    what it named is not there any more.
    """
    member_id = alone.member_id
    exact = put_back_in(now, before)
    _refuse(before, member_id, now, exact)
    image = before.install
    moves = image is not None and (image.version_id, image.variables_id) != (install.version_id, install.variables_id)
    member = replace(exact.members[member_id], slug=now.members[member_id].slug)
    clone = exact.clones.get(member_id)

    pinned = clone.pinned_ids if clone is not None else member.pinned_ids
    named = {row.slug: members[row_id].entity_id for row_id, row in exact.members.items() if row.deleted_at is None}
    if pinned is None and alone.literal is None and alone.base is not None:
        pinned = {slug: named[slug] for slug in alone.base.refs if slug in named}
        if moves and image is not None and clone is not None:
            clone = replace(clone, pinned_variables_id=image.variables_id, pinned_ids=pinned)
        elif moves and image is not None:
            member = replace(member, pinned_variables_id=image.variables_id, pinned_ids=pinned)
    _refuse_missing(alone.literal if alone.literal is not None else (pinned or {}).values(), now, members)
    return Before(
        texts=[text for text in before.texts if text[0] == member_id],
        clones=[] if clone is None else [clone],
        members=[member],
    )


def _refuse(before: Before, member_id: Id, now: Rows, exact: Rows) -> None:
    touched = {image.id for image in (*before.clones, *before.members)} | {text[0] for text in before.texts}
    whole = before.went is not None or before.came is not None
    if member_id not in now.members or not (whole or member_id in {*touched, *before.new, *before.gone}):
        raise invalid("/memberId", "unknown-member", "The operation did not touch such a member.")
    if whole:
        raise Conflict("What took or brought back the whole install is undone as a whole.", code="not-undoable")
    lives = [
        row_id in rows.members
        and rows.members[row_id].deleted_at is None
        and (row_id not in rows.clones or rows.clones[row_id].deleted_at is None)
        for row_id, rows in ((member_id, now), (member_id, exact))
    ]
    if lives[0] != lives[1] and not _by_hand(member_id, now, exact):
        raise Conflict("The member came or went with the operation; undo all of it.", code="not-undoable")


def _by_hand(member_id: Id, now: Rows, exact: Rows) -> bool:
    """Whether a person deleted the clone or restored it: its member stayed."""
    rows = now.members[member_id], exact.members.get(member_id)
    return all(row is not None and row.deleted_at is None for row in rows)


def _refuse_missing(named: Iterable[Id], now: Rows, members: Mapping[Id, InstalledMember]) -> None:
    known = {member.entity_id for member in members.values()}
    alive = {
        member.entity_id
        for member_id, member in members.items()
        if now.members[member_id].deleted_at is None
        and (member_id not in now.clones or now.clones[member_id].deleted_at is None)
    }
    missing = [one for one in named if one in known and one not in alive]
    if missing:
        raise Conflict("It named members that are not there any more; undo all of it.", code="not-undoable")
