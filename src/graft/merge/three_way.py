"""Merge two changed versions of one document: objects by key, arrays as they are declared, all else as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from graft.jsontext import Json, Place
from graft.merge.conflict import Conflict, ConflictKind, Merged, Resolution, UnknownConflict, chosen
from graft.merge.equal import ABSENT, alike, lesser_text, same, type_of
from graft.merge.held import hold
from graft.merge.items import Key, are_aligned, by_key, by_text, key_of
from graft.merge.lists import Lists, Spot
from graft.merge.order import arrange
from graft.merge.view import at, is_below, names_of, pointer_at, pointer_of, replaced, walk

# What stands deeper is one value: nobody edits there, and Python's stack has an end.
_MAX_DEPTH = 150
# The answer of a list that cannot be read as it is declared.
_WHOLE = object()

K = TypeVar("K", Key, bytes)
_Items: TypeAlias = dict[K, Json] | None
_Three: TypeAlias = tuple[dict[K, Json], dict[K, Json], dict[K, Json]]


@dataclass(slots=True)
class _Run:
    """One merge: the answers given, and what was found."""

    resolutions: Mapping[str, Resolution]
    conflicts: list[Conflict] = field(default_factory=list[Conflict])
    answered: set[str] = field(default_factory=set[str])

    def clash(self, pointer: str, kind: ConflictKind, base: Json, current: Json, target: Json) -> Json:
        """What stands at a conflict: the answer to it, else current."""
        resolution = self.resolutions.get(pointer)
        if resolution is not None:
            self.answered.add(pointer)
            return chosen(resolution, current, target)
        self.conflicts.append(Conflict(pointer, kind, base, current, target))
        return current


def merge(
    base: Json,
    current: Json,
    target: Json,
    lists: Lists,
    held: Sequence[str] = (),
    resolutions: Mapping[str, Resolution] | None = None,
) -> Merged:
    """What `current` and `target` made of `base`, together. A side that is not there is `ABSENT`.

    held: pointers of the keyed view at which current stays, absent ones too
    resolutions: answers to conflicts by their pointers; `UnknownConflict` names those that fit none
    Values are shared with the sides, not copied.
    """
    run = _Run(resolutions or {})
    sides = hold(base, current, target, held, lists)
    base, target = sides.base, sides.target
    unchanged = base
    for names in sides.lost:
        # nothing is decided inside of what is decided as a whole
        unchanged = replaced(unchanged, names, walk(current, names, lists)[0][-1].value, lists, like=current)

    value = _merged(run, unchanged, current, target, lists.root, None, 0)
    for names in sides.lost:
        value = _settle_lost(run, names, value, (base, current, target), lists)

    unknown = sorted(run.resolutions.keys() - run.answered)
    if unknown:
        raise UnknownConflict(unknown)
    return Merged(value, sorted(run.conflicts, key=lambda conflict: conflict.pointer))


def _settle_lost(run: _Run, names: list[str], value: Json, sides: tuple[Json, Json, Json], lists: Lists) -> Json:
    """The merge with what stands at a held place that the target has no room for, unless a conflict is around it."""
    settled = [*run.answered, *(conflict.pointer for conflict in run.conflicts)]
    if any(is_below(names, names_of(pointer) or []) for pointer in settled):
        return value
    pointer = pointer_of(names)
    answer = run.clash(pointer, "held", *(at(side, pointer, lists) for side in sides))
    result = replaced(value, names, answer, lists)
    if at(result, pointer, lists) is not answer:
        run.answered.discard(pointer)
    return result


def _merged(run: _Run, base: Json, current: Json, target: Json, spot: Spot, place: Place, depth: int) -> Json:
    """The merge at one place: the first of these lines that fits."""
    if same(base, current):
        return target
    if same(base, target) or same(current, target):
        return current
    if isinstance(current, dict) and isinstance(target, dict) and isinstance(base, dict) and depth < _MAX_DEPTH:
        return _objects(run, base, current, target, spot, place, depth + 1)
    if isinstance(current, list) and isinstance(target, list) and spot.rule is not None and depth < _MAX_DEPTH:
        result = _list(run, base, current, target, spot, place, depth + 1)
        if result is not _WHOLE:
            return result
    return _whole(run, base, current, target, place)


def _whole(run: _Run, base: Json, current: Json, target: Json, place: Place) -> Json:
    """The merge of values that cannot be taken apart, and of which no two are the same."""
    base_like_current, base_like_target = alike(base, current), alike(base, target)
    if base_like_current != base_like_target:
        return target if base_like_current else current
    # also where both are like the base
    if alike(current, target):
        return lesser_text(current, target)
    return run.clash(pointer_at(place), _kind(base, current, target), base, current, target)


def _kind(base: Json, current: Json, target: Json) -> ConflictKind:
    if base is ABSENT:
        return "both-added"
    if current is ABSENT:
        return "deleted-and-changed"
    if target is ABSENT:
        return "changed-and-deleted"
    return "both-changed" if type_of(base) == type_of(current) == type_of(target) else "type"


def _objects(
    run: _Run,
    base: dict[str, Json],
    current: dict[str, Json],
    target: dict[str, Json],
    spot: Spot,
    place: Place,
    depth: int,
) -> dict[str, Json]:
    """By key: current's keys in its order, then what the target alone has."""
    result: dict[str, Json] = {}
    for key, mine in current.items():
        theirs = target.get(key, ABSENT)
        value = _merged(run, base.get(key, ABSENT), mine, theirs, spot.below(key), (place, key), depth)
        if value is not ABSENT:
            result[key] = value
    for key, theirs in target.items():
        if key not in current:
            value = _merged(run, base.get(key, ABSENT), ABSENT, theirs, spot.below(key), (place, key), depth)
            if value is not ABSENT:
                result[key] = value
    return result


