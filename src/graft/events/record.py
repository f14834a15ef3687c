"""Write events: the one of a change, many of one change, and those of changes outside of a request."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from graft import ids, jsontext
from graft.db.connection import WriteConnection
from graft.db.rows import insert
from graft.events.rows import NewEvent, NewPlatformEvent
from graft.ids import Id
from graft.jsontext import Json
from graft.web.context import WriteContext

# An event names so many things at most, so that a page of events stays small.
MOST_NAMED = 500


async def record(
    ctx: WriteContext, event: str, workspace_id: Id, prefix: str, subject_id: Id, data: Mapping[str, Json] | None = None
) -> None:
    """Write the event of a change, in its transaction; the actor is the caller's user.

    `event` is the type, such as `integration.created`; docs/events.md has all. `prefix` and `subject_id` are the two
    parts of the wire id of what it happened to. `data` has what the type says beside.
    """
    text = jsontext.encode(data or {})
    actor_id = ctx.caller.user_id
    new = NewEvent(ids.new_id(), workspace_id, event, prefix, subject_id, actor_id, text, ctx.now)
    await insert(ctx.db, "events", new)


_INSERT_EACH = """
insert into events (id, workspace_id, type, subject_prefix, subject_id, actor_id, data, created_at)
select n.id, $1, n.type, n.prefix, n.subject_id, $2, $3, $4
from unnest($5::uuid[], $6::text[], $7::text[], $8::uuid[]) as n(id, type, prefix, subject_id)
returning id
"""


async def record_each(
    ctx: WriteContext, workspace_id: Id, events: Sequence[tuple[str, str, Id]], data: Mapping[str, Json]
) -> None:
    """Write several events of one change by one statement: each is (type, prefix, subject id), and all have `data`."""
    await ctx.db.rows(
        _INSERT_EACH,
        workspace_id,
        ctx.caller.user_id,
        jsontext.encode(data),
        ctx.now,
        ids.new_ids(len(events)),
        [event for event, _, _ in events],
        [prefix for _, prefix, _ in events],
        [subject_id for _, _, subject_id in events],
    )


async def record_as(
    db: WriteConnection, actor_id: Id | None, now: datetime, workspace_id: Id, event: tuple[str, str, Id]
) -> None:
    """Write an event of a change that no request asked for: `event` is (type, prefix, subject id).

    `actor_id` is the user on whose behalf it was, `None` where Graft itself acted, as in a purge.
    """
    name, prefix, subject_id = event
    new = NewEvent(ids.new_id(), workspace_id, name, prefix, subject_id, actor_id, b"{}", now)
    await insert(db, "events", new)


async def record_on_platform(
    ctx: WriteContext, event: str, prefix: str, subject_id: Id, data: Mapping[str, Json] | None = None
) -> None:
    """As `record`, of what belongs to no workspace: a user or a session. Platform admins alone read it."""
    await record_on_platform_as(ctx.db, ctx.caller.user_id, ctx.now, (event, prefix, subject_id), data)


async def record_on_platform_as(
    db: WriteConnection,
    actor_id: Id | None,
    now: datetime,
    event: tuple[str, str, Id],
    data: Mapping[str, Json] | None = None,
) -> None:
    """As `record_on_platform`, of a change that no request asked for: who has the database's secret has no user."""
    name, prefix, subject_id = event
    new = NewPlatformEvent(ids.new_id(), name, prefix, subject_id, actor_id, jsontext.encode(data or {}), now)
    await insert(db, "platform_events", new)
