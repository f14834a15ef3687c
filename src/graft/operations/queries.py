"""The rows of a clone and of its member as they are before an operation changes them, one statement each."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from graft.db.connection import ReadConnection
from graft.db.rows import columns, each
from graft.ids import Id
from graft.operations.before import CloneImage, MemberImage, read_clone_image, read_member_image


class CloneBefore(msgspec.Struct, frozen=True):
    image: CloneImage
    base_id: int | None
    version_id: Id
    # whether it has a text of its own
    written: bool
    kind: str


class MemberBefore(msgspec.Struct, frozen=True):
    image: MemberImage
    install_deleted_at: datetime | None


_CLONES = f"""
select {columns(CloneImage, "e")}, e.base_id, e.version_id, e.definition is not null as written, e.kind
from entities e where e.id = any($1) and e.workspace_id = $2
"""


async def select_clone(db: ReadConnection, entity_id: Id, workspace_id: Id) -> CloneBefore:
    return (await select_clones(db, [entity_id], workspace_id))[entity_id]


async def select_clones(db: ReadConnection, entity_ids: Sequence[Id], workspace_id: Id) -> dict[Id, CloneBefore]:
    """These clones, as far as they are there."""
    found: dict[Id, CloneBefore] = {}
    for *image, base_id, version_id, written, kind in await db.rows(_CLONES, entity_ids, workspace_id):
        clone = CloneBefore(read_clone_image(image), base_id, version_id, written, kind)
        found[clone.image.id] = clone
    return found


_MEMBERS = f"""
select {columns(MemberImage, "m")} from install_members m
where m.id = any($1) and m.workspace_id = $2 and m.install_id = $3 and m.deleted_at is null
"""


async def select_members(
    db: ReadConnection, member_ids: Sequence[Id], workspace_id: Id, install_id: Id
) -> dict[Id, MemberImage]:
    """Those of these that are members of the install."""
    rows = await db.rows(_MEMBERS, member_ids, workspace_id, install_id)
    return {image.id: image for image in map(read_member_image, rows)}


_MEMBER = f"""
select {columns(MemberImage, "m")}, i.deleted_at as install_deleted_at
from install_members m join installs i on i.id = m.install_id and i.workspace_id = m.workspace_id
where m.id = $1 and m.workspace_id = $2 and i.workspace_id = $2
"""


async def select_member(db: ReadConnection, member_id: Id, workspace_id: Id) -> MemberBefore:
    """The member that a clone is."""
    row = await db.row(_MEMBER, member_id, workspace_id)
    assert row is not None
    *image, install_deleted_at = row
    return MemberBefore(read_member_image(image), install_deleted_at)


class MemberNow(msgspec.Struct, frozen=True):
    """A member's row, and of a reference which entity it is."""

    image: MemberImage
    kind: str | None
    source_entity_id: Id | None


class CloneNow(msgspec.Struct, frozen=True):
    image: CloneImage
    base_id: int | None
    version_id: Id
    kind: str


_MEMBERS_NOW = f"""
select {columns(MemberImage, "m")}, v.kind, v.source_entity_id
from install_members m left join version_members v on v.id = m.base_id
where m.install_id = $1 and m.workspace_id = $2
order by m.id
"""
_CLONES_NOW = f"""
select {columns(CloneImage, "e")}, e.base_id, e.version_id, e.kind
from entities e where e.origin_install_id = $1 and e.workspace_id = $2
order by e.id
"""


async def select_members_now(db: ReadConnection, install_id: Id, workspace_id: Id) -> list[MemberNow]:
    """The members of an install, removed ones too."""
    rows = await db.rows(_MEMBERS_NOW, install_id, workspace_id)
    return [MemberNow(read_member_image(row[:-2]), *row[-2:]) for row in rows]


async def select_clones_now(db: ReadConnection, install_id: Id, workspace_id: Id) -> list[CloneNow]:
    """The clones of an install, deleted ones too."""
    rows = await db.rows(_CLONES_NOW, install_id, workspace_id)
    return [CloneNow(read_clone_image(row[:-3]), *row[-3:]) for row in rows]


class FoundOperation(msgspec.Struct, frozen=True):
    id: Id
    kind: str
    undoes: Id | None
    before: msgspec.Raw


_SINCE = f"""
select {columns(FoundOperation, "o")} from operations o
where o.install_id = $1 and o.workspace_id = $2 and o.id >= coalesce($3, (
  select p.id from operations p where p.install_id = $1 and p.workspace_id = $2 order by p.id desc limit 1))
order by o.id
"""


async def select_since(
    db: ReadConnection, install_id: Id, workspace_id: Id, operation_id: Id | None
) -> list[FoundOperation]:
    """An operation and all that came after it, in the order in which they happened; None: the last one alone."""
    return await each(db, FoundOperation, _SINCE, install_id, workspace_id, operation_id)
