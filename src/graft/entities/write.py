"""Create and change entities; an edited clone detaches at that moment."""

from dataclasses import replace

import msgspec
from msgspec import UNSET

from graft import ids, jsontext
from graft.auth.caller import Tier
from graft.db.connection import Row
from graft.entities import queries
from graft.entities.access import EntityId, SeenEntity, access_entity, access_entity_locked, kinds, template_cache
from graft.entities.check import definition_problems
from graft.entities.models import CreateEntity, Entity, UpdateEntity
from graft.entities.queries import NewEntity, NewVersion
from graft.entities.render import Reader, ids_of
from graft.errors import Conflict, Problem, invalid, raise_if_any
from graft.events.record import record
from graft.ids import Id
from graft.templates import references, render
from graft.web.context import Reading, Writing
from graft.workspaces.access import access_workspace_of_body


async def create_entity(ctx: Writing, body: CreateEntity) -> Entity:
    workspace = await access_workspace_of_body(ctx, body.workspace_id, Tier.EDITOR)
    registry = kinds(ctx.process)
    kind = registry.by_name.get(body.kind)
    if kind is None:
        raise invalid("/kind", "unknown-kind", f"The kinds are {', '.join(registry.by_name)}.")
    definition = jsontext.encode(body.definition)
    raise_if_any(_below(await definition_problems(ctx, kind, body.definition, definition)))
    refs = [found.id for found in references(definition, registry.prefixes, kind.places)]
    row = NewEntity(ids.new_id(), kind.name, body.slug, body.name, body.description, definition, refs, ids.new_id())
    await queries.insert(ctx.db, workspace["id"], ctx.caller.user_id, ctx.now, [row])
    await record(ctx, "entity.created", workspace["id"], kind.prefix, row.id)
    return reader(ctx).entity((await access_entity(ctx, (kind, row.id))).row)


async def update_entity(ctx: Writing, entity: EntityId, body: UpdateEntity) -> Entity:
    seen = await access_entity_locked(ctx, entity, Tier.EDITOR)
    if seen.deleted:
        raise Conflict("The entity is deleted; restore it first.", code="deleted")
    kind, entity_id = entity
    changes = {name: value for name, value in msgspec.structs.asdict(body).items() if value is not UNSET}
    name = changes.get("name", seen.row["name"])
    description = changes.get("description", seen.row["description"])
    changed: list[str] = []
    if (name, description) != (seen.row["name"], seen.row["description"]):
        await queries.set_texts(ctx.db, entity_id, seen.workspace_id, name, description, ctx.now)
        changed += [key for key in ("name", "description") if key in changes]
    if "definition" in changes and await _change_definition(ctx, kind.prefix, seen, entity, changes["definition"]):
        changed.append("definition")
    if changed:
        await record(ctx, "entity.updated", seen.workspace_id, kind.prefix, entity_id, {"fields": changed})
    return reader(ctx).entity((await access_entity(ctx, entity)).row)


async def _change_definition(ctx: Writing, prefix: str, seen: SeenEntity, entity: EntityId, tree: object) -> bool:
    """Store a new definition, and detach a clone; False where it is the present one."""
    kind, entity_id = entity
    present = reader(ctx).definition(seen.row)
    definition = jsontext.encode(tree)
    if jsontext.canonical(tree) == jsontext.canonical(jsontext.decode(present)):
        return False
    registry = kinds(ctx.process)
    kept = {found.id for found in references(present, registry.prefixes, kind.places)}
    literal = seen.row["base_id"] is not None
    raise_if_any(_below(await definition_problems(ctx, kind, tree, definition, literal=literal, known=kept)))
    refs = [found.id for found in references(definition, registry.prefixes, kind.places)]
    version = NewVersion(ids.new_id(), entity_id, definition, refs)
    if seen.install_id is not None:
        version = await _with_base(ctx, version, seen.row, present)
    await queries.insert_versions(ctx.db, seen.workspace_id, ctx.caller.user_id, ctx.now, [version])
    await queries.set_definitions(ctx.db, seen.workspace_id, ctx.now, [version])
    if seen.install_id is not None:
        detached = await queries.set_detached(ctx.db, [entity_id], seen.workspace_id, "edit")
        data = {"entityId": f"{prefix}_{entity_id}", "detached": bool(detached)}
        await record(ctx, "integration_member.edited", seen.workspace_id, "intmem", entity_id, data)
    return True


async def _with_base(ctx: Writing, version: NewVersion, row: Row, present: bytes) -> NewVersion:
    """The version with its merge base, and whether it differs from it."""
    if row["definition"] is None:
        base = frozen(row, present, [])
        return replace(version, base_id=base.base_id, variables=base.variables, ids=base.ids, edited=True)
    base = await queries.base_of(ctx.db, row["version_id"], row["install_workspace_id"])
    if base is None:
        return version
    parts = template_cache(ctx.process).parts(base["template_id"], base["body"])
    rendered = render(parts, jsontext.decode(base["base_variables"]), jsontext.decode(base["base_ids"]))
    return replace(
        version,
        base_id=base["base_id"],
        variables=bytes(base["base_variables"]),
        ids=bytes(base["base_ids"]),
        edited=jsontext.canonical(jsontext.decode(rendered)) != jsontext.canonical(jsontext.decode(version.definition)),
    )


def frozen(row: Row, definition: bytes, refs: list[Id]) -> NewVersion:
    """An unedited clone as it reads now, with what it was rendered with: its row from then on is literal."""
    return NewVersion(
        ids.new_id(), row["id"], definition, refs, row["base_id"], bytes(row["variables"]), jsontext.encode(ids_of(row))
    )


def reader(ctx: Reading) -> Reader:
    return Reader(kinds(ctx.process), template_cache(ctx.process))


def _below(problems: list[Problem]) -> list[Problem]:
    return [Problem(f"/definition{problem.pointer}", problem.code, problem.detail) for problem in problems]
