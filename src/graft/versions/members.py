"""The members of versions, read once a process: what is published never changes."""

from collections.abc import Collection, Sequence

from graft.ids import Id
from graft.lru import Lru
from graft.versions import queries
from graft.versions.models import VersionMember
from graft.web.context import ReadContext

# In all versions together: some 15 MB, or 60 where descriptions are as long as they may be.
_MOST = 25_000


class VersionMembers:
    """The members of the versions that were used last."""

    def __init__(self, most: int = _MOST) -> None:
        self._known: Lru[Id, Sequence[VersionMember]] = Lru(most)

    def get(self, version_id: Id) -> Sequence[VersionMember] | None:
        return self._known.get(version_id)

    def keep(self, version_id: Id, members: Sequence[VersionMember]) -> None:
        # a version without members takes room, too
        self._known.keep(version_id, members, max(1, len(members)))


async def members_of(ctx: ReadContext, version_ids: Collection[Id]) -> dict[Id, Sequence[VersionMember]]:
    """The members of published versions, declared ones first; by one statement, or by none."""
    known: VersionMembers = ctx.process.shared["version_members"]
    found = {version_id: members for version_id in version_ids if (members := known.get(version_id)) is not None}
    missing = [version_id for version_id in version_ids if version_id not in found]
    if missing:
        read = await queries.members_of(ctx.db, missing)
        for version_id, members in read.items():
            known.keep(version_id, members)
        found |= read
    return found
