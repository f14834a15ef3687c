"""Edit a clone: it detaches at that moment, and an edit that brings its text back to its base attaches it again."""

from graft import jsontext
from graft.definitions.base import base_of
from graft.definitions.detachment import attach, detach, read_held
from graft.definitions.materialize import materialized
from graft.definitions.render import reader
from graft.entities.access import AccessedEntity
from graft.events.record import record
from graft.ids import Id
from graft.jsontext import Json
from graft.operations.record import record_operation
from graft.web.context import WriteContext


async def edit_clone(ctx: WriteContext, seen: AccessedEntity, present: bytes, tree: Json, refs: list[Id]) -> None:
    """Give a clone the text `tree`, which is not the one that it has; `present` is."""
    entity_id, workspace_id, install_id = seen.id, seen.workspace_id, seen.install_id
    assert install_id is not None
    clone = await read_held(ctx.db, entity_id, workspace_id)
    base = await base_of(ctx.db, reader(ctx.process), seen.row, present)

    was = clone.member.detached_by
    edited = base is None or not jsontext.alike(tree, jsontext.decode(base.text))
    if base is not None and not edited and was != "call":
        await attach(ctx, clone, base)
        by = None
    else:
        by = was or "edit"
        text = materialized(entity_id, jsontext.encode(tree), refs, base, edited=edited)
        await detach(ctx, clone, by, text)

    await record_operation(ctx, "edit", workspace_id, install_id, clone.images)
    data = {
        "entityId": ctx.process.kinds.wire_id(seen.row.kind, entity_id),
        "detached": by is not None and was is None,
        "attached": by is None and was is not None,
    }
    await record(ctx, "integration_member.edited", workspace_id, "intmem", entity_id, data)
