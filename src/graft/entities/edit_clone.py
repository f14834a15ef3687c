"""Edit a clone: it detaches at that moment, and an edit that brings its text back to its base attaches it again."""

from graft import jsontext
from graft.definitions import clones
from graft.definitions.base import base_of
from graft.definitions.materialize import materialized
from graft.definitions.queries import insert_versions, set_definitions
from graft.entities.access import AccessedEntity
from graft.events.record import record
from graft.ids import Id
from graft.jsontext import Json
from graft.operations import queries as operations
from graft.operations.before import Before, DetachedBy
from graft.operations.record import record_operation
from graft.web.context import WriteContext


async def edit_clone(ctx: WriteContext, seen: AccessedEntity, present: bytes, tree: Json, refs: list[Id]) -> None:
    """Give a clone the text `tree`, which is not the one that it has; `present` is."""
    entity_id, workspace_id, install_id = seen.id, seen.workspace_id, seen.install_id
    assert install_id is not None
    member = (await operations.select_member(ctx.db, entity_id, workspace_id)).image
    before = await operations.select_clone(ctx.db, entity_id, workspace_id)
    base = await base_of(ctx.db, ctx.process.templates, seen.row, present)

    edited = base is None or not jsontext.alike(tree, jsontext.decode(base.text))
    if base is not None and not edited and member.detached_by != "call":
        pinned = base.variables_id, base.ids
        await clones.drop_text(ctx.db, entity_id, workspace_id, ctx.now, base.version_id, pinned)
        detached_by: DetachedBy | None = None
    else:
        version = materialized(entity_id, jsontext.encode(tree), refs, base, edited=edited)
        await insert_versions(ctx.db, workspace_id, ctx.caller.user_id, ctx.now, [version])
        await set_definitions(ctx.db, workspace_id, ctx.now, [version])
        detached_by = member.detached_by or "edit"
    await clones.set_member(ctx.db, entity_id, workspace_id, detached_by, handed_back=False)

    images = Before(
        texts=[(entity_id, before.base_id, before.version_id)],
        clones=[before.image],
        members=[member],
    )
    await record_operation(ctx, "edit", workspace_id, install_id, images)
    data = {
        "entityId": ctx.process.kinds.wire_id(seen.row["kind"], entity_id),
        "detached": detached_by is not None and member.detached_by is None,
        "attached": detached_by is None and member.detached_by is not None,
    }
    await record(ctx, "integration_member.edited", workspace_id, "intmem", entity_id, data)
