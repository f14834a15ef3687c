"""Create, read, change, delete and restore a workspace."""

import msgspec
from msgspec import UNSET

from graft import ids
from graft.auth.caller import Tier
from graft.db.connection import Row
from graft.errors import Conflict, Forbidden, NotFound
from graft.events.record import record
from graft.ids import Id
from graft.web.context import ReadContext, WriteContext
from graft.web.models import Success
from graft.web.row import hold_row, read_row
from graft.workspaces import queries, wire
from graft.workspaces.listing import WORKSPACE_LIST
from graft.workspaces.models import CreateWorkspace, UpdateWorkspace, Workspace


async def read_workspace(ctx: ReadContext, workspace_id: Id) -> Workspace:
    return wire.workspace(await read_row(WORKSPACE_LIST, ctx, workspace_id))


async def create_workspace(ctx: WriteContext, body: CreateWorkspace) -> Workspace:
    """Any user may; the workspace is theirs to administer, and its slug is its publisher name."""
    user_id = ctx.caller.user_id
    if ctx.caller.kind != "session":
        raise Forbidden("A key acts in its own workspace; only a user makes another one.")
    workspace_id = ids.new_id()
    row = await queries.insert_workspace(
        ctx.db, workspace_id, body.slug, body.name, body.description, body.retention_tier, user_id, ctx.now
    )
    await queries.insert_publisher(ctx.db, ids.new_id(), body.slug, workspace_id, user_id, ctx.now)
    await queries.insert_member(ctx.db, ids.new_id(), workspace_id, user_id, "admin", user_id, ctx.now)
    await record(ctx, "workspace.created", workspace_id, "wsp", workspace_id)
    return wire.workspace(row)


async def update_workspace(ctx: WriteContext, workspace_id: Id, body: UpdateWorkspace) -> Workspace:
    row = await _held(ctx, workspace_id)
    if row["deleted_at"] is not None:
        raise Conflict("The workspace is deleted; restore it first.", code="deleted")
    changes = {name: value for name, value in msgspec.structs.asdict(body).items() if value is not UNSET}
    if changes:
        values = [changes.get(name, row[name]) for name in ("name", "description", "retention_tier")]
        await queries.update_workspace(ctx.db, workspace_id, *values, ctx.now)
        await record(ctx, "workspace.updated", workspace_id, "wsp", workspace_id, {"fields": sorted(changes)})
    return await read_workspace(ctx, workspace_id)


async def delete_workspace(ctx: WriteContext, workspace_id: Id) -> Success:
    """From then on no key of it is valid and no role in it counts, and its integrations are deleted with it.

    Name and slug stay its own.
    """
    row = await _held_whole(ctx, workspace_id)
    if row["deleted_at"] is not None:
        raise NotFound
    integrations = await queries.delete_workspace(ctx.db, workspace_id, ctx.now)
    await record(ctx, "workspace.deleted", workspace_id, "wsp", workspace_id, {"integrations": integrations})
    return Success()


async def restore_workspace(ctx: WriteContext, workspace_id: Id) -> Workspace:
    row = await _held_whole(ctx, workspace_id)
    if row["deleted_at"] is None:
        raise Conflict("The workspace is not deleted.", code="not-deleted")
    restored = await queries.restore_workspace(ctx.db, workspace_id, row["deleted_at"], ctx.now)
    await record(ctx, "workspace.restored", workspace_id, "wsp", workspace_id)
    return wire.workspace(restored)


async def _held_whole(ctx: WriteContext, workspace_id: Id) -> Row:
    """As `_held`, and its integrations before it."""
    _refuse_below_admin(ctx, await read_row(WORKSPACE_LIST, ctx, workspace_id))
    await queries.lock_integrations(ctx.db, workspace_id)
    return await _held(ctx, workspace_id)


async def _held(ctx: WriteContext, workspace_id: Id) -> Row:
    """The workspace for one of its admins."""
    row = await hold_row(WORKSPACE_LIST, ctx, workspace_id)
    _refuse_below_admin(ctx, row)
    return row


def _refuse_below_admin(ctx: WriteContext, row: Row) -> None:
    # who sees a deleted one is one
    if row["deleted_at"] is None and ctx.caller.tier_in(row["id"]) < Tier.ADMIN:
        raise Forbidden("This needs the tier admin in the workspace.")
