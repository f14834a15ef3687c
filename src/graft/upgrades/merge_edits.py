"""Merge the edits of a workspace with what a version gives, lot by lot: texts are read, merged and let go again."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from graft import jsontext
from graft.definitions.queries import select_written
from graft.definitions.rows import WrittenText
from graft.entities import queries as entities
from graft.ids import Id
from graft.installs.given import Given
from graft.jsontext import Json
from graft.merge import ABSENT, Lists, Value, at
from graft.templates import references, split
from graft.upgrades.compare import in_lots
from graft.upgrades.merge_edit import Decisions, EditMerge, MergedEdit, Reading
from graft.upgrades.merge_texts import Sides
from graft.upgrades.planned import Merge
from graft.versions import queries as versions
from graft.web.context import ReadContext


@dataclass(slots=True)
class Merges:
    """What merges come to.

    clones: all that were merged
    by_clone: those whose text stays the workspace's; `attach`: the others, which have what the version gives
    clashes: clone → (pointer, kind) of what is left to decide
    decided, unknown: the keys of decisions that were used, and (key, pointer) of those to which there is no conflict
    seen: key → pointer → a digest of what was decided between
    """

    clones: list[Given] = field(default_factory=list[Given])
    by_clone: dict[Id, Merge] = field(default_factory=dict[Id, Merge])
    attach: set[Id] = field(default_factory=set[Id])
    clashes: dict[Id, Sequence[tuple[str, str]]] = field(default_factory=dict[Id, Sequence[tuple[str, str]]])
    decided: set[str] = field(default_factory=set[str])
    unknown: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    seen: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])


async def merged_lots(ctx: ReadContext, reading: Reading, clones: Sequence[Given]) -> AsyncIterator[list[MergedEdit]]:
    """The merges of these clones, some at a time. One whose text was written without a base is left out."""
    process = ctx.process
    kinds, cache, limit = process.kinds, process.templates, process.settings.max_definition
    seen = await _seen(ctx, reading.decisions)
    states: dict[Id, Mapping[str, Json]] = {}
    for lot in in_lots(clones, reading.rows):
        wanted = {given.member.template_id for given in lot}
        bodies = await versions.select_template_bodies(ctx.db, wanted - reading.unstored.keys())
        version_ids = [reading.rows.clones[given.id].version_id for given in lot]
        written = await select_written(ctx.db, version_ids, reading.workspace_id)
        parts = {text.template_id: cache.parts(text.template_id, text.body) for text in written}
        parts |= {template_id: cache.parts(template_id, body) for template_id, body in bodies.items()}
        parts |= {template_id: split(reading.unstored[template_id]) for template_id in wanted & reading.unstored.keys()}
        _note_states(states, written)
        by_clone = {text.entity_id: text for text in written}
        merges = [
            EditMerge(
                reading, kinds, limit, seen, parts, given, by_clone[given.id], states[by_clone[given.id].variables_id]
            )
            for given in lot
            if given.id in by_clone
        ]
        yield await asyncio.to_thread(lambda merges=merges: [merge.made() for merge in merges])


def _note_states(states: dict[Id, Mapping[str, Json]], written: Sequence[WrittenText]) -> None:
    """Of the texts with one state of variables one carries it."""
    for text in written:
        if text.variables_id not in states and (values := jsontext.decode(bytes(text.variables))) is not None:
            states[text.variables_id] = values


async def merges_of(ctx: ReadContext, reading: Reading, clones: Sequence[Given]) -> Merges:
    """What the merges of these clones come to, without their texts."""
    found = Merges()
    async for lot in merged_lots(ctx, reading, clones):
        for edit in lot:
            clone_id = edit.given.id
            found.clones.append(edit.given)
            found.unknown += [(key, place) for key in reading.keys(edit.given) for place in edit.unknown]
            found.decided.update(reading.keys(edit.given))
            for key in reading.keys(edit.given):
                lists = ctx.process.kinds.by_name[edit.given.member.kind].lists
                found.seen[key] = {place: _digest(edit.sides, place, lists) for place in edit.merged.resolved}
            # what is held stays written down, whatever the version gives
            if edit.alike and not reading.rows.images[clone_id].held_paths:
                found.attach.add(clone_id)
                continue
            clashes = [(clash.pointer, clash.kind) for clash in edit.merged.clashes]
            found.by_clone[clone_id] = Merge(edit.names, bool(clashes), edit.changes)
            if clashes:
                found.clashes[clone_id] = clashes
    return found


def _digest(sides: Sides, pointer: str, lists: Lists) -> str:
    """Of base, text and target at a place: a decision holds as long as they are the same."""
    found = [at(side, pointer, lists) for side in (sides.now, sides.current, sides.target)]
    text = jsontext.canonical([None if value is ABSENT else [value] for value in found])
    return hashlib.blake2b(text, digest_size=8).hexdigest()


async def _seen(ctx: ReadContext, decisions: Decisions) -> set[Id]:
    """The entities that values of decisions name and the caller sees."""
    values = [
        jsontext.encode(one.value) for found in decisions.values() for one in found.values() if isinstance(one, Value)
    ]
    named = {found for text in values for found in references(b"[" + text + b"]", ctx.process.kinds.prefixes)}
    visible = await entities.select_visible(ctx.db, [found.id for found in named], ctx.caller)
    by_prefix = ctx.process.kinds.by_prefix
    return {found.id for found in named if (by_prefix[found.prefix].name, found.id) in visible}
