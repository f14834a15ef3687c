"""Held places: the present value is put into the other sides before a merge, so that nobody else changed it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graft.jsontext import Json
from graft.merge.equal import ABSENT, same
from graft.merge.items import are_aligned
from graft.merge.lists import Lists
from graft.merge.view import Node, Reach, Reader, outermost, paths_of, replaced, walk


@dataclass(frozen=True, slots=True)
class Held:
    """The two other sides with what is held, and the places where that was impossible: conflicts, outermost first."""

    base: Json
    target: Json
    lost: list[list[str]]


def hold(base: Json, current: Json, target: Json, pointers: Sequence[str], lists: Lists) -> Held:
    """Put what `current` has at `pointers`, or that it has nothing there, into `base` and `target`.

    Where the target has not even what stood around it, and the base had, the nearest place that all three have is lost.
    """
    lost: list[list[str]] = []
    reader = Reader()
    for names in outermost(paths_of(pointers)):
        mine, theirs, before = (walk(side, names, lists, reader) for side in (current, target, base))
        value = mine[0][-1].value if mine[1] == "found" else ABSENT
        if mine[1] == "blocked":
            # the list around it is no list of items any more: it is merged as a whole
            continue

        shared = _shared(before[0], mine[0], theirs[0])
        unaligned = next(_unaligned(before[0], mine[0], theirs[0], len(names)), None)
        if unaligned is None and value is ABSENT and _is_index(before, theirs):
            unaligned = shared
        if unaligned is not None:
            # an index is another item on each side; where the author changed nothing, current stays as it is
            if not same(before[0][unaligned].value, theirs[0][unaligned].value):
                lost.append(names[: before[0][unaligned].used])
            continue

        base_has_room, target_has_room = (_has_room(way, mine[0]) for way in (before, theirs))
        if value is not ABSENT and base_has_room and not target_has_room:
            lost.append(names[: before[0][shared].used])
            continue
        if base_has_room:
            base = replaced(base, names, value, lists, like=current, reader=reader)
        if target_has_room:
            target = replaced(target, names, value, lists, like=current, reader=reader)
    return Held(base, target, outermost(lost))


def _has_room(way: tuple[list[Node], Reach], mine: list[Node]) -> bool:
    """Whether a side has what stands around the held place, and of the same make as current's."""
    around = [node for node in way[0] if way[1] == "leaf" or node is not way[0][-1]]
    return way[1] in ("found", "leaf") and all(
        type(node.value) is type(ours.value) for node, ours in zip(around, mine, strict=False)
    )


def _shared(*ways: list[Node]) -> int:
    """The number of the last value that all ways pass: of the same names, and in objects or lists on all of them."""
    last = 0
    for number, nodes in enumerate(zip(*ways, strict=False)):
        if any(node.used != nodes[0].used for node in nodes):
            break
        last = number
        if any(type(node.value) is not type(nodes[0].value) for node in nodes):
            break
    return last


def _unaligned(base: list[Node], current: list[Node], target: list[Node], length: int) -> Iterator[int]:
    """The numbers of the lists on the way whose items go by their index, and which are not aligned."""
    for index, nodes in enumerate(zip(base, current, target, strict=False)):
        rule = nodes[0].spot.rule
        if rule is None or not rule.aligned or nodes[0].used == length:
            continue
        values = [node.value for node in nodes]
        if all(isinstance(value, list) for value in values) and not are_aligned(*values):
            yield index


def _is_index(*ways: tuple[list[Node], Reach]) -> bool:
    """Whether what is held is, on a side, an item of a list that goes by the index: none can be taken out."""
    return any(
        reach == "found"
        and len(nodes) > 1
        and isinstance(nodes[-2].value, list)
        and nodes[-2].spot.rule is not None
        and nodes[-2].spot.rule.aligned
        for nodes, reach in ways
    )
