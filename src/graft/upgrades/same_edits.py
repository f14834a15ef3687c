"""Which edits of a workspace the version gives as well: such clones are attached, and nothing is left to decide."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence

from graft import jsontext
from graft.ids import Id
from graft.installs.given import Given
from graft.installs.rows import InstalledRows
from graft.jsontext import Json
from graft.templates import Parts, VariableValue, measure_template, render, rendered_size
from graft.upgrades import queries
from graft.upgrades.plan import UpgradePlan
from graft.versions import queries as versions
from graft.web.context import WriteContext

# Texts are compared in lots of about so many stored bytes, a lot by two statements; and of not many texts, because
# what is stored is compressed, some to a hundredth.
_LOT = 8 * 1024 * 1024
_LOT_TEXTS = 32


async def same_edits(
    ctx: WriteContext, workspace_id: Id, plan: UpgradePlan, values: Mapping[str, Json], rows: InstalledRows
) -> set[Id]:
    """The ids of the edited clones whose text is what the plan's version reads as for them."""
    cache, limit = ctx.process.templates, ctx.process.settings.max_definition
    known = {name: VariableValue(value) for name, value in values.items()}
    same: set[Id] = set()
    for lot in _lots(plan.edited, rows):
        bodies = await versions.select_template_bodies(ctx.db, [given.member.template_id for given in lot])
        parts = {template_id: cache.parts(template_id, body) for template_id, body in bodies.items()}
        texts = await queries.select_texts(ctx.db, [given.id for given in lot], workspace_id)
        small = [given for given in lot if _size(given, bodies, parts, known) <= limit]
        same |= await asyncio.to_thread(_same, small, texts, parts, values, plan.ids)
    return same


def _size(
    given: Given, bodies: Mapping[int, bytes], parts: Mapping[int, Parts], values: Mapping[str, VariableValue]
) -> int:
    """What the clone would read as, in bytes: what is too large is no text that somebody wrote, and is not built."""
    template_id = given.member.template_id
    measure = given.member.measure or measure_template(bodies[template_id], parts[template_id])
    return rendered_size(measure, values)


def _lots(edited: Sequence[Given], rows: InstalledRows) -> Iterator[list[Given]]:
    lot: list[Given] = []
    size = 0
    for given in edited:
        lot.append(given)
        size += rows.clones[given.id].size or 0
        if size >= _LOT or len(lot) == _LOT_TEXTS:
            yield lot
            lot, size = [], 0
    if lot:
        yield lot


def _same(
    lot: Sequence[Given],
    texts: Mapping[Id, bytes],
    parts: Mapping[int, Parts],
    values: Mapping[str, Json],
    ids: Mapping[str, Id],
) -> set[Id]:
    return {
        given.id
        for given in lot
        if jsontext.alike(
            jsontext.decode(texts[given.id]), jsontext.decode(render(parts[given.member.template_id], values, ids))
        )
    }
