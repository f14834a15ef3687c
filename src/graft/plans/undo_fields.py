"""The fields of a plan of an undo: of clones whose text goes back, or is merged with what was edited since."""

from collections.abc import Collection

from graft import jsontext
from graft.definitions.queries import select_to_read
from graft.definitions.render import reader
from graft.history.merge_edits import Sides, merge_edits, texts_before
from graft.history.undo import Drawn
from graft.ids import Id
from graft.web.context import ReadContext


async def sides_of_undo(ctx: ReadContext, drawn: Drawn, clone_ids: Collection[Id]) -> dict[Id, Sides]:
    """Of those of these members that are clones with another text afterwards."""
    reworked = {clone_id: rework for clone_id, rework in drawn.plan.reworked.items() if clone_id in clone_ids}
    merged = await merge_edits(ctx, drawn.row, drawn.operations, drawn.found, reworked, drawn.answers, with_sides=True)
    return (merged.sides or {}) | await _of_updates(ctx, drawn, {*clone_ids} - reworked.keys())


async def _of_updates(ctx: ReadContext, drawn: Drawn, clone_ids: Collection[Id]) -> dict[Id, Sides]:
    texts = {
        clone_id: (base_id, version_id)
        for clone_id, base_id, version_id in drawn.plan.target.texts
        if clone_id in clone_ids
    }
    if not texts:
        return {}
    before = await texts_before(ctx, drawn.row, drawn.operations, drawn.found, texts)
    clones = await select_to_read(ctx.db, list(texts), drawn.row.workspace_id)
    read = reader(ctx.process)
    read.remember(clones)
    present = {clone.id: jsontext.decode(read.definition(clone)) for clone in clones}
    return {
        clone_id: Sides(present[clone_id], present[clone_id], text, text, ())
        for clone_id, text in before.items()
        if clone_id in present
    }
