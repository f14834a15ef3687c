"""Delete softly, restore, and purge for ever."""

from graft.auth.caller import Tier
from graft.entities import queries
from graft.entities.access import EntityId, access_entity, access_entity_locked
from graft.entities.models import Entity
from graft.entities.write import reader
from graft.errors import Conflict, NotFound
from graft.events.record import record
from graft.web.context import Writing
from graft.web.models import Success


async def delete_entity(ctx: Writing, entity: EntityId) -> Success:
    """Allowed also while others name it: a publish refuses it then."""
    seen = await access_entity_locked(ctx, entity, Tier.EDITOR)
    if seen.deleted:
        raise NotFound
    await queries.soft_delete(ctx.db, seen.id, seen.workspace_id, ctx.now)
    await record(ctx, "entity.deleted", seen.workspace_id, entity[0].prefix, seen.id)
    return Success()


async def restore_entity(ctx: Writing, entity: EntityId) -> Entity:
    seen = await access_entity_locked(ctx, entity, Tier.EDITOR)
    if not seen.deleted:
        raise Conflict("The entity is not deleted.", code="not-deleted")
    if (
        seen.install_id is not None
        and seen.row["definition"] is None
        and await queries.went_with_install(ctx.db, seen.install_id, seen.workspace_id)
    ):
        raise Conflict("The clone went with its install, and comes back with it.", code="deleted")
    await queries.restore(ctx.db, seen.id, seen.workspace_id, ctx.now)
    await record(ctx, "entity.restored", seen.workspace_id, entity[0].prefix, seen.id)
    return reader(ctx).entity((await access_entity(ctx, entity)).row)


async def purge_entity(ctx: Writing, entity: EntityId) -> Success:
    seen = await access_entity(ctx, entity, Tier.ADMIN)
    if seen.row["base_id"] is not None:
        await queries.hold_purged_of(ctx.db, [seen.row["base_id"]])
    await queries.lock(ctx.db, seen.id, seen.workspace_id, seen.install_id)
    seen = await access_entity(ctx, entity, Tier.ADMIN)
    if not seen.deleted:
        raise Conflict("Only a deleted entity can be purged.", code="not-deleted")
    if seen.install_id is not None:
        raise Conflict(
            "A clone goes with its install, also one that an upgrade removed: until then it can come back.",
            code="in-use",
        )
    await queries.purge(ctx.db, seen.id, seen.workspace_id)
    if seen.row["base_id"] is not None:
        await queries.purge_bases(ctx.db, [seen.row["base_id"]])
    await record(ctx, "entity.purged", seen.workspace_id, entity[0].prefix, seen.id)
    return Success()
