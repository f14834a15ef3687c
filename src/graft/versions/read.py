"""Read one version: who sees its integration sees it, and a workspace sees those that it has installed."""

from graft.db.connection import Row
from graft.ids import Id
from graft.versions import wire
from graft.versions.listing import ONE
from graft.versions.models import IntegrationVersion
from graft.web.context import Reading
from graft.web.row import read_row


async def access_version(ctx: Reading, version_id: Id) -> Row:
    """The version, if the caller sees it, as it does each that an active install of it has; else `NotFound`."""
    return await read_row(ONE, ctx, version_id)


async def read_version(ctx: Reading, version_id: Id) -> IntegrationVersion:
    return wire.version(await access_version(ctx, version_id))
