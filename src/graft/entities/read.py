"""Read one entity."""

from graft import ids
from graft.entities.access import EntityId, access_entity
from graft.entities.models import Entity, EntityQuery
from graft.entities.wire import entity_reader
from graft.errors import NotFound
from graft.web.context import ReadContext


async def read_entity(ctx: ReadContext, entity: EntityId, query: EntityQuery) -> Entity:
    """The own one as it is; one seen through installs as published there, in the newest or the named install."""
    install_id = None
    if query.integration_install_id is not None:
        install_id = ids.parse("intins", query.integration_install_id)
        if install_id is None:
            raise NotFound
    return entity_reader(ctx)((await access_entity(ctx, entity, install_id=install_id)).row)
