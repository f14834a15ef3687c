"""Remove for ever the entities that were deleted long enough ago and that nothing names any more."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from graft.auth.grants import delete_grants
from graft.db.connection import WriteConnection
from graft.db.rows import columns, each
from graft.db.sweep import Sweep
from graft.definitions.queries import delete_free_states, select_named_states
from graft.entities import queries
from graft.entities.rows import ExpiredEntity, PurgedEntity
from graft.events.record import record_as
from graft.kinds.registry import Kinds
from graft.workspaces.locks import lock_tenant
from graft.workspaces.purge_expired import PAST, past_moments

# Clones go with their install, also those that an upgrade removed (docs/adr/0026-clones-go-with-their-install.md).
# Across all workspaces on purpose.
_EXPIRED = f"""
select {columns(ExpiredEntity, "e")} from entities e
where e.deleted_at < {PAST.format(tier="e.retention_tier")} and e.origin_install_id is null
  and ($4::uuid is null or (e.workspace_id, e.id) > ($4, $5::uuid))
order by e.workspace_id, e.id limit $6
"""

# A living entity of the workspace that names one keeps it.
_PURGE = f"""
delete from entities e
where e.workspace_id = $4 and e.id = any($5) and e.origin_install_id is null
  and e.deleted_at < {PAST.format(tier="e.retention_tier")}
  and e.id not in (
    select n.id from entities o cross join lateral unnest(o.refs) as n(id)
    where o.workspace_id = $4 and o.deleted_at is null and o.refs is not null and o.refs && $5::uuid[]
      and n.id = any($5))
returning {columns(PurgedEntity, "e")}
"""


async def purge_expired(sweep: Sweep, kinds: Kinds, now: datetime) -> int:
    """How many went; those of a workspace together, 500 at most in a transaction."""

    async def purge(db: WriteConnection, rows: Sequence[ExpiredEntity]) -> int:
        return await _purge(db, rows, kinds, now)

    count = 0
    async for page in sweep.pages(ExpiredEntity, _EXPIRED, *past_moments(now), after=("workspace_id", "id")):
        for _, rows in groupby(page, key=lambda row: row.workspace_id):
            count += await sweep.do("entity", list(rows), purge)
    return count


async def _purge(db: WriteConnection, rows: Sequence[ExpiredEntity], kinds: Kinds, now: datetime) -> int:
    workspace_id = rows[0].workspace_id
    await lock_tenant(db, workspace_id)
    clones = [row.id for row in rows if row.base_id is not None]
    states = await select_named_states(db, clones, workspace_id) if clones else []
    gone = await each(db, PurgedEntity, _PURGE, *past_moments(now), workspace_id, [row.id for row in rows])
    if not gone:
        return 0
    await delete_grants(db, [entity.id for entity in gone])
    bases = [entity.base_id for entity in gone if entity.base_id is not None]
    if bases:
        await queries.delete_purged_versions(db, bases)
        await delete_free_states(db, states, workspace_id)
    for entity in gone:
        event = ("entity.purged", kinds.by_name[entity.kind].prefix, entity.id)
        await record_as(db, None, now, workspace_id, event)
    return len(gone)
