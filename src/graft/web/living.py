"""What a deleted workspace owns is as deleted: nobody changes it, not even who may see it still."""

from graft.errors import Conflict
from graft.ids import Id
from graft.web.context import WriteContext


async def refuse_of_deleted_workspace(ctx: WriteContext, workspace_id: Id) -> None:
    """`Conflict` `deleted`, for platform admins alone: nobody else has a role in a deleted workspace, or a grant."""
    if not ctx.caller.platform_admin or workspace_id in ctx.caller.roles:
        return
    deleted = "select true from workspaces where id = $1 and deleted_at is not null"
    if await ctx.db.value(deleted, workspace_id):
        raise Conflict("Its workspace is deleted; restore that first.", code="deleted")
