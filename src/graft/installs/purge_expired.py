"""Remove for ever the installs that were deleted long enough ago; kept clones stay with their workspace."""

from datetime import datetime

from graft.db.connection import Database
from graft.events.record import record_as
from graft.installs import queries
from graft.versions import queries as versions
from graft.workspaces.purge_expired import PAST, past_moments

# Children were made after their parents, so the newest go first. Across all workspaces on purpose.
_EXPIRED = f"""
select i.id, i.workspace_id, i.integration_id, i.solution_id from installs i
where i.deleted_at < {PAST.format(tier="i.retention_tier")} order by i.id desc
"""


async def purge_expired(database: Database, now: datetime) -> int:
    """How many went; each in a transaction of its own. One that a child install still names stays."""
    async with database.reading() as db:
        found = await db.rows(_EXPIRED, *past_moments(now))
    count = 0
    for row in found:
        async with database.writing() as db:
            await queries.lock(db, row["workspace_id"], row["integration_id"], alone=True)
            if not await queries.is_deleted(db, row["id"], row["workspace_id"]):
                continue
            if await queries.has_children(db, row["id"], row["workspace_id"]):
                continue
            await queries.purge(db, row["id"], row["workspace_id"], now, row["solution_id"])
            await versions.purge_unnamed(db, row["integration_id"])
            await record_as(db, None, now, row["workspace_id"], ("integration_install.purged", "intins", row["id"]))
        count += 1
    return count
