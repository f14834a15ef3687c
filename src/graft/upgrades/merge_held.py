"""Bring texts of which places are held up to a version: read them in lots, merge each, and say what comes of it."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from msgspec.structs import replace

from graft import ids, jsontext
from graft.definitions.queries import select_written
from graft.definitions.rows import NewVersion, WrittenText
from graft.definitions.version_id import rendered_version_id
from graft.entities.check import shape_problems
from graft.ids import Id
from graft.installs.given import Given
from graft.installs.rows import InstalledMember, InstalledRows
from graft.jsontext import Json
from graft.kinds.registry import Kinds
from graft.templates import Parts, RenderedTooLarge, TemplateCache, references, render
from graft.upgrades.compare import in_lots
from graft.upgrades.match import behind
from graft.upgrades.merge_texts import Sides, merge_sides, present_ids, present_values
from graft.upgrades.planned import Merges, UpgradePlan
from graft.versions import queries as versions
from graft.web.context import ReadContext


@dataclass(slots=True)
class MergedHeld:
    """What the merges gave: texts that are written, clones that are left alone, and those that stay as they are."""

    texts: dict[Id, NewVersion] = field(default_factory=dict[Id, NewVersion])
    left: set[Id] = field(default_factory=set[Id])
    same: set[Id] = field(default_factory=set[Id])

    @property
    def merges(self) -> Merges:
        return Merges(left=self.left, same=self.same)

    def named(self, rows: Sequence[InstalledMember]) -> list[InstalledMember]:
        """The rows with what their merged texts name: what only the texts before named need not stay."""
        return [replace(row, names=self.texts[row.id].refs) if row.id in self.texts else row for row in rows]


@dataclass(frozen=True, slots=True)
class _With:
    """What all texts of one install are merged with. `alive`: the ids of what is there after the upgrade."""

    values: Mapping[str, Json]
    declared: Collection[str]
    named: Mapping[str, Id]
    alive: Collection[Id]
    variables_id: Id
    kinds: Kinds
    cache: TemplateCache
    limit: int


async def merge_held(
    ctx: ReadContext,
    workspace_id: Id,
    plan: UpgradePlan,
    rows: InstalledRows,
    values: Mapping[str, Json],
    declared: Collection[str],
    variables_id: Id,
) -> MergedHeld:
    """Of the clones that `plan` merges. `variables_id`: the state with `values`."""
    done = MergedHeld()
    gone = {row.entity_id for row, _ in plan.remove}
    alive = ({row.entity_id for row in rows.members if not row.removed} - gone) | set(plan.ids.values())
    process = ctx.process
    limit = process.settings.max_definition
    given_all = _With(values, declared, plan.ids, alive, variables_id, process.kinds, process.templates, limit)
    for lot in in_lots(plan.merge, rows):
        bodies = await versions.select_template_bodies(ctx.db, [given.member.template_id for given in lot])
        version_ids = [rows.clones[given.id].version_id for given in lot]
        written = await select_written(ctx.db, version_ids, workspace_id)
        targets = {template_id: process.templates.parts(template_id, body) for template_id, body in bodies.items()}
        bases = {text.template_id: process.templates.parts(text.template_id, text.body) for text in written}
        await asyncio.to_thread(_merge_lot, done, lot, written, targets | bases, given_all)
    return done


def _merge_lot(
    done: MergedHeld, lot: Sequence[Given], written: Sequence[WrittenText], parts: Mapping[int, Parts], with_: _With
) -> None:
    texts = {text.entity_id: text for text in written}
    states = {text.variables_id: values for text in written if (values := jsontext.decode(bytes(text.variables)))}
    for given in lot:
        text = texts.get(given.id)
        new = "undecided" if text is None else _merged(given, text, states.get(text.variables_id, {}), parts, with_)
        if isinstance(new, NewVersion):
            done.texts[given.id] = new
        elif new == "same":
            done.same.add(given.id)
        else:
            done.left.add(given.id)


def _merged(
    given: Given, text: WrittenText, then: Mapping[str, Json], parts: Mapping[int, Parts], with_: _With
) -> NewVersion | Literal["same", "undecided"]:
    """The text that a clone has afterwards; `then`: the values that it was written with."""
    kind, row = with_.kinds.by_name[given.member.kind], given.row
    assert row is not None
    try:
        sides = _sides(given, text, then, parts, with_)
    except RenderedTooLarge:
        return "undecided"
    merged = merge_sides(sides, kind.lists, row.held)
    if merged.conflicts:
        return "undecided"
    if jsontext.alike(merged.value, sides.current) and not _moved(given, text, then):
        return "same"

    definition = jsontext.encode(merged.value)
    if len(definition) > with_.limit or shape_problems(kind, merged.value, literal=True):
        return "undecided"
    # another text in the form of an id goes on being text
    names = {*row.names, *with_.named.values(), *_ids_then(text).values()}
    found = references(definition, with_.kinds.prefixes, kind.places)
    return NewVersion(
        ids.new_id(),
        given.id,
        definition,
        [reference.id for reference in found if reference.id in names],
        given.member.base_id,
        with_.variables_id,
        jsontext.encode({slug: with_.named[slug] for slug in given.member.refs}),
        edited=not jsontext.alike(merged.value, sides.target),
    )


def _sides(
    given: Given, text: WrittenText, then: Mapping[str, Json], parts: Mapping[int, Parts], with_: _With
) -> Sides:
    """Of a clone that was handed back, what is held alone is its workspace's."""
    assert given.row is not None

    def read(template_id: int, values: Mapping[str, Json], named: Mapping[str, Id]) -> Json:
        return jsontext.decode(render(parts[template_id], values, named, with_.limit))

    current = jsontext.decode(bytes(text.definition))
    target = read(given.member.template_id, with_.values, with_.named)
    if given.row.state == "handed_back":
        return Sides(current, current, current, target)
    before = _ids_then(text)
    values = present_values(then, with_.values, with_.declared)
    named = present_ids(before, with_.named, with_.alive)
    return Sides(read(text.template_id, then, before), current, read(text.template_id, values, named), target)


def _moved(given: Given, text: WrittenText, then: Mapping[str, Json]) -> bool:
    """Whether what the version gives reads, or is called, otherwise than what the clone was last given."""
    assert given.row is not None
    before = rendered_version_id(
        given.id, text.template_id, then, text.template_variables, _ids_then(text), text.template_refs
    )
    return before != given.version_id or behind(given.row, given.member)


def _ids_then(text: WrittenText) -> dict[str, Id]:
    return jsontext.decode(bytes(text.base_ids))
