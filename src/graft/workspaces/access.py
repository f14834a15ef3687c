"""Load a workspace for a caller: what it may not see does not exist."""

from graft import ids
from graft.auth.caller import Tier
from graft.db.rows import columns, one
from graft.errors import Forbidden, NotFound
from graft.ids import Id
from graft.web.context import ReadContext, WriteContext
from graft.workspaces.rows import FoundWorkspace

_ROW = f"select {columns(FoundWorkspace, 't')} from workspaces t where t.id = $1"


async def access_workspace(ctx: ReadContext, workspace_id: Id, need: Tier = Tier.VIEWER) -> FoundWorkspace:
    """The workspace, not deleted, if the caller is in it (else `NotFound`) with the tier (else `Forbidden`)."""
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
    """The workspace that a body names as the place where the call acts: `NotFound` like one of a path."""
    workspace_id = ids.parse("wsp", text)
    if workspace_id is None:
        raise NotFound
    return await access_workspace(ctx, workspace_id, need)


async def lock_workspace(ctx: WriteContext, workspace_id: Id) -> None:
    """One at a time: whatever changes which installs of a workspace are active holds this until its end."""
    await ctx.db.execute("select 1 from workspaces where id = $1 for no key update", workspace_id)
