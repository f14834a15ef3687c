"""Read one integration."""

from graft.ids import Id
from graft.integrations import wire
from graft.integrations.access import access_integration
from graft.integrations.models import Integration
from graft.web.context import ReadContext


async def read_integration(ctx: ReadContext, integration_id: Id) -> Integration:
    return wire.integration((await access_integration(ctx, integration_id)).row)
