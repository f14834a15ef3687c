"""Remove for ever the entities that were deleted long enough ago and that nothing names any more."""

from datetime import datetime

from graft.db.connection import Database
from graft.entities import queries
from graft.entities.kinds import Kinds
from graft.events.record import record_as
from graft.workspaces.purge_expired import PAST, past_moments

# Clones go with their install. A living entity of the workspace that names one keeps it.
_PURGE = f"""
delete from entities e
where e.workspace_id = $4 and e.origin_install_id is null and e.deleted_at < {PAST.format(tier="e.retention_tier")}
  and e.id not in (
    select unnest(o.refs) from entities o where o.workspace_id = $4 and o.deleted_at is null and o.refs is not null)
returning e.id, e.kind, e.base_id
"""


async def purge_expired(database: Database, kinds: Kinds, now: datetime) -> int:
    """How many went; each workspace in a transaction of its own."""
    past = past_moments(now)
    async with database.reading() as db:
        # across all workspaces on purpose
        found = await db.rows(
            "select distinct workspace_id from entities where deleted_at < $1 and origin_install_id is null", past[0]
        )
    count = 0
    for row in found:
        async with database.writing() as db:
            await db.execute("select 1 from workspaces where id = $1 for no key update", row["workspace_id"])
            gone = await db.rows(_PURGE, *past, row["workspace_id"])
            await db.execute("delete from permissions where object_id = any($1)", [entity["id"] for entity in gone])
            bases = [entity["base_id"] for entity in gone if entity["base_id"] is not None]
            if bases:
                await queries.purge_bases(db, bases)
            for entity in gone:
                event = ("entity.purged", kinds.by_name[entity["kind"]].prefix, entity["id"])
                await record_as(db, None, now, row["workspace_id"], event)
        count += len(gone)
    return count
