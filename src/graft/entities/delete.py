"""Delete softly, restore, and purge for ever."""

from graft.auth.caller import Tier
from graft.definitions import clones
from graft.definitions.queries import delete_free_states, select_named_states
from graft.entities import queries
from graft.entities.access import AccessedEntity, EntityId, access_entity, access_entity_locked
from graft.entities.models import Entity
from graft.errors import Conflict, NotFound
from graft.events.record import record
from graft.operations import queries as operations
from graft.operations.before import Before
from graft.operations.record import record_operation
from graft.operations.slugs import free_slug
from graft.web.context import WriteContext
from graft.web.models import Success


async def delete_entity(ctx: WriteContext, entity: EntityId) -> Success:
    """Allowed also while others name it: a publish refuses it then."""
    seen = await access_entity_locked(ctx, entity, Tier.EDITOR)
    if seen.deleted:
        raise NotFound
    if seen.install_id is not None:
        clone = await operations.select_clone(ctx.db, seen.id, seen.workspace_id)
        images = Before(clones=[clone.image])
        await record_operation(ctx, "delete", seen.workspace_id, seen.install_id, images)
    await queries.update_deleted(ctx.db, seen.id, seen.workspace_id, ctx.now)
    await record(ctx, "entity.deleted", seen.workspace_id, entity[0].prefix, seen.id)
    return Success()


async def restore_entity(ctx: WriteContext, entity: EntityId) -> Entity:
    """A clone that an upgrade removed is the workspace's own from then on.

    Of two that are restored at once, one may have to stand aside for the slug of the other.
    """
    seen = await access_entity_locked(ctx, entity, Tier.EDITOR, alone=True)
    if not seen.deleted:
        raise Conflict("The entity is not deleted.", code="not-deleted")
    if seen.install_id is not None:
        await _take_back(ctx, seen, entity[0].name)
    await queries.update_restored(ctx.db, seen.id, seen.workspace_id, ctx.now)
    await record(ctx, "entity.restored", seen.workspace_id, entity[0].prefix, seen.id)
    return (await access_entity(ctx, entity)).show()


async def _take_back(ctx: WriteContext, seen: AccessedEntity, kind: str) -> None:
    """What restoring a clone means for its install: a member that an upgrade removed is one again, detached."""
    assert seen.install_id is not None
    before = (await operations.select_clone(ctx.db, seen.id, seen.workspace_id)).image
    member = await operations.select_member(ctx.db, seen.id, seen.workspace_id)
    if before.deleted_by == "uninstall":
        raise Conflict("The clone went with its install, and comes back with it.", code="deleted")

    images = Before(clones=[before])
    if before.deleted_by != "person":
        taken = await clones.select_slugs(ctx.db, seen.install_id, seen.workspace_id, member.image.slug)
        slug = free_slug(member.image.slug, kind, taken)
        deleted_at, tier = member.install_deleted_at, member.image.retention_tier
        went = None if deleted_at is None else (deleted_at, tier)
        await clones.update_revived_member(ctx.db, seen.id, seen.workspace_id, slug, went)
        images = Before(clones=images.clones, members=[member.image])
        data = {"restored": True}
        await record(ctx, "integration_member.detached", seen.workspace_id, "intmem", seen.id, data)
    await record_operation(ctx, "restore", seen.workspace_id, seen.install_id, images)


async def purge_entity(ctx: WriteContext, entity: EntityId) -> Success:
    seen = await access_entity_locked(ctx, entity, Tier.ADMIN)
    if not seen.deleted:
        raise Conflict("Only a deleted entity can be purged.", code="not-deleted")
    if seen.install_id is not None:
        raise Conflict(
            "A clone goes with its install, also one that an upgrade removed: until then it can come back.",
            code="in-use",
        )
    if seen.row.base_id is None:
        await queries.delete_entity(ctx.db, seen.id, seen.workspace_id)
    else:
        states = await select_named_states(ctx.db, [seen.id], seen.workspace_id)
        await queries.delete_entity(ctx.db, seen.id, seen.workspace_id)
        await queries.delete_purged_versions(ctx.db, [seen.row.base_id])
        await delete_free_states(ctx.db, states, seen.workspace_id)
    await record(ctx, "entity.purged", seen.workspace_id, entity[0].prefix, seen.id)
    return Success()
