"""Load a workspace for a caller. One that the caller may not see is `NotFound`, as one that never existed."""

from graft import ids
from graft.auth.caller import Tier
from graft.db.rows import columns, one
from graft.errors import Forbidden, NotFound
from graft.ids import Id
from graft.web.context import ReadContext, WriteContext
from graft.workspaces.rows import FoundWorkspace

_ROW = f"select {columns(FoundWorkspace, 't')} from workspaces t where t.id = $1"


async def access_workspace(ctx: ReadContext, workspace_id: Id, need: Tier = Tier.VIEWER) -> FoundWorkspace:
    """A workspace that is not deleted, for a caller who has the tier `need` in it.

    `NotFound` where the caller is not in it, `Forbidden` where its tier is lower.
    """
    tier = ctx.caller.tier_in(workspace_id)
    if tier < Tier.VIEWER:
        raise NotFound

    row = await one(ctx.db, FoundWorkspace, _ROW, workspace_id)
    if row is None or row.deleted_at is not None:
        raise NotFound

    if tier < need:
        raise Forbidden(f"This needs the tier {need.name.lower()} in the workspace.")
    return row


async def access_workspace_of_body(ctx: ReadContext, text: str, need: Tier) -> FoundWorkspace:
    """The workspace that a body names as the place where the call acts. `text` is its wire id.

    Errors are those of `access_workspace`; a text that is no id of a workspace is `NotFound` too.
    """
    workspace_id = ids.parse("wsp", text)
    if workspace_id is None:
        raise NotFound
    return await access_workspace(ctx, workspace_id, need)


async def lock_workspace(ctx: WriteContext, workspace_id: Id) -> None:
    """Hold the row of the workspace until the end of the transaction.

    One at a time changes or ends members of a workspace: each takes this lock first. What a workspace has beside its
    members is held by `locks.lock_tenant`.
    """
    await ctx.db.execute("select 1 from workspaces where id = $1 for no key update", workspace_id)
