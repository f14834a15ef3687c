"""Take back what an undo takes back in texts that were edited since: read them, and merge each."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from graft import ids, jsontext
from graft.batches import batches
from graft.definitions.queries import select_written
from graft.definitions.rows import NewVersion, WrittenText
from graft.entities.check import shape_problems
from graft.history.queries import select_values
from graft.history.rework import At, Done, Rework
from graft.ids import Id
from graft.installs.rows import InstalledRows, InstallRow
from graft.jsontext import Json
from graft.kinds.registry import Kind
from graft.merge import Conflict, Resolution, UnknownConflict, merge
from graft.operations.compose import Rows, Text, compose, put_back_in
from graft.templates import Parts, RenderedTooLarge, references, render
from graft.version_members import VersionMember
from graft.versions import queries as versions
from graft.web.context import Process, ReadContext

# As texts are compared: in lots of so many bytes as stored, and of so many texts.
_LOT = 8 * 1024 * 1024
_LOT_TEXTS = 32

Resolutions = Mapping[Id, Mapping[str, Resolution]]


@dataclass(frozen=True, slots=True)
class Sides:
    """A text that was edited since: before the operation and right after it, as it is, and what comes of it."""

    base: Json
    current: Json
    target: Json
    result: Json
    conflicts: Sequence[Conflict]


@dataclass(slots=True)
class MergedEdits:
    """What came of merging.

    texts: what is written. exact: clones that read as before, edits and all. conflicts: of those left alone.
    decided: the places of conflicts, answered or not. unfit: places whose answer cannot stand there
    """

    texts: dict[Id, NewVersion] = field(default_factory=dict[Id, NewVersion])
    exact: set[Id] = field(default_factory=set[Id])
    conflicts: dict[Id, list[Conflict]] = field(default_factory=dict[Id, list[Conflict]])
    decided: dict[Id, set[str]] = field(default_factory=dict[Id, set[str]])
    unfit: dict[Id, set[str]] = field(default_factory=dict[Id, set[str]])
    # only where they are asked for, as they are large
    sides: dict[Id, Sides] | None = None

    @property
    def names(self) -> dict[Id, Sequence[Id]]:
        """What the merged texts name."""
        return {clone_id: text.refs for clone_id, text in self.texts.items()}


@dataclass(frozen=True, slots=True)
class _Moment:
    """An install before one of its operations: its rows, and what its members read with."""

    rows: Rows
    variables_id: Id
    named: Mapping[str, Id]


@dataclass(frozen=True, slots=True)
class _Reads:
    """With what a text without a row of its own is rendered."""

    member: VersionMember
    variables_id: Id
    named: Mapping[str, Id]


@dataclass(frozen=True, slots=True)
class _Lot:
    written: Mapping[Id, WrittenText]
    reads: Mapping[tuple[Id, int], _Reads]
    parts: Mapping[int, Parts]
    values: Mapping[Id, Mapping[str, Json]]
    limit: int


async def merge_edits(
    ctx: ReadContext,
    row: InstallRow,
    operations: Sequence[Done],
    found: InstalledRows,
    reworked: Mapping[Id, Rework],
    resolutions: Resolutions | None = None,
    *,
    with_sides: bool = False,
) -> MergedEdits:
    """`reworked`: the clones, and what is to be taken back in the text of each."""
    done = MergedEdits(sides={} if with_sides else None)
    kinds = {member.id: ctx.process.kinds.by_name[member.base.kind] for member in found.members}
    moments = _Moments(row, operations, found)
    sizes = {clone_id: found.clones[clone_id].size or 0 for clone_id in reworked}
    for lot in batches(sorted(reworked), sizes.__getitem__, _LOT, _LOT_TEXTS):
        wanted = {clone_id: reworked[clone_id] for clone_id in lot}
        read = await _read(ctx, row.workspace_id, wanted, found, moments)
        for clone_id in lot:
            answers = (resolutions or {}).get(clone_id, {})
            await asyncio.to_thread(
                _merge_one, done, clone_id, wanted[clone_id], found, kinds[clone_id], read, answers, ctx.process
            )
    return done


async def texts_before(
    ctx: ReadContext,
    row: InstallRow,
    operations: Sequence[Done],
    found: InstalledRows,
    texts: Mapping[Id, Text],
) -> dict[Id, Json]:
    """What clones read before the first of the operations; `texts`: base and version of each. For few at a time."""
    places = {clone_id: Rework(start=At(0, text)) for clone_id, text in texts.items()}
    lot = await _read(ctx, row.workspace_id, places, found, _Moments(row, operations, found))
    return {clone_id: _text(clone_id, At(0, text), lot) for clone_id, text in texts.items()}


class _Moments:
    """What an install was before each of some operations; worked out when asked for, and once."""

    def __init__(self, row: InstallRow, operations: Sequence[Done], found: InstalledRows) -> None:
        self._row = row
        self._operations = operations
        self._entities = {member.id: member.entity_id for member in found.members}
        clones = {clone_id: clone.image for clone_id, clone in found.clones.items()}
        self._now = Rows(found.images, clones, {})
        self._known: dict[int, _Moment] = {}

    def before(self, operation: int) -> _Moment:
        if operation not in self._known:
            self._known[operation] = self._before(operation)
        return self._known[operation]

    def _before(self, operation: int) -> _Moment:
        composed = compose([one.before for one in self._operations[operation:]])
        rows = put_back_in(self._now, composed)
        install = composed.install
        ended = self._row.deleted_at if install is None else install.deleted_at
        named = {
            member.slug: self._entities[row_id]
            for row_id, member in rows.members.items()
            if member.deleted_at in (None, ended) and row_id in self._entities
        }
        return _Moment(rows, self._row.variables_id if install is None else install.variables_id, named)


def _places(rework: Rework) -> list[At]:
    start = [] if rework.start is None else [rework.start]
    return start + [place for pair in rework.merges for place in pair]


async def _read(
    ctx: ReadContext, workspace_id: Id, lot: Mapping[Id, Rework], found: InstalledRows, moments: _Moments
) -> _Lot:
    places = [(clone_id, place) for clone_id, rework in lot.items() for place in _places(rework)]
    version_ids = {place.text[1] for _, place in places} | {found.clones[clone_id].version_id for clone_id in lot}
    written = {text.id: text for text in await select_written(ctx.db, sorted(version_ids), workspace_id)}
    rendered = [(clone_id, place) for clone_id, place in places if place.text[1] not in written]

    base_ids = {place.text[0] for _, place in rendered if place.text[0] is not None}
    members = {member.base_id: member for member in await versions.select_members_by_base(ctx.db, base_ids)}
    reads = {
        (clone_id, place.operation): _reads(members[place.text[0]], clone_id, moments.before(place.operation))
        for clone_id, place in rendered
        if place.text[0] is not None
    }
    bodies = await versions.select_template_bodies(ctx.db, {one.member.template_id for one in reads.values()})
    cache = ctx.process.templates
    parts = {template_id: cache.parts(template_id, body) for template_id, body in bodies.items()}
    values = await select_values(ctx.db, {one.variables_id for one in reads.values()}, workspace_id)
    decoded = {state_id: jsontext.decode(text) for state_id, text in values.items()}
    return _Lot(written, reads, parts, decoded, ctx.process.settings.max_definition)


def _reads(member: VersionMember, clone_id: Id, moment: _Moment) -> _Reads:
    clone = moment.rows.clones[clone_id]
    if clone.pinned_ids is not None and clone.pinned_variables_id is not None:
        return _Reads(member, clone.pinned_variables_id, clone.pinned_ids)
    return _Reads(member, moment.variables_id, moment.named)


def _merge_one(
    done: MergedEdits,
    clone_id: Id,
    rework: Rework,
    found: InstalledRows,
    kind: Kind,
    lot: _Lot,
    answers: Mapping[str, Resolution],
    process: Process,
) -> None:
    present = lot.written.get(found.clones[clone_id].version_id)
    try:
        current = _text(clone_id, rework.start, lot) if rework.start is not None else _literal(present)
        conflicts: list[Conflict] = []
        for base, target in rework.merges:
            sides = _text(clone_id, base, lot), current, _text(clone_id, target, lot)
            merged = merge(*sides, kind.lists)
            places = {one.pointer for one in merged.conflicts}
            done.decided[clone_id] = done.decided.get(clone_id, set()) | places
            if places & answers.keys():
                merged = merge(*sides, kind.lists, (), {place: answers[place] for place in places & answers.keys()})
            conflicts += merged.conflicts
            current = merged.value
        base, before = (_text(clone_id, place, lot) for place in rework.merges[-1])
        if done.sides is not None:
            done.sides[clone_id] = Sides(base, _literal(present), before, current, conflicts)
    except UnknownConflict as error:
        done.unfit[clone_id], done.conflicts[clone_id] = set(error.pointers), []
        return
    except (RenderedTooLarge, KeyError):
        done.conflicts[clone_id] = []
        return

    definition = jsontext.encode(current)
    if conflicts or len(definition) > lot.limit or shape_problems(kind, current, literal=True):
        done.conflicts[clone_id] = conflicts
    elif jsontext.alike(current, before):
        done.exact.add(clone_id)
    else:
        names = {*(found.clones[clone_id].refs or ()), *(member.entity_id for member in found.members)}
        named = [one.id for one in references(definition, process.kinds.prefixes, kind.places) if one.id in names]
        done.texts[clone_id] = _new_version(clone_id, definition, named, rework.merges[-1][1], lot)


def _literal(text: WrittenText | None) -> Json:
    if text is None:
        raise KeyError("a text without a base")
    return jsontext.decode(bytes(text.definition))


def _text(clone_id: Id, place: At, lot: _Lot) -> Json:
    """The text that a clone had at a moment."""
    written = lot.written.get(place.text[1])
    if written is not None:
        return _literal(written)
    reads = lot.reads[clone_id, place.operation]
    parts = lot.parts[reads.member.template_id]
    return jsontext.decode(render(parts, lot.values[reads.variables_id], reads.named, lot.limit))


def _new_version(clone_id: Id, definition: bytes, named: list[Id], place: At, lot: _Lot) -> NewVersion:
    """A merged text; its base is that of the text before, at which it now stands."""
    written = lot.written.get(place.text[1])
    if written is not None:
        base = written.base_id, written.variables_id, bytes(written.base_ids)
    else:
        reads = lot.reads[clone_id, place.operation]
        known = {slug: reads.named[slug] for slug in reads.member.refs}
        base = reads.member.base_id, reads.variables_id, jsontext.encode(known)
    return NewVersion(ids.new_id(), clone_id, definition, named, *base, edited=True)
