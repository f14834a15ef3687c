"""Which edits of a workspace the version gives as well: such clones are attached, and nothing is left to decide."""

import asyncio
from collections.abc import Mapping

from graft.ids import Id
from graft.installs.rows import InstalledRows
from graft.jsontext import Json
from graft.templates import VariableValue
from graft.upgrades import queries
from graft.upgrades.compare import in_lots, rendered_bytes, same_texts
from graft.upgrades.planned import UpgradePlan
from graft.versions import queries as versions
from graft.web.context import ReadContext


async def same_edits(
    ctx: ReadContext, workspace_id: Id, plan: UpgradePlan, values: Mapping[str, Json], rows: InstalledRows
) -> set[Id]:
    """The ids of the edited clones whose text is what the plan's version reads as for them."""
    cache, limit = ctx.process.templates, ctx.process.settings.max_definition
    known = {name: VariableValue(value) for name, value in values.items()}
    same: set[Id] = set()
    # what is held stays written down, whatever the version gives
    edited = [given for given in plan.edited if not rows.images[given.id].held_paths]
    for lot in in_lots(edited, rows):
        bodies = await versions.select_template_bodies(ctx.db, [given.member.template_id for given in lot])
        parts = {template_id: cache.parts(template_id, body) for template_id, body in bodies.items()}
        texts = await queries.select_texts(ctx.db, [given.id for given in lot], workspace_id)
        small = [given for given in lot if rendered_bytes(given, bodies, parts, known) <= limit]
        same |= await asyncio.to_thread(same_texts, small, texts, parts, values, plan.ids)
    return same
