"""Edit a clone: it detaches at that moment, unless all of the edit is held.

An edit that brings its text back to its base attaches it again.
"""

from graft import jsontext
from graft.definitions.base import base_of
from graft.definitions.detachment import attach, read_held, rewrite
from graft.definitions.holds import differs_only_inside
from graft.definitions.materialize import materialized
from graft.definitions.render import reader
from graft.entities.access import AccessedEntity
from graft.events.record import record
from graft.ids import Id
from graft.jsontext import Json
from graft.operations.before import DetachedBy
from graft.operations.record import record_operation
from graft.web.context import WriteContext


async def edit_clone(ctx: WriteContext, seen: AccessedEntity, present: bytes, tree: Json, refs: list[Id]) -> None:
    """Give a clone the text `tree`, which is not the one that it has; `present` is."""
    entity_id, workspace_id, install_id = seen.id, seen.workspace_id, seen.install_id
    assert install_id is not None
    clone = await read_held(ctx.db, entity_id, workspace_id)
    base = await base_of(ctx.db, reader(ctx.process), seen.row, present)

    was, held = clone.member.detached_by, clone.member.held_paths or ()
    edited = base is None or not jsontext.alike(tree, jsontext.decode(base.text))
    by: DetachedBy | None = was or "edit"
    handed_back = False
    if held and was != "call":
        lists = ctx.process.kinds.by_name[seen.row.kind].lists
        as_given = base is not None and differs_only_inside(jsontext.decode(base.text), tree, lists, held)
        as_before = was is None and differs_only_inside(jsontext.decode(present), tree, lists, held)
        by = None if as_given or as_before else by
        handed_back = as_before and not as_given and bool(clone.member.handed_back)

    if base is not None and not edited and was != "call" and not held:
        await attach(ctx, clone, base)
        by = None
    else:
        text = materialized(entity_id, jsontext.encode(tree), refs, base, edited=edited)
        await rewrite(ctx, clone, text, by, handed_back=handed_back)

    await record_operation(ctx, "edit", workspace_id, install_id, clone.images)
    data = {
        "entityId": ctx.process.kinds.wire_id(seen.row.kind, entity_id),
        "detached": by is not None and was is None,
        "attached": by is None and was is not None,
    }
    await record(ctx, "integration_member.edited", workspace_id, "intmem", entity_id, data)
