"""Load a version for a caller: it sees those of every integration that it sees, and those that it has installed."""

from graft.errors import Conflict, NotFound
from graft.ids import Id
from graft.integrations.access import SeenIntegration
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


async def see_version(ctx: ReadContext, version_id: Id) -> None:
    """`NotFound` if there is no such version or the caller may not see it."""
    if not await queries.select_sees(ctx.db, version_id, ctx.caller):
        raise NotFound


async def read_version(ctx: ReadContext, version_id: Id) -> IntegrationVersion:
    version = await queries.select_visible_reply(ctx.db, version_id, ctx.caller)
    if version is None:
        raise NotFound
    return version


def refuse_deleted(seen: SeenIntegration) -> None:
    """What is deleted is not published, nor prepared for it."""
    if seen.deleted:
        raise Conflict("The integration is deleted; restore it first.", code="deleted")
