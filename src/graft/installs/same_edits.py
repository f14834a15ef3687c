"""Which edits of a workspace the version gives as well: such clones are attached, and nothing is left to decide."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence

from graft import jsontext
from graft.entities.access import template_cache
from graft.ids import Id
from graft.installs import queries
from graft.installs.given import Given
from graft.installs.plan import UpgradePlan
from graft.installs.queries import InstalledRows
from graft.jsontext import Json
from graft.templates import Parts, render
from graft.versions import queries as versions
from graft.web.context import Writing

# Texts are compared in lots of at most so many stored bytes, a lot by two statements.
_LOT = 8 * 1024 * 1024


async def same_edits(
    ctx: Writing, workspace_id: Id, plan: UpgradePlan, values: Mapping[str, Json], rows: InstalledRows
) -> set[Id]:
    """The ids of the edited clones whose text is what the plan's version reads as for them."""
    cache = template_cache(ctx.process)
    same: set[Id] = set()
    for lot in _lots(plan.edited, rows):
        bodies = await versions.template_bodies(ctx.db, [given.member.template_id for given in lot])
        parts = {template_id: cache.parts(template_id, body) for template_id, body in bodies.items()}
        texts = {
            row["id"]: bytes(row["definition"])
            for row in await queries.texts(ctx.db, [g.id for g in lot], workspace_id)
        }
        same |= await asyncio.to_thread(_same, lot, texts, parts, values, plan.ids)
    return same


def _lots(edited: Sequence[Given], rows: InstalledRows) -> Iterator[list[Given]]:
    lot: list[Given] = []
    size = 0
    for given in edited:
        lot.append(given)
        size += rows.clone_rows[given.id]["size"]
        if size >= _LOT:
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
