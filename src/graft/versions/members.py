"""The members of published versions, cached by the process: a version never changes."""

from collections.abc import Collection, Sequence

from graft.ids import Id
from graft.version_members import VersionMember
from graft.versions import queries
from graft.web.context import ReadContext


async def members_of(ctx: ReadContext, version_ids: Collection[Id]) -> dict[Id, Sequence[VersionMember]]:
    """Version → its members, declared ones before the closure. One statement reads those that are not cached."""
    known = ctx.process.version_members
    found = {version_id: members for version_id in version_ids if (members := known.get(version_id)) is not None}
    missing = [version_id for version_id in version_ids if version_id not in found]
    if missing:
        read = await queries.select_members(ctx.db, missing)
        for version_id, members in read.items():
            known.keep(version_id, members)
        found |= read
    return found
