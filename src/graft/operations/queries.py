"""The rows of a clone and of its member as they are before an operation changes them, one statement each."""

from datetime import datetime

import msgspec

from graft.db.connection import ReadConnection
from graft.db.rows import columns
from graft.ids import Id
from graft.operations.before import CloneImage, MemberImage, read_clone_image, read_member_image


class CloneBefore(msgspec.Struct, frozen=True):
    image: CloneImage
    base_id: int | None
    version_id: Id
    # whether it has a text of its own
    written: bool


class MemberBefore(msgspec.Struct, frozen=True):
    image: MemberImage
    install_deleted_at: datetime | None


_CLONE = f"""
select {columns(CloneImage, "e")}, e.base_id, e.version_id, e.definition is not null as written
from entities e where e.id = $1 and e.workspace_id = $2
"""


async def select_clone(db: ReadConnection, entity_id: Id, workspace_id: Id) -> CloneBefore:
    row = await db.row(_CLONE, entity_id, workspace_id)
    assert row is not None
    *image, base_id, version_id, written = row
    return CloneBefore(read_clone_image(image), base_id, version_id, written)


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
