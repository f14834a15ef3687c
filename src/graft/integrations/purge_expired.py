"""Remove for ever the integrations that were deleted long enough ago and that no workspace uses."""

from datetime import datetime

from graft.db.connection import Database
from graft.events.record import record_as
from graft.integrations import queries
from graft.workspaces.purge_expired import PAST, past_moments

_EXPIRED = f"""
select i.id, i.workspace_id from integrations i
where i.purged_at is null and i.deleted_at < {PAST.format(tier="i.retention_tier")}
"""


async def purge_expired(database: Database, now: datetime) -> int:
    """How many went; each in a transaction of its own. One with active installs stays."""
    async with database.reading() as db:
        found = await db.rows(_EXPIRED, *past_moments(now))
    count = 0
    for row in found:
        async with database.writing() as db:
            await queries.lock(db, row["id"])
            if not await queries.is_deleted(db, row["id"]) or await queries.has_live_installs(db, row["id"]):
                continue
            await queries.purge(db, row["id"], now)
            await record_as(db, None, now, row["workspace_id"], ("integration.purged", "int", row["id"]))
        count += 1
    return count
