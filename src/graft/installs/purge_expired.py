"""Remove for ever the installs that were deleted long enough ago; kept clones stay with their workspace."""

from collections.abc import Sequence
from datetime import datetime

from graft.db.connection import WriteConnection
from graft.db.rows import columns
from graft.db.sweep import Sweep, Swept
from graft.definitions.materialize import Materializer
from graft.definitions.render import Reader
from graft.events.record import record_as
from graft.ids import Id
from graft.installs import ends, queries
from graft.installs.purge import materialize_kept
from graft.integrations import queries as integrations
from graft.templates import TemplateCache
from graft.workspaces.locks import lock_tenant
from graft.workspaces.purge_expired import PAST, past_moments


class ExpiredInstall(Swept, frozen=True):
    """One whose retention is over."""

    workspace_id: Id
    integration_id: Id
    solution_id: Id | None


# Children were made after their parents, so the newest go first. Across all workspaces on purpose.
_EXPIRED = f"""
select {columns(ExpiredInstall, "i")} from installs i
where i.deleted_at < {PAST.format(tier="i.retention_tier")} and ($4::uuid is null or i.id < $4)
order by i.id desc limit $5
"""


async def purge_expired(sweep: Sweep, now: datetime, max_definition: int = 0) -> int:
    """How many went, each in a transaction of its own. One that a child install still names stays.

    `max_definition`: as `Reader` takes it.
    """
    read = Reader(TemplateCache(), max_definition)

    async def purge(db: WriteConnection, rows: Sequence[ExpiredInstall]) -> int:
        return await _purge(db, rows[0], read, now)

    count = 0
    async for page in sweep.pages(ExpiredInstall, _EXPIRED, *past_moments(now)):
        for row in page:
            count += await sweep.do("install", [row], purge)
    return count


async def _purge(db: WriteConnection, row: ExpiredInstall, read: Reader, now: datetime) -> int:
    await lock_tenant(db, row.workspace_id)
    if not await queries.select_is_deleted(db, row.id, row.workspace_id):
        return 0
    if await queries.select_has_children(db, row.id, row.workspace_id):
        return 0
    await materialize_kept(Materializer(db, read, None, now), row.id, row.workspace_id)
    await ends.delete_install(db, row.id, row.workspace_id, now, row.solution_id)
    await integrations.delete_unnamed_versions(db, row.integration_id)
    await record_as(db, None, now, row.workspace_id, ("integration_install.purged", "intins", row.id))
    return 1
