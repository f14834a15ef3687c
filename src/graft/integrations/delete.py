"""Delete an integration softly, restore it, and purge it for ever."""

from graft.auth.caller import Tier
from graft.errors import Conflict, NotFound
from graft.events.record import record
from graft.ids import Id
from graft.integrations import queries
from graft.integrations.access import read_integration, see_locked
from graft.integrations.models import Integration
from graft.web.context import WriteContext
from graft.web.models import Success


async def delete_integration(ctx: WriteContext, integration_id: Id) -> Success:
    seen = await see_locked(ctx, integration_id, Tier.EDITOR)
    if seen.deleted:
        raise NotFound
    await queries.update_deleted(ctx.db, integration_id, ctx.now)
    await record(ctx, "integration.deleted", seen.workspace_id, "int", integration_id)
    return Success()


async def restore_integration(ctx: WriteContext, integration_id: Id) -> Integration:
    seen = await see_locked(ctx, integration_id, Tier.EDITOR)
    if not seen.deleted:
        raise Conflict("The integration is not deleted.", code="not-deleted")
    if not await queries.select_workspace_is_active(ctx.db, integration_id):
        raise Conflict("Its workspace is deleted, and brings it back when it is restored.", code="deleted")
    await queries.update_restored(ctx.db, integration_id, ctx.now)
    await record(ctx, "integration.restored", seen.workspace_id, "int", integration_id)
    return await read_integration(ctx, integration_id)


async def purge_integration(ctx: WriteContext, integration_id: Id) -> Success:
    """Out of every call for ever. Versions stay where something still names them, so that no base is ever missing."""
    seen = await see_locked(ctx, integration_id, Tier.ADMIN)
    if not seen.deleted:
        raise Conflict("Only a deleted integration can be purged.", code="not-deleted")
    if await queries.select_is_installed(ctx.db, integration_id):
        raise Conflict("The integration has active installs.", code="has-live-installs")
    await queries.update_purged(ctx.db, integration_id, ctx.now)
    await record(ctx, "integration.purged", seen.workspace_id, "int", integration_id)
    return Success()
