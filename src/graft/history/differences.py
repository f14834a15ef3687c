"""What an operation did: the rows of an install before it and after it, compared. Pure."""

from collections.abc import Iterator, Mapping

from graft.history.models import Did, InstallDid
from graft.ids import Id
from graft.operations.before import CloneImage, InstallImage, MemberImage
from graft.operations.compose import Rows

# These give a clone's text a row of its own, or take it away, and the text stays the same.
_TEXT_STAYS = frozenset({"detach", "attach", "hold"})

_EDITED: dict[Did, None] = {"edited": None}
_UPDATED: dict[Did, None] = {"updated": None}


def done_to_members(kind: str, before: Rows, after: Rows) -> dict[Id, list[Did]]:
    """What was done to each member that an operation of this kind touched."""
    found: dict[Id, list[Did]] = {}
    for member_id, member in after.members.items():
        was = before.members.get(member_id)
        if was is None:
            found[member_id] = ["added"]
            continue
        did = dict.fromkeys(_of_member(was, member))
        clone, clone_was = after.clones.get(member_id), before.clones.get(member_id)
        if clone is not None and clone_was is not None:
            if _stays(member, clone) and _stays(was, clone_was):
                did.pop("removed", None)
                did.pop("restored", None)
            did |= dict.fromkeys(_of_clone(clone_was, clone))
            if kind not in _TEXT_STAYS and before.texts.get(member_id) != after.texts.get(member_id):
                did |= _EDITED if kind == "edit" else _UPDATED
        if "removed" in did:
            # so that it reads as it did
            did.pop("pinned", None)
        if did:
            found[member_id] = list(did)
    return found


def _stays(member: MemberImage, clone: CloneImage) -> bool:
    """Whether the clone is there, its install or not: an uninstallation takes its member's row alone."""
    return clone.deleted_at is None and member.deleted_by in (None, "uninstall")


def _of_member(was: MemberImage, member: MemberImage) -> Iterator[Did]:
    yield from _going(was, member)
    if was.slug != member.slug:
        yield "moved"
    if (was.base_id, was.version_id) != (member.base_id, member.version_id):
        yield "updated"
    if was.detached_by != member.detached_by:
        yield "attached" if member.detached_by is None else "detached"
    elif bool(member.handed_back) and not was.handed_back:
        yield "attached"
    if (was.held_paths or []) != (member.held_paths or []):
        yield "held"
    if was.enabled != member.enabled:
        yield "enabled" if member.enabled else "disabled"
    if was.pinned_ids is None and member.pinned_ids is not None:
        yield "pinned"


def _of_clone(was: CloneImage, clone: CloneImage) -> Iterator[Did]:
    yield from _going(was, clone)
    if (was.name, was.description) != (clone.name, clone.description):
        yield "renamed"
    if was.pinned_ids is None and clone.pinned_ids is not None:
        yield "pinned"


def _going(was: MemberImage | CloneImage, row: MemberImage | CloneImage) -> Iterator[Did]:
    if (was.deleted_at is None) != (row.deleted_at is None):
        yield "restored" if row.deleted_at is None else "removed"


_INSTALL: Mapping[InstallDid, tuple[str, ...]] = {
    "version": ("version_id",),
    "variables": ("variables_id",),
    "auth-state": ("auth_state_id",),
    "policy": ("member_policy",),
    "permissions": ("accepted_permissions",),
}


def done_to_install(before: InstallImage, after: InstallImage) -> list[InstallDid]:
    did: list[InstallDid] = [
        name
        for name, columns in _INSTALL.items()
        if any(getattr(before, one) != getattr(after, one) for one in columns)
    ]
    if (before.deleted_at is None) != (after.deleted_at is None):
        did.append("reinstated" if after.deleted_at is None else "uninstalled")
    return did
