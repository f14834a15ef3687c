"""Write the event of a change, in its transaction."""

from collections.abc import Mapping

from graft import ids, jsontext
from graft.ids import Id
from graft.jsontext import Json
from graft.web.context import Writing

_INSERT = """
insert into events (id, workspace_id, type, subject_prefix, subject_id, actor_id, data, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
"""


async def record(
    ctx: Writing, event: str, workspace_id: Id, prefix: str, subject_id: Id, data: Mapping[str, Json] | None = None
) -> None:
    """`event` is the type (`integration.created`), `prefix` and `subject_id` name what it happened to."""
    await ctx.db.execute(
        _INSERT,
        ids.new_id(),
        workspace_id,
        event,
        prefix,
        subject_id,
        ctx.caller.user_id,
        jsontext.encode(data or {}),
        ctx.now,
    )
