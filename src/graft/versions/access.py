"""Load a version for a caller: it sees those of every integration that it sees, and those that it has installed."""

from graft.errors import NotFound
from graft.ids import Id
from graft.versions import queries
from graft.versions.models import IntegrationVersion
from graft.versions.rows import FoundVersion
from graft.web.context import ReadContext


async def access_version(ctx: ReadContext, version_id: Id) -> FoundVersion:
    """The version as an install needs it. `NotFound` if there is none or the caller may not see it."""
    version = await queries.select_visible(ctx.db, version_id, ctx.caller)
    if version is None:
        raise NotFound
    return version


async def read_version(ctx: ReadContext, version_id: Id) -> IntegrationVersion:
    version = await queries.select_visible_reply(ctx.db, version_id, ctx.caller)
    if version is None:
        raise NotFound
    return version
