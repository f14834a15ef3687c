"""Purge the integrations whose retention is over and that no workspace has installed."""

from collections.abc import Sequence
from datetime import datetime

from graft.db.connection import WriteConnection
from graft.db.rows import columns
from graft.db.sweep import Sweep, Swept
from graft.events.record import record_as
from graft.integrations import queries
from graft.integrations.rows import ExpiredIntegration
from graft.workspaces.purge_expired import PAST, past_moments

# Of all workspaces on purpose. `$1` to `$3` are `past_moments`, `$4` is the last id of the page before, `$5` the limit.
_EXPIRED = f"""
select {columns(ExpiredIntegration, "i")} from integrations i
where i.purged_at is null and i.deleted_at < {PAST.format(tier="i.retention_tier")} and ($4::uuid is null or i.id > $4)
order by i.id limit $5
"""


async def purge_expired(sweep: Sweep, now: datetime) -> int:
    """Purge those whose retention is over at `now`, each in a transaction of its own; how many were purged.

    One with active installs stays.
    """

    async def purge(db: WriteConnection, rows: Sequence[ExpiredIntegration]) -> int:
        return await _purge(db, rows[0], now)

    count = 0
    async for page in sweep.pages(ExpiredIntegration, _EXPIRED, *past_moments(now)):
        for row in page:
            count += await sweep.do("integration", [row], purge)
    return count


# Of rows that named a version and went beside its purge, neither saw the other.
_TOMBSTONES = """
select i.id from integrations i where i.purged_at is not null and ($1::uuid is null or i.id > $1) order by i.id limit $2
"""


async def collect_versions(sweep: Sweep) -> None:
    """Delete the versions of purged integrations that nothing names any more, and with the last one the integration."""

    async def collect(db: WriteConnection, rows: Sequence[Swept]) -> int:
        await queries.delete_unnamed_versions(db, rows[0].id)
        return 1

    async for page in sweep.pages(Swept, _TOMBSTONES):
        for row in page:
            await sweep.do("purged integration", [row], collect)


async def _purge(db: WriteConnection, row: ExpiredIntegration, now: datetime) -> int:
    """Purge one, unless it was restored or installed since it was selected; how many were purged: 1 or 0."""
    await queries.lock_integration(db, row.id)
    if not await queries.select_is_deleted(db, row.id) or await queries.select_is_installed(db, row.id):
        return 0

    await queries.update_purged(db, row.id, now)
    await record_as(db, None, now, row.workspace_id, ("integration.purged", "int", row.id))
    return 1
