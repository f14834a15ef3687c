"""Remove for ever what was deleted long enough ago: auth states, grants, memberships and keys."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from graft.db.connection import Database, WriteConnection
from graft.events.record import record_as
from graft.ids import Id

# How long a deleted row stays, by the retention tier; of `none` for ever.
RETENTION = {"short": timedelta(days=7), "medium": timedelta(days=30), "long": timedelta(days=90)}

Table = Literal["permissions", "workspace_members", "api_keys"]


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows went."""

    auth_states: int = 0
    permissions: int = 0
    workspace_members: int = 0
    api_keys: int = 0


# The moments before which a row of a tier must have been deleted; `$1`, `$2` and `$3` in every statement here.
PAST = "case {tier} when 'short' then $1::timestamptz when 'medium' then $2 when 'long' then $3 end"

_AUTH_STATES = f"""
delete from auth_states a
where a.workspace_id = $4 and a.deleted_at < {PAST.format(tier="a.retention_tier")}
  and a.id not in (select i.auth_state_id from installs i where i.workspace_id = $4 and i.auth_state_id is not null)
returning a.id
"""

# These carry no tier of their own: that of their workspace counts, of a session's key `medium`.
_ROWS: dict[Table, str] = {
    "permissions": f"""
delete from permissions t using workspaces w
where w.id = t.object_workspace_id and t.deleted_at < {PAST.format(tier="w.retention_tier")}
""",
    "workspace_members": f"""
delete from workspace_members t using workspaces w
where w.id = t.workspace_id and t.deleted_at < {PAST.format(tier="w.retention_tier")}
""",
    "api_keys": f"""
delete from api_keys t
where t.deleted_at < {
        PAST.format(tier="coalesce((select w.retention_tier from workspaces w where w.id = t.workspace_id), 'medium')")
    }
""",
}


def past_moments(now: datetime) -> list[datetime]:
    """The three parameters of `PAST`."""
    return [now - kept for kept in RETENTION.values()]


async def purge_expired(database: Database, now: datetime) -> Purged:
    """Purge what is past its retention, each workspace's auth states in a transaction of their own.

    Grants, memberships and keys ended with an event when they were deleted; only auth states could still come back, so
    only their purge is one.
    """
    past = past_moments(now)
    async with database.reading() as db:
        # across all workspaces on purpose
        found = await db.rows("select distinct workspace_id from auth_states where deleted_at < $1", past[0])
    auth_states = 0
    for row in found:
        async with database.writing() as db:
            auth_states += await _purge_auth_states(db, row["workspace_id"], past, now)
    async with database.writing() as db:
        counts = {table: await db.execute(statement, *past) for table, statement in _ROWS.items()}
    return Purged(auth_states, counts["permissions"], counts["workspace_members"], counts["api_keys"])


async def _purge_auth_states(db: WriteConnection, workspace_id: Id, past: list[datetime], now: datetime) -> int:
    await db.execute("select 1 from workspaces where id = $1 for no key update", workspace_id)
    gone = await db.rows(_AUTH_STATES, *past, workspace_id)
    for row in gone:
        await record_as(db, None, now, workspace_id, ("auth_state.purged", "ats", row["id"]))
    return len(gone)
