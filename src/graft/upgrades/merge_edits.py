"""Merge the edits of a workspace with what a version gives, lot by lot: texts are read, merged and let go again."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from graft import jsontext
from graft.definitions.queries import select_written
from graft.definitions.rows import NewVersion, WrittenText
from graft.entities import queries as entities
from graft.entities.check import shape_problems
from graft.ids import Id, new_id
from graft.installs.given import Given
from graft.installs.rows import InstalledRows
from graft.jsontext import Json
from graft.kinds.lists import list_problems
from graft.kinds.registry import Kind, Kinds
from graft.merge import ABSENT, Lists, Resolution, UnknownConflict, Value, at, keyed, same
from graft.templates import Parts, RenderedTooLarge, reference_places, references, render, split
from graft.upgrades.compare import in_lots
from graft.upgrades.merge_texts import Clash, MergedText, Sides, merge_texts, present_ids, present_values
from graft.upgrades.planned import Merge
from graft.versions import queries as versions
from graft.web.context import ReadContext

# slug or wire id of a member → pointer → what was decided
Decisions = Mapping[str, Mapping[str, Resolution]]


@dataclass(frozen=True, slots=True)
class MergedEdit:
    """An edited clone and what becomes of its text.

    sides, merged: what was merged, and how
    text, names: the result, and the entities that may be named in it, if it is no data there
    alike: whether that is what the version gives
    changes: whether the text changes
    unknown: decisions to which there is no conflict
    """

    given: Given
    sides: Sides
    merged: MergedText
    text: bytes
    names: Collection[Id]
    alike: bool
    changes: bool
    unknown: Sequence[str] = ()

    @property
    def held(self) -> Sequence[str]:
        assert self.given.row is not None
        return self.given.row.held


@dataclass(frozen=True, slots=True)
class Reading:
    """What the texts of an install are read with once it has moved.

    values: of the version's variables; `declared` are all names of these
    ids: slug → id, of the members of the version
    living: the ids that are there after the move
    """

    workspace_id: Id
    values: Mapping[str, Json]
    declared: Collection[str]
    ids: Mapping[str, Id]
    living: Collection[Id]
    rows: InstalledRows
    decisions: Decisions = field(default_factory=dict[str, Mapping[str, Resolution]])
    # templates of a version that is not published, by numbers that no stored one has
    unstored: Mapping[int, bytes] = field(default_factory=dict[int, bytes])

    def keys(self, given: Given) -> list[str]:
        """The keys of decisions that mean this clone."""
        return [key for key in (given.member.slug, f"intmem_{given.id}") if key in self.decisions]

    def decided(self, given: Given) -> dict[str, Resolution]:
        return {pointer: one for key in self.keys(given) for pointer, one in self.decisions[key].items()}


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
            _Merge(
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


def _digest(sides: Sides, place: str, lists: Lists) -> str:
    """Of base, text and target at a place: a decision holds as long as they are the same."""
    found = [at(side, place, lists) for side in (sides.now, sides.current, sides.target)]
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


@dataclass(frozen=True, slots=True)
class _Merge:
    """The merge of one clone."""

    reading: Reading
    kinds: Kinds
    limit: int
    seen: Collection[Id]
    parts: Mapping[int, Parts]
    given: Given
    written: WrittenText
    then: Mapping[str, Json]

    def made(self) -> MergedEdit:
        current = bytes(self.written.definition)
        mine, decided = jsontext.decode(current), self.reading.decided(self.given)
        try:
            sides = self._sides(mine)
        except RenderedTooLarge:
            clash = Clash("", "invalid", ABSENT, mine, ABSENT)
            return self._edit(Sides(mine, mine, mine, mine), MergedText(mine, [clash]), current, sorted(decided))

        unknown: Sequence[str] = ()
        try:
            merged = self._merged(sides, current, decided)
        except UnknownConflict as error:
            unknown = error.pointers
            merged = self._merged(sides, current, {at: answer for at, answer in decided.items() if at not in unknown})
        return self._edit(sides, merged, current, unknown)

    @property
    def _kind(self) -> Kind:
        return self.kinds.by_name[self.given.member.kind]

    def _merged(self, sides: Sides, current: bytes, decided: Mapping[str, Resolution]) -> MergedText:
        if jsontext.alike(sides.current, sides.target) and not decided:
            return MergedText(sides.current, [])
        known = self._known(current) if decided else None
        return merge_texts(
            sides, self._kind.lists, self._held, decided, lambda value: self._wrong(value, sides.current, known)
        )

    def _known(self, current: bytes) -> set[Id]:
        """What a text may name: what is there, what it names already, and what the caller sees."""
        named = {found.id for found in references(current, self.kinds.prefixes, self._kind.places)}
        return named.union(self.seen, self.reading.living, self._base_ids.values())

    def _sides(self, mine: Json) -> Sides:
        """Of a clone that was handed back, what is held alone is its workspace's."""
        reading, base = self.reading, self._base_ids
        target = self._read(self.given.member.template_id, reading.values, reading.ids)
        assert self.given.row is not None
        if self.given.row.state == "handed_back":
            return Sides(mine, mine, mine, target)
        then = jsontext.decode(render(self.parts[self.written.template_id], self.then, base))
        values = present_values(self.then, reading.values, reading.declared)
        now = self._read(self.written.template_id, values, present_ids(base, reading.ids, reading.living))
        return Sides(then, mine, now, target)

    def _read(self, template_id: int, values: Mapping[str, Json], named: Mapping[str, Id]) -> Json:
        return jsontext.decode(render(self.parts[template_id], values, named, self.limit))

    @property
    def _base_ids(self) -> dict[str, Id]:
        return jsontext.decode(bytes(self.written.base_ids))

    @property
    def _held(self) -> Sequence[str]:
        assert self.given.row is not None
        return self.given.row.held

    def _wrong(self, value: Json, current: Json, known: Collection[Id] | None) -> Iterator[str]:
        """The places at which a result may not be stored; what is there already may stay.

        `known`: what it may name; None: it names nothing that no side does.
        """
        if same(value, current):
            return
        if len(jsontext.encode(value)) > self.limit:
            yield ""
            return
        kind = self._kind
        for problem in shape_problems(kind, value, literal=True):
            yield keyed(value, problem.pointer, kind.lists)
        for problem in list_problems(value, kind.lists):
            yield problem.pointer
        if known is not None:
            for place, found in reference_places(value, self.kinds.prefixes, kind.places):
                if found.id not in known:
                    yield keyed(value, place.shown, kind.lists)

    def _edit(self, sides: Sides, merged: MergedText, current: bytes, unknown: Sequence[str]) -> MergedEdit:
        changes = not same(merged.value, sides.current)
        text = jsontext.encode(merged.value) if changes else current
        row = self.given.row
        assert row is not None
        # what only looks like an id goes on being text
        names = {*row.names, *self.reading.ids.values(), *self._base_ids.values(), *self.seen}
        return MergedEdit(
            self.given,
            sides,
            merged,
            text,
            [found for found in self.kinds.prefixes.ids_in(text) if found in names],
            alike=not merged.clashes and jsontext.alike(merged.value, sides.target),
            changes=changes,
            unknown=unknown,
        )


def new_version(edit: MergedEdit, reading: Reading, variables_id: Id, kinds: Kinds) -> NewVersion:
    """The row of a merged text: its base is what the version gives, with what that was rendered."""
    member = edit.given.member
    found = references(edit.text, kinds.prefixes, kinds.by_name[member.kind].places)
    named = {slug: reading.ids[slug] for slug in member.refs}
    return NewVersion(
        new_id(),
        edit.given.id,
        edit.text,
        [reference.id for reference in found if reference.id in edit.names],
        member.base_id,
        variables_id,
        jsontext.encode(named),
        edited=not edit.alike,
    )
