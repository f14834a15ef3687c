"""Create and change entities; an edited clone detaches at that moment."""

from graft import ids, jsontext
from graft.auth.caller import Tier
from graft.definitions.queries import insert_versions, update_definitions
from graft.definitions.rows import NewVersion
from graft.entities import queries
from graft.entities.access import AccessedEntity, EntityId, access_entity, access_entity_locked
from graft.entities.check import definition_problems
from graft.entities.edit_clone import edit_clone
from graft.entities.models import CreateEntity, Entity, UpdateEntity
from graft.entities.rows import NewEntity
from graft.errors import Conflict, Problems, invalid, raise_if_any
from graft.events.record import record
from graft.jsontext import Json
from graft.kinds.registry import Kind
from graft.operations import queries as operations
from graft.operations.before import Before
from graft.operations.record import record_operation
from graft.templates import references
from graft.web.context import WriteContext
from graft.web.structs import changes_of
from graft.workspaces.access import access_workspace_of_body


async def create_entity(ctx: WriteContext, body: CreateEntity) -> Entity:
    workspace = await access_workspace_of_body(ctx, body.workspace_id, Tier.EDITOR)
    registry = ctx.process.kinds
    kind = registry.by_name.get(body.kind)
    if kind is None:
        raise invalid("/kind", "unknown-kind", f"The kinds are {', '.join(registry.by_name)}.")
    definition = jsontext.encode(body.definition)
    problems = await definition_problems(ctx, kind, body.definition, definition)
    raise_if_any(Problems().take(problems, "/definition"))
    refs = [found.id for found in references(definition, registry.prefixes, kind.places)]
    row = NewEntity(ids.new_id(), kind.name, body.slug, body.name, body.description, definition, refs, ids.new_id())
    await queries.insert_entities(ctx.db, workspace.id, ctx.caller.user_id, ctx.now, [row])
    await record(ctx, "entity.created", workspace.id, kind.prefix, row.id)
    return (await access_entity(ctx, (kind, row.id))).show()


async def update_entity(ctx: WriteContext, entity: EntityId, body: UpdateEntity) -> Entity:
    seen = await access_entity_locked(ctx, entity, Tier.EDITOR)
    if seen.deleted:
        raise Conflict("The entity is deleted; restore it first.", code="deleted")
    kind, entity_id = entity
    changes, shown = changes_of(body), seen.show()
    name = changes.get("name", shown.name)
    description = changes.get("description", shown.description)
    changed: list[str] = []
    if (name, description) != (shown.name, shown.description):
        if seen.install_id is not None:
            clone = await operations.select_clone(ctx.db, entity_id, seen.workspace_id)
            images = Before(clones=[clone.image])
            await record_operation(ctx, "rename", seen.workspace_id, seen.install_id, images)
        await queries.update_texts(ctx.db, entity_id, seen.workspace_id, name, description, ctx.now)
        changed += [key for key in ("name", "description") if key in changes]
    if "definition" in changes:
        present, tree = bytes(shown.definition), changes["definition"]
        if await _change_definition(ctx, seen, kind, present, tree):
            changed.append("definition")
    if changed:
        await record(ctx, "entity.updated", seen.workspace_id, kind.prefix, entity_id, {"fields": changed})
    return (await access_entity(ctx, entity)).show()


async def _change_definition(ctx: WriteContext, seen: AccessedEntity, kind: Kind, present: bytes, tree: Json) -> bool:
    """Store a new definition, and detach a clone; False where it is the `present` one, however it is written."""
    if jsontext.alike(tree, jsontext.decode(present)):
        return False

    definition = jsontext.encode(tree)
    registry = ctx.process.kinds
    kept = {found.id for found in references(present, registry.prefixes, kind.places)}
    literal = seen.row.base_id is not None
    problems = await definition_problems(ctx, kind, tree, definition, literal=literal, known=kept)
    raise_if_any(Problems().take(problems, "/definition"))
    # what stood there as text, though it looks like an id, goes on being text
    text = kept - await queries.select_named(ctx.db, seen.id, seen.workspace_id, seen.row.named) if kept else kept
    refs = [found.id for found in references(definition, registry.prefixes, kind.places) if found.id not in text]

    if seen.install_id is not None:
        await edit_clone(ctx, seen, present, tree, refs)
    else:
        version = NewVersion(ids.new_id(), seen.id, definition, refs)
        await insert_versions(ctx.db, seen.workspace_id, ctx.caller.user_id, ctx.now, [version])
        await update_definitions(ctx.db, seen.workspace_id, ctx.now, [version])
    return True
