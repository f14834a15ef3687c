"""Merge the edit of one clone with what a version gives: read the sides, merge them, look whether it may be stored."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from graft import jsontext
from graft.definitions.rows import NewVersion, WrittenText
from graft.entities.check import shape_problems
from graft.ids import Id, new_id
from graft.installs.given import Given
from graft.installs.rows import InstalledRows
from graft.jsontext import Json
from graft.kinds.lists import list_problems
from graft.kinds.registry import Kind, Kinds
from graft.merge import ABSENT, Resolution, UnknownConflict, keyed, same
from graft.templates import Parts, RenderedTooLarge, reference_places, references, render
from graft.upgrades.merge_texts import Clash, MergedText, Sides, merge_texts, present_ids, present_values

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
    # clones whose result is known to be one that may be stored
    storable: Collection[Id] = ()

    def keys(self, given: Given) -> list[str]:
        """The keys of decisions that mean this clone."""
        return [key for key in (given.member.slug, f"intmem_{given.id}") if key in self.decisions]

    def decided(self, given: Given) -> dict[str, Resolution]:
        return {pointer: one for key in self.keys(given) for pointer, one in self.decisions[key].items()}


@dataclass(frozen=True, slots=True)
class EditMerge:
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
        then = render(self.parts[self.written.template_id], self.then, base)
        values = present_values(self.then, reading.values, reading.declared)
        named = present_ids(base, reading.ids, reading.living)
        now = render(self.parts[self.written.template_id], values, named, self.limit)
        before = jsontext.decode(then)
        return Sides(before, mine, before if now == then else jsontext.decode(now), target)

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
        if same(value, current) or (known is None and self.given.id in self.reading.storable):
            return
        if len(jsontext.encode(value)) > self.limit:
            yield ""
            return
        kind = self._kind
        for problem in shape_problems(kind, value, literal=True):
            yield keyed(value, problem.pointer, kind.lists)
        # what nobody decided is of one side or of both: no list of it holds an item twice, and it names nothing new
        if known is not None:
            for problem in list_problems(value, kind.lists):
                yield problem.pointer
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
