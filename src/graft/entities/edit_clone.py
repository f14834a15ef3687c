"""Edit a clone: it detaches at that moment, and an edit that brings its text back to its base attaches it again."""

from collections.abc import Mapping
from dataclasses import dataclass

from graft import ids, jsontext
from graft.db.connection import Row
from graft.entities import clones, queries
from graft.entities.access import AccessedEntity, kinds, template_cache
from graft.entities.queries import NewVersion
from graft.entities.reading import reading_id
from graft.entities.render import ids_of
from graft.events.record import record
from graft.ids import Id
from graft.jsontext import Json
from graft.operations.before import Before, clone_image, member_image
from graft.operations.record import record_operation
from graft.templates import render
from graft.web.context import WriteContext


@dataclass(frozen=True, slots=True)
class Base:
    """What a clone was last given, with all that it was rendered with, and the text that this gives."""

    base_id: int
    variables_id: Id
    ids: Mapping[str, Id]
    text: bytes
    # the id of that text, which no row holds
    version_id: Id


async def edit_clone(ctx: WriteContext, seen: AccessedEntity, present: bytes, tree: Json, refs: list[Id]) -> None:
    """Give a clone the text `tree`, which is not the one that it has; `present` is."""
    entity_id, workspace_id, install_id = seen.id, seen.workspace_id, seen.install_id
    assert install_id is not None
    member = await clones.member_before(ctx.db, entity_id, workspace_id)
    assert member is not None
    before = await clones.clone_before(ctx.db, entity_id, workspace_id)
    base = await base_of(ctx, seen.row, present)

    edited = base is None or not jsontext.alike(tree, jsontext.decode(base.text))
    if base is not None and not edited and member["detached_by"] != "call":
        pinned = base.variables_id, base.ids
        await clones.drop_text(ctx.db, entity_id, workspace_id, ctx.now, base.version_id, pinned)
        detached_by = None
    else:
        version = written(entity_id, jsontext.encode(tree), refs, base, edited=edited)
        await queries.insert_versions(ctx.db, workspace_id, ctx.caller.user_id, ctx.now, [version])
        await queries.set_definitions(ctx.db, workspace_id, ctx.now, [version])
        detached_by = member["detached_by"] or "edit"
    await clones.set_member(ctx.db, entity_id, workspace_id, detached_by, handed_back=False)

    images = Before(
        texts=[(entity_id, before["base_id"], before["version_id"])],
        clones=[clone_image(before)],
        members=[member_image(member)],
    )
    await record_operation(ctx, "edit", workspace_id, install_id, images)
    data = {
        "entityId": kinds(ctx.process).wire_id(seen.row["kind"], entity_id),
        "detached": detached_by is not None and member["detached_by"] is None,
        "attached": detached_by is None and member["detached_by"] is not None,
    }
    await record(ctx, "integration_member.edited", workspace_id, "intmem", entity_id, data)


async def base_of(ctx: WriteContext, row: Row, present: bytes) -> Base | None:
    """The base of a clone in the columns of the entity reader; None where its text was written without one."""
    if row["definition"] is None:
        return Base(row["base_id"], row["variables_id"], ids_of(row), present, row["version_id"])
    found = await clones.base_of(ctx.db, row["version_id"], row["install_workspace_id"])
    if found is None:
        return None
    values, members = jsontext.decode(bytes(found["variables"])), jsontext.decode(bytes(found["base_ids"]))
    parts = template_cache(ctx.process).parts(found["template_id"], found["body"])
    version_id = reading_id(
        row["id"], found["template_id"], values, found["template_variables"], members, found["template_refs"]
    )
    return Base(found["base_id"], found["variables_id"], members, render(parts, values, members), version_id)


def written(entity_id: Id, definition: bytes, refs: list[Id], base: Base | None, *, edited: bool) -> NewVersion:
    """A text of a clone's own, with the base that a merge starts from."""
    if base is None:
        return NewVersion(ids.new_id(), entity_id, definition, refs, edited=edited)
    return NewVersion(
        ids.new_id(),
        entity_id,
        definition,
        refs,
        base.base_id,
        base.variables_id,
        jsontext.encode(base.ids),
        edited=edited,
    )
