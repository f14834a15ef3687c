"""Read one version: who sees its integration sees it, and a workspace sees the one that it has installed."""

from graft.auth.caller import Tier
from graft.db.connection import Row
from graft.errors import NotFound
from graft.ids import Id
from graft.integrations.access import Seen, access_integration
from graft.versions import queries, wire
from graft.versions.models import IntegrationVersion
from graft.web.context import Reading


async def access_version(ctx: Reading, version_id: Id) -> tuple[Row, Seen]:
    """The version and its integration, if the caller sees both; else `NotFound`."""
    row = await queries.version(ctx.db, version_id)
    if row is None:
        raise NotFound
    seen = await access_integration(ctx, row["integration_id"])
    if not seen.by_own_right and seen.tier <= Tier.VIEWER and seen.row["installed_version_id"] != version_id:
        raise NotFound
    return row, seen


async def read_version(ctx: Reading, version_id: Id) -> IntegrationVersion:
    row, _ = await access_version(ctx, version_id)
    return wire.version(row)
