"""Read one version: who sees its integration sees it, and a workspace sees those that it has installed."""

from graft.db.connection import Row
from graft.errors import NotFound
from graft.ids import Id
from graft.versions import queries, wire
from graft.versions.models import IntegrationVersion
from graft.web.context import ReadContext


async def access_version(ctx: ReadContext, version_id: Id) -> Row:
    """The version, if the caller sees it, as it does each that an active install of it has; else `NotFound`."""
    row = await queries.seen(ctx.db, version_id, ctx.caller)
    if row is None:
        raise NotFound
    return row


async def read_version(ctx: ReadContext, version_id: Id) -> IntegrationVersion:
    return wire.version(await access_version(ctx, version_id))
