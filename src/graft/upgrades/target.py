"""The version that an install moves to: the current one of its integration, or one that is named."""

from graft import ids
from graft.errors import Conflict, NotFound, invalid
from graft.ids import Id
from graft.installs.rows import ActiveInstall
from graft.integrations import queries as integrations
from graft.integrations.access import SeenIntegration, see_integration
from graft.versions import queries as versions
from graft.versions.rows import FoundVersion
from graft.web.context import ReadContext


async def current_version(ctx: ReadContext, row: ActiveInstall) -> FoundVersion | None:
    """The current version, which the workspace must see by other means than this install; None: all are yanked."""
    current = (await _seen(ctx, row)).row.current_version_id
    return None if current is None else await read_version(ctx, current)


async def named_version(ctx: ReadContext, row: ActiveInstall, text: str, place: str) -> FoundVersion:
    """A version of the install's integration; the one that it has needs no sight of the integration.

    `place`: the pointer of its id in the body.
    """
    version_id = ids.parse("intver", text)
    if version_id == row.version_id:
        return await read_version(ctx, row.version_id)
    await _seen(ctx, row)
    version = await versions.select_version(ctx.db, version_id) if version_id else None
    if version is None or version.integration_id != row.integration_id:
        raise invalid(place, "unknown-version", "The integration has no such version.")
    return version


async def sighted_version(ctx: ReadContext, row: ActiveInstall, version_id: Id) -> FoundVersion:
    """A version that was found before, of an integration that the workspace sees still."""
    return await named_version(ctx, row, f"intver_{version_id}", "/integrationVersionId")


async def read_version(ctx: ReadContext, version_id: Id) -> FoundVersion:
    """A version that is there, as something names it."""
    version = await versions.select_version(ctx.db, version_id)
    assert version is not None
    return version


async def _seen(ctx: ReadContext, row: ActiveInstall) -> SeenIntegration:
    try:
        seen = await see_integration(ctx, row.integration_id)
    except NotFound:
        seen = None
    if seen is None:
        deleted = await integrations.select_is_deleted(ctx.db, row.integration_id)
        if deleted:
            raise Conflict("The integration is deleted.", code="integration-deleted")
    if seen is not None and seen.deleted:
        raise Conflict("The integration is deleted.", code="integration-deleted")
    if seen is None or not seen.by_own_right:
        raise Conflict("The workspace does not see the integration any more.", code="integration-unavailable")
    return seen
