"""The notes of which transaction changed what, for totals that need not be counted: whether there are any, pruning."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from graft.db.connection import Database
from graft.db.errors import ReadOnly
from graft.errors import Unavailable

_log = logging.getLogger("graft")

_SECONDS = 60

# What a resource may watch (`Resource.watches`).
WATCHED = (
    "workspaces",
    "workspace_members",
    "permissions",
    "integrations",
    "integration_reviews",
    "integration_versions",
    "installs",
)
# What notes their changes; of installs by workspace, from the rows before and after.
TRIGGERS = (
    *(f"{table}_changes" for table in WATCHED if table != "installs"),
    *(f"installs_changes_{rows}" for rows in ("new", "old", "to", "from", "all")),
)

# One that is missing or disabled would let an old total stand: then none are taken for noted. A cluster has dropped
# them, as transaction ids mean something on one server only.
_MISSING = """
select count(*) from unnest($1::text[]) w(name)
where not exists (select from pg_trigger g where g.tgname = w.name and g.tgenabled in ('O', 'A'))
"""

# Never back: of two that prune at once, the later writer may have the older snapshot.
_RAISE = """
update changes_horizon h set xid = greatest(h.xid, pg_snapshot_xmin(pg_current_snapshot())) returning h.xid
"""
_PRUNE = "delete from changes where xid < $1"


async def are_noted(database: Database) -> bool:
    """Whether this database notes the changes of every watched table."""
    async with database.reading() as db:
        return await db.value(_MISSING, TRIGGERS) == 0


async def prune(database: Database) -> int:
    """Delete the notes that no total counted from now on needs; how many went."""
    async with database.writing() as db:
        horizon = await db.value(_RAISE)
        return await db.execute(_PRUNE, horizon)


@asynccontextmanager
async def pruning(database: Database, seconds: float = _SECONDS) -> AsyncGenerator[None]:
    """While this is open, notes are pruned each minute."""
    task = asyncio.create_task(_keep_pruning(database, seconds))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _keep_pruning(database: Database, seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await prune(database)
        except ReadOnly:
            continue  # a standby: its primary prunes
        except Unavailable:
            _log.warning("the notes of changes could not be pruned yet")
