"""Compare versions of one document place by place: a diff of two, and what each side of a merge has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from graft.jsontext import Json, Place, path_to
from graft.merge.equal import ABSENT, alike, same
from graft.merge.items import Key, are_aligned, by_key
from graft.merge.lists import Lists, Spot
from graft.merge.view import paths_of, pointer_at

By = Literal["theirs", "mine", "both", "variables", "resolved", "held", "conflict"]

_Sides = tuple[Json, ...]
_Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A place at which two documents differ; `ABSENT` where one has nothing there."""

    pointer: str
    before: Json
    after: Json


@dataclass(frozen=True, slots=True)
class Field:
    """A place at which the sides of a merge, or its result, differ, and whose change the result has.

    by: theirs (target), mine (current), both (the same change, or a list that took both sides'), variables (the place
    follows variables or ids: base and target agree, and current alone does not), resolved (the answer to a conflict),
    held, conflict (undecided: current stands)
    """

    pointer: str
    base: Json
    current: Json
    target: Json
    result: Json
    by: By


def diff(before: Json, after: Json, lists: Lists) -> list[Difference]:
    """The places at which two documents differ, by pointers of the keyed view, sorted; none if they are the same.

    Of a list without meaning in its order, only a list that differs in nothing else is named for it.
    """
    found = [
        Difference(pointer_at(place), *sides) for place, sides in _differences((before, after), lists.root, _Marked())
    ]
    return sorted(found, key=lambda difference: difference.pointer)


def fields(
    base: Json,
    current: Json,
    target: Json,
    result: Json,
    lists: Lists,
    *,
    conflicts: Sequence[str] = (),
    resolved: Sequence[str] = (),
    held: Sequence[str] = (),
) -> Iterator[Field]:
    """The places at which the sides of a merge or its result differ, sorted by pointer.

    conflicts, resolved, held: pointers of what is undecided, of what was answered, and of what is held
    """
    marks: list[tuple[By, _Marked]] = [
        ("conflict", _Marked(conflicts)),
        ("resolved", _Marked(resolved)),
        ("held", _Marked(held)),
    ]
    found = [
        Field(pointer_at(place), *sides, by=_marked(place, marks) or _by(*sides))
        for place, sides in _differences(
            (base, current, target, result), lists.root, _Marked(conflicts, resolved, held)
        )
    ]
    yield from sorted(found, key=lambda one: one.pointer)


class _Marked:
    """Places of which something is said. They are told as they are, and no place around them is told as a whole."""

    def __init__(self, *pointers: Sequence[str]) -> None:
        paths = [tuple(path) for some in pointers for path in paths_of(some)]
        self.at = frozenset(paths)
        self.around = frozenset(path[:length] for path in paths for length in range(len(path)))

    def touches(self, place: _Names) -> bool:
        """Whether something is said of a place, of what is around it, or of something in it."""
        return place in self.around or any(place[:length] in self.at for length in range(len(place) + 1))


def _marked(place: Place, marks: Sequence[tuple[By, _Marked]]) -> By | None:
    here = tuple(map(str, path_to(place)))
    return next((by for by, marked in marks if marked.touches(here)), None)


def _by(base: Json, current: Json, target: Json, result: Json) -> By:
    """Whose change the result has, at a place with no conflict."""
    if same(current, target) or alike(current, target):
        return "both"
    if same(base, target):
        return "mine" if same(result, current) else "variables"
    if same(base, current) or same(result, target):
        return "theirs"
    return "mine" if same(result, current) else "both"


def _differences(sides: _Sides, spot: Spot, ends: _Marked) -> Iterator[tuple[Place, _Sides]]:
    """The outermost places at which not all sides are the same, and which cannot be told more exactly. By a stack."""
    stack: list[tuple[_Sides, Spot, Place]] = [(sides, spot, None)]
    while stack:
        sides, spot, place = stack.pop()
        if _are_same(sides):
            continue
        names = tuple(map(str, path_to(place)))
        inner = None if names in ends.at else _children(sides, spot, place, keep_order=names not in ends.around)
        inner = [child for child in inner or () if not _are_same(child[0])]
        if inner:
            stack += inner
        else:
            yield place, sides


def _are_same(sides: _Sides) -> bool:
    return all(same(sides[0], side) for side in sides[1:])


def _children(sides: _Sides, spot: Spot, place: Place, *, keep_order: bool) -> list[tuple[_Sides, Spot, Place]] | None:
    """What stands in these values, name by name; None where they have no names in common that could be compared.

    keep_order: a list whose order has a meaning, and differs, is one place
    """
    if all(isinstance(side, dict) for side in sides):
        names = dict.fromkeys(name for side in sides for name in side)
        return [(tuple(side.get(name, ABSENT) for side in sides), spot.below(name), (place, name)) for name in names]

    rule = spot.rule
    if rule is not None and rule.key and sides[0] is ABSENT and len(sides) > 2:
        # both sides of a merge added the list
        sides = ([], *sides[1:])
    if rule is None or rule.set or not all(isinstance(side, list) for side in sides):
        return None
    if rule.aligned:
        aligned = zip(*sides, strict=True) if are_aligned(*sides) else ()
        return [(items, spot.below(str(index)), (place, index)) for index, items in enumerate(aligned)]

    read = [by_key(side, rule.key) for side in sides]
    items = [side for side in read if side is not None]
    if len(items) < len(sides) or (rule.ordered and keep_order and _reordered(items)):
        return None
    keys = dict.fromkeys(key for side in items for key in side)
    return [_item(items, key, spot, place) for key in keys]


def _item(items: Sequence[dict[Key, Json]], key: Key, spot: Spot, place: Place) -> tuple[_Sides, Spot, Place]:
    for name in key:
        spot, place = spot.below(name), (place, name)
    return tuple(side.get(key, ABSENT) for side in items), spot, place


def _reordered(items: Sequence[dict[Key, Json]]) -> bool:
    """Whether the items that all sides have stand in another order in some."""
    common = set(items[0]).intersection(*items[1:])
    orders = [[key for key in side if key in common] for side in items]
    return any(order != orders[0] for order in orders)
