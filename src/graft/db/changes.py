"""The change log that lets a cached total be reused (ADR 16): whether it is complete, and how it is pruned."""

import logging
from contextlib import AbstractAsyncContextManager
from functools import partial

from graft.background import repeating
from graft.db.connection import Database
from graft.db.errors import ReadOnly
from graft.errors import Unavailable

_log = logging.getLogger("graft")

_PRUNE_SECONDS = 60

# The tables that a list may watch (`Resource.watches`): its cached totals hold until one of them changes.
WATCHED = (
    "workspaces",
    "workspace_members",
    "permissions",
    "integrations",
    "integration_reviews",
    "integration_versions",
    "installs",
)
# The triggers that write the log. Changes of installs are logged for each workspace, so they need the changed rows:
# those before and those after the statement.
TRIGGERS = (
    *(f"{table}_changes" for table in WATCHED if table != "installs"),
    *(f"installs_changes_{rows}" for rows in ("new", "old", "to", "from", "all")),
)

# One missing or disabled trigger is enough for a stale total to be served, so the log counts as incomplete as a whole.
# On a Citus cluster all are missing: the move drops them, as transaction ids mean something on one server only.
_MISSING = """
select count(*) from unnest($1::text[]) w(name)
where not exists (select from pg_trigger g where g.tgname = w.name and g.tgenabled in ('O', 'A'))
"""

# `greatest`, as the horizon must never move back: of two processes that prune at once, the later one to write may have
# the older snapshot.
_RAISE_HORIZON = """
update changes_horizon h set xid = greatest(h.xid, pg_snapshot_xmin(pg_current_snapshot())) returning h.xid
"""
_PRUNE = "delete from changes where xid < $1"


async def changes_are_logged(database: Database) -> bool:
    """Whether the database logs the changes of every watched table."""
    async with database.reading() as db:
        return await db.value(_MISSING, TRIGGERS) == 0


async def prune(database: Database) -> int:
    """Delete the entries older than every running transaction; return how many.

    A total that was counted below the new horizon can no longer be checked, and is counted again.
    """
    async with database.writing() as db:
        horizon = await db.value(_RAISE_HORIZON)
        return await db.execute(_PRUNE, horizon)


def pruning(database: Database, seconds: float = _PRUNE_SECONDS) -> AbstractAsyncContextManager[None]:
    """Prune the log every `seconds` seconds until the block ends."""
    return repeating("pruning the notes of changes", partial(_prune_if_possible, database), seconds)


async def _prune_if_possible(database: Database) -> None:
    try:
        await prune(database)
    except ReadOnly:
        pass  # a standby: its primary prunes, and replication brings the result
    except Unavailable:
        _log.warning("the notes of changes could not be pruned yet")
