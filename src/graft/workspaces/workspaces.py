"""Create, read, change, delete and restore a workspace."""

from graft import ids
from graft.auth.caller import Tier
from graft.db.rows import changed
from graft.errors import Conflict, Forbidden, NotFound
from graft.events.record import record
from graft.ids import Id
from graft.web.context import ReadContext, WriteContext
from graft.web.models import Success
from graft.web.row import access_row, lock_row, read_row
from graft.web.structs import changes_of
from graft.workspaces import queries
from graft.workspaces.listing import WORKSPACE_LIST
from graft.workspaces.locks import insert_lock
from graft.workspaces.models import CreateWorkspace, UpdateWorkspace, Workspace
from graft.workspaces.rows import FoundWorkspace, NewMember, NewPublisher, NewWorkspace, WorkspaceTexts


async def read_workspace(ctx: ReadContext, workspace_id: Id) -> Workspace:
    return await read_row(WORKSPACE_LIST, ctx, workspace_id)


async def create_workspace(ctx: WriteContext, body: CreateWorkspace) -> Workspace:
    """Create a workspace: any user may. They become its admin, and its slug becomes its first publisher name."""
    user_id = ctx.caller.user_id
    if ctx.caller.kind != "session":
        raise Forbidden("A key acts in its own workspace; only a user makes another one.")

    new = NewWorkspace(
        name=body.name,
        description=body.description,
        retention_tier=body.retention_tier,
        id=ids.new_id(),
        slug=body.slug,
        created_by=user_id,
        created_at=ctx.now,
        updated_at=ctx.now,
    )

    workspace = await queries.insert_workspace(ctx.db, new)
    await insert_lock(ctx.db, new.id)
    await queries.insert_publisher(ctx.db, NewPublisher(ids.new_id(), new.slug, new.id, user_id, ctx.now))
    await queries.insert_member(ctx.db, NewMember(ids.new_id(), new.id, user_id, "admin", user_id, ctx.now, ctx.now))
    await record(ctx, "workspace.created", new.id, "wsp", new.id)
    return workspace


async def update_workspace(ctx: WriteContext, workspace_id: Id, body: UpdateWorkspace) -> Workspace:
    row = await _access_locked(ctx, workspace_id)
    if row.deleted_at is not None:
        raise Conflict("The workspace is deleted; restore it first.", code="deleted")
    changes = changes_of(body)
    if changes:
        await queries.update_workspace(ctx.db, workspace_id, changed(WorkspaceTexts, row, changes), ctx.now)
        await record(ctx, "workspace.updated", workspace_id, "wsp", workspace_id, {"fields": sorted(changes)})
    return await read_workspace(ctx, workspace_id)


async def delete_workspace(ctx: WriteContext, workspace_id: Id) -> Success:
    """Delete a workspace softly, and its integrations with it.

    From then on no key of it is valid and no role in it counts. Nobody else can take its slug.
    """
    row = await _access_with_integrations_locked(ctx, workspace_id)
    if row.deleted_at is not None:
        raise NotFound
    integrations = await queries.update_deleted_workspace(ctx.db, workspace_id, ctx.now)
    await record(ctx, "workspace.deleted", workspace_id, "wsp", workspace_id, {"integrations": integrations})
    return Success()


async def restore_workspace(ctx: WriteContext, workspace_id: Id) -> Workspace:
    row = await _access_with_integrations_locked(ctx, workspace_id)
    if row.deleted_at is None:
        raise Conflict("The workspace is not deleted.", code="not-deleted")
    restored = await queries.update_restored_workspace(ctx.db, workspace_id, row.deleted_at, ctx.now)
    await record(ctx, "workspace.restored", workspace_id, "wsp", workspace_id)
    return restored


async def _access_with_integrations_locked(ctx: WriteContext, workspace_id: Id) -> FoundWorkspace:
    """As `_access_locked`, with its integrations locked first: that is the order of locks (docs/architecture.md)."""
    _refuse_below_admin(ctx, await access_row(WORKSPACE_LIST, ctx, workspace_id, FoundWorkspace))
    await queries.lock_integrations(ctx.db, workspace_id)
    return await _access_locked(ctx, workspace_id)


async def _access_locked(ctx: WriteContext, workspace_id: Id) -> FoundWorkspace:
    """The locked workspace, deleted or not, for one of its admins."""
    row = await lock_row(WORKSPACE_LIST, ctx, workspace_id, FoundWorkspace)
    _refuse_below_admin(ctx, row)
    return row


def _refuse_below_admin(ctx: WriteContext, row: FoundWorkspace) -> None:
    # only admins see a deleted workspace, so of one there is nothing to refuse
    if row.deleted_at is None and ctx.caller.tier_in(row.id) < Tier.ADMIN:
        raise Forbidden("This needs the tier admin in the workspace.")
