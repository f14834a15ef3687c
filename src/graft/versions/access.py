"""Load a version for a caller: who sees its integration sees it, and a workspace sees those that it has installed."""

from graft.errors import NotFound
from graft.ids import Id
from graft.versions import queries
from graft.versions.models import IntegrationVersion
from graft.versions.rows import FoundVersion
from graft.web.context import ReadContext


async def access_version(ctx: ReadContext, version_id: Id) -> FoundVersion:
    """The version, if the caller sees it, as it does each that an active install of it has; else `NotFound`."""
    version = await queries.select_visible(ctx.db, version_id, ctx.caller)
    if version is None:
        raise NotFound
    return version


async def read_version(ctx: ReadContext, version_id: Id) -> IntegrationVersion:
    shown = await queries.select_shown(ctx.db, version_id, ctx.caller)
    if shown is None:
        raise NotFound
    return shown
