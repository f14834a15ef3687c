"""Purge auth states, grants, memberships and keys whose retention is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Literal, LiteralString

from graft.db.connection import WriteConnection
from graft.db.rows import columns
from graft.db.sweep import Sweep, Swept
from graft.events.record import record_as
from graft.workspaces.locks import lock_tenant
from graft.workspaces.rows import ExpiredAuthState

# How long a deleted row stays, by its retention tier. One of the tier `none` stays for ever.
RETENTION = {"short": timedelta(days=7), "medium": timedelta(days=30), "long": timedelta(days=90)}

Table = Literal["permissions", "workspace_members", "api_keys"]


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows were purged."""

    auth_states: int = 0
    permissions: int = 0
    workspace_members: int = 0
    api_keys: int = 0


# SQL: the moment before which a row of a tier must have been deleted. `$1`, `$2` and `$3` are `past_moments`.
PAST = "case {tier} when 'short' then $1::timestamptz when 'medium' then $2 when 'long' then $3 end"

# These look through all workspaces on purpose.
_AUTH_STATES = f"""
select {columns(ExpiredAuthState, "a")} from auth_states a
where a.deleted_at < {PAST.format(tier="a.retention_tier")}
  and ($4::uuid is null or (a.workspace_id, a.id) > ($4, $5::uuid))
order by a.workspace_id, a.id limit $6
"""

_PURGE_AUTH_STATES = """
delete from auth_states a
where a.workspace_id = $1 and a.id = any($2) and a.deleted_at is not null
  and a.id not in (select i.auth_state_id from installs i where i.workspace_id = $1 and i.auth_state_id is not null)
returning a.id
"""

# These rows have no retention tier. That of their workspace counts; a session has no workspace and counts as `medium`.
_ROWS: dict[Table, LiteralString] = {
    "permissions": f"""
select t.id from permissions t join workspaces w on w.id = t.object_workspace_id
where t.deleted_at < {PAST.format(tier="w.retention_tier")} and ($4::uuid is null or t.id > $4) order by t.id limit $5
""",
    "workspace_members": f"""
select t.id from workspace_members t join workspaces w on w.id = t.workspace_id
where t.deleted_at < {PAST.format(tier="w.retention_tier")} and ($4::uuid is null or t.id > $4) order by t.id limit $5
""",
    "api_keys": f"""
select t.id from api_keys t left join workspaces w on w.id = t.workspace_id
where t.deleted_at < {PAST.format(tier="coalesce(w.retention_tier, 'medium')")}
  and ($4::uuid is null or t.id > $4)
order by t.id limit $5
""",
}


def past_moments(now: datetime) -> list[datetime]:
    """The parameters `$1`, `$2` and `$3` of `PAST`, in the order of `RETENTION`."""
    return [now - kept for kept in RETENTION.values()]


async def purge_expired(sweep: Sweep, now: datetime) -> Purged:
    """Purge what is past its retention. A transaction purges auth states of one workspace only.

    Only the purge of an auth state is an event, because only an auth state could have been restored. Grants,
    memberships and keys ended for good when they were deleted, and that was their event.
    """

    async def purge(db: WriteConnection, rows: Sequence[ExpiredAuthState]) -> int:
        return await _purge_auth_states(db, rows, now)

    auth_states = 0
    async for page in sweep.pages(ExpiredAuthState, _AUTH_STATES, *past_moments(now), after=("workspace_id", "id")):
        for _, rows in groupby(page, key=lambda row: row.workspace_id):
            auth_states += await sweep.do("auth state", list(rows), purge)
    return Purged(auth_states, **{table: await _purge_rows(sweep, table, now) for table in _ROWS})


async def _purge_auth_states(db: WriteConnection, rows: Sequence[ExpiredAuthState], now: datetime) -> int:
    """Purge these auth states, all of one workspace, but those that an install names; returns how many."""
    workspace_id = rows[0].workspace_id
    await lock_tenant(db, workspace_id)
    purged = await db.rows(_PURGE_AUTH_STATES, workspace_id, [row.id for row in rows])
    for (auth_state_id,) in purged:
        await record_as(db, None, now, workspace_id, ("auth_state.purged", "ats", auth_state_id))
    return len(purged)


async def _purge_rows(sweep: Sweep, table: Table, now: datetime) -> int:
    async def purge(db: WriteConnection, rows: Sequence[Swept]) -> int:
        row_ids = [row.id for row in rows]
        return await db.execute(f"delete from {table} where id = any($1) and deleted_at is not null", row_ids)

    count = 0
    async for page in sweep.pages(Swept, _ROWS[table], *past_moments(now)):
        count += await sweep.do(table, page, purge)
    return count
