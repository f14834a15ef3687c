"""The names under which a workspace publishes beside its slug. Only platform admins give and take them."""

from graft import ids
from graft.auth.caller import Tier
from graft.errors import Conflict, Forbidden
from graft.events.record import record
from graft.ids import Id
from graft.web.context import ReadContext, WriteContext
from graft.web.models import Success
from graft.web.row import lock_row, read_row
from graft.workspaces import queries
from graft.workspaces.access import access_workspace_of_body
from graft.workspaces.listing import PUBLISHER_LIST
from graft.workspaces.models import CreatePublisher, Publisher
from graft.workspaces.rows import FoundPublisher, NewPublisher


async def read_publisher(ctx: ReadContext, publisher_id: Id) -> Publisher:
    return await read_row(PUBLISHER_LIST, ctx, publisher_id)


async def create_publisher(ctx: WriteContext, body: CreatePublisher) -> Publisher:
    workspace = await access_workspace_of_body(ctx, body.workspace_id, Tier.VIEWER)
    _require_platform_admin(ctx)

    new = NewPublisher(ids.new_id(), body.name, workspace.id, ctx.caller.user_id, ctx.now)
    publisher = await queries.insert_publisher(ctx.db, new)
    await record(ctx, "publisher.created", workspace.id, "wsppub", new.id, {"name": body.name})
    return publisher


async def delete_publisher(ctx: WriteContext, publisher_id: Id) -> Success:
    """Refused while an integration bears the name: another workspace that got it could publish under it."""
    # FOR UPDATE, so that no new integration can refer to the name meanwhile
    row = await lock_row(PUBLISHER_LIST, ctx, publisher_id, FoundPublisher, "update")
    _require_platform_admin(ctx)
    if await queries.select_is_slug(ctx.db, row.workspace_id, row.name):
        raise Conflict("A workspace publishes under its slug as long as it is there.", code="own-slug")
    if await queries.select_publisher_in_use(ctx.db, row.name):
        raise Conflict("Integrations bear this name, maybe deleted ones; purge them first.", code="in-use")

    await queries.delete_publisher(ctx.db, publisher_id)
    await record(ctx, "publisher.deleted", row.workspace_id, "wsppub", publisher_id, {"name": row.name})
    return Success()


def _require_platform_admin(ctx: WriteContext) -> None:
    if not ctx.caller.platform_admin:
        raise Forbidden("Only a platform admin gives and takes publisher names.")
