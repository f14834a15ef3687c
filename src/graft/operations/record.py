"""Write the operation of a change, in its transaction."""

from graft import ids
from graft.ids import Id
from graft.operations.before import Before, encode
from graft.web.context import WriteContext

_INSERT = """
insert into operations (id, workspace_id, install_id, kind, before, reason, created_by, key_id, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


async def record_operation(
    ctx: WriteContext, kind: str, workspace_id: Id, install_id: Id, before: Before, reason: str | None = None
) -> None:
    """One change of an install, with what it takes to restore the rows that it touched."""
    await ctx.db.execute(
        _INSERT,
        ids.new_id(),
        workspace_id,
        install_id,
        kind,
        encode(before),
        reason,
        ctx.caller.user_id,
        ctx.caller.key_id,
        ctx.now,
    )