def _list(run: _Run, base: Json, current: list[Json], target: list[Json], spot: Spot, place: Place, depth: int) -> Json:
    """By what tells its items apart. `_WHOLE` where a side cannot be read so; a base that is not there is empty."""
    rule = spot.rule
    assert rule is not None
    before = [] if base is ABSENT else base
    if not isinstance(before, list):
        return _WHOLE
    if rule.key:
        items = _read(by_key(before, rule.key), by_key(current, rule.key), by_key(target, rule.key))
        return _WHOLE if items is None else _keyed(run, base, (current, target), items, spot, place, depth)
    if rule.set:
        texts = _read(by_text(before), by_text(current), by_text(target))
        return _WHOLE if texts is None else _set(*texts)

    if not are_aligned(before, current, target):
        return _WHOLE
    values = [
        _merged(run, one, mine, theirs, spot.below(str(index)), (place, index), depth)
        for index, (one, mine, theirs) in enumerate(zip(before, current, target, strict=True))
    ]
    return [value for value in values if value is not ABSENT]


def _read(base: _Items[K], current: _Items[K], target: _Items[K]) -> _Three[K] | None:
    if base is None or current is None or target is None:
        return None
    return base, current, target


def _keyed(
    run: _Run,
    base: Json,
    sides: tuple[list[Json], list[Json]],
    items: _Three[Key],
    spot: Spot,
    place: Place,
    depth: int,
) -> Json:
    """Items by their keys. The order is decided with all of them there, and what is gone is left out afterwards."""
    assert spot.rule is not None
    keys = arrange(*map(list, items), ordered=spot.rule.ordered)
    if keys is None:
        return run.clash(pointer_at(place), "order", base, *sides)

    result: list[Json] = []
    for key in keys:
        below, there = spot, place
        for name in key:
            below, there = below.below(name), (there, name)
        one, mine, theirs = (side.get(key, ABSENT) for side in items)
        value = _merged(run, one, mine, theirs, below, there, depth)
        if value is ABSENT:
            continue
        result.append(value)
        if run.answered and key_of(value, spot.rule.key) != key:
            # an answer, which is no such item
            run.answered.discard(pointer_at(there))
    return result


def _set(base: dict[bytes, Json], current: dict[bytes, Json], target: dict[bytes, Json]) -> list[Json]:
    """What a side added, or none took away."""
    keys = arrange([*base], [*current], [*target], ordered=False) or []
    return [
        current[key] if key in current else target[key]
        for key in keys
        if key not in base or (key in current and key in target)
    ]
