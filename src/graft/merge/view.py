"""The keyed view of a document: pointers in which an item of a `key` list goes by its key."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from graft.jsontext import Json, Place, path_to, steps
from graft.merge.equal import ABSENT
from graft.merge.items import Key, by_key
from graft.merge.lists import ListRule, Lists, Spot

# found: the value is there; leaf: what it would stand in is there; missing: not even that, a name on the way is not
# there; blocked: the way leads into half a key, or a list that is no object of items in the keyed view
Reach = Literal["found", "leaf", "missing", "blocked"]


class NoSuchPlace(ValueError):
    """A pointer that leads nowhere in the keyed view of a document."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value on the way of a pointer, behind `used` of its names."""

    used: int
    value: Json
    spot: Spot


def pointer_of(names: Sequence[str | int]) -> str:
    """The exact pointer of these names, whatever characters they have."""
    return "".join("/" + str(name).replace("~", "~0").replace("/", "~1") for name in names)


def pointer_at(place: Place) -> str:
    return pointer_of(path_to(place))


def names_of(pointer: str) -> list[str] | None:
    """The names in a pointer, None if it is no JSON pointer."""
    return steps(pointer) if pointer == "" or pointer.startswith("/") else None


def paths_of(pointers: Iterable[str]) -> list[list[str]]:
    """The names of each of these that is a JSON pointer."""
    return [names for names in map(names_of, pointers) if names is not None]


def at(tree: Json, pointer: str, lists: Lists) -> Json:
    """The value at `pointer` of the keyed view, `ABSENT` where there is none."""
    names = names_of(pointer)
    if names is None:
        return ABSENT
    nodes, reach = walk(tree, names, lists)
    return nodes[-1].value if reach == "found" else ABSENT


def keyed(tree: Json, pointer: str, lists: Lists) -> str:
    """The place of the keyed view that a plain pointer leads to; where none leads into a list, the list."""
    node, reader, found = Node(0, tree, lists.root), Reader(), list[str]()
    for name in names_of(pointer) or []:
        taken = (name,)
        index = _index(name) if isinstance(node.value, list) else None
        if index is not None and node.spot.rule is not None and node.spot.rule.key:
            taken = next(islice(reader.items(node.value, node.spot.rule) or (), index, None), ())
        if not taken or _width(node, reader) != len(taken):
            break
        spot = node.spot
        for one in taken:
            spot = spot.below(one)
        node = Node(0, _child(node, taken, reader), spot)
        found += taken
    return pointer_of(found)


def put(tree: Json, pointer: str, value: Json, lists: Lists) -> Json:
    """`tree` with `value` at `pointer` of the keyed view, or without what was there where it is `ABSENT`.

    A new item of a list stands at its end. `NoSuchPlace` where what it would stand in is not there.
    """
    names = names_of(pointer)
    reach = walk(tree, names, lists)[1] if names is not None else "blocked"
    if names is None or reach not in ("found", "leaf"):
        raise NoSuchPlace(f"{pointer!r} leads nowhere in this document.")
    result = replaced(tree, names, value, lists)
    if at(result, pointer, lists) is not value:
        raise NoSuchPlace(f"{pointer!r} is the place of an item that has these names in its key.")
    return result


class Reader:
    """Reads lists by their keys, each once: for one piece of work, during which nothing changes them."""

    def __init__(self) -> None:
        # the lists are kept, or another one could come to be at the address of one that is gone
        self._read: dict[int, tuple[list[Json], dict[Key, Json] | None]] = {}

    def items(self, value: list[Json], rule: ListRule) -> dict[Key, Json] | None:
        found = self._read.get(id(value))
        if found is None:
            found = self._read[id(value)] = value, by_key(value, rule.key)
        return found[1]


def walk(tree: Json, names: Sequence[str], lists: Lists, reader: Reader | None = None) -> tuple[list[Node], Reach]:
    """The values that a pointer passes, and how far it comes."""
    reader = reader or Reader()
    nodes = [Node(0, tree, lists.root)]
    if tree is ABSENT:
        return nodes, "missing" if names else "leaf"
    while nodes[-1].used < len(names):
        node = nodes[-1]
        left = len(names) - node.used
        width = _width(node, reader)
        if width is None or left < width:
            return nodes, "blocked"
        if width == 0:
            return nodes, "missing"

        taken = tuple(names[node.used : node.used + width])
        below = _child(node, taken, reader)
        if below is ABSENT:
            return nodes, "missing" if left > width or _is_aligned(node) else "leaf"
        spot = node.spot
        for name in taken:
            spot = spot.below(name)
        nodes.append(Node(node.used + width, below, spot))
    return nodes, "found"


def _width(node: Node, reader: Reader) -> int | None:
    """How many names lead from a value into it; 0 for a scalar, None for a list that is read as a whole."""
    if isinstance(node.value, dict):
        return 1
    if not isinstance(node.value, list):
        return 0
    rule = node.spot.rule
    if rule is not None and rule.aligned:
        return 1
    is_keyed = rule is not None and rule.key and reader.items(node.value, rule) is not None
    return len(rule.key) if rule is not None and is_keyed else None


def _child(node: Node, names: Key, reader: Reader) -> Json:
    """What stands in an object or a list under `names`, `ABSENT` if nothing does."""
    if isinstance(node.value, dict):
        return node.value.get(names[0], ABSENT)  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    rule = node.spot.rule
    assert rule is not None
    if rule.key:
        return (reader.items(node.value, rule) or {}).get(names, ABSENT)
    index = _index(names[0])
    return node.value[index] if index is not None and index < len(node.value) else ABSENT


def replaced(
    tree: Json, names: Sequence[str], value: Json, lists: Lists, like: Json = ABSENT, reader: Reader | None = None
) -> Json:
    """`tree` with `value` at a place that it has or could have; what is not on the way is shared.

    A new item of a list stands behind the one that it stands behind in `like`, a tree that has it.
    """
    reader = reader or Reader()
    passed = [node for node in walk(tree, names, lists, reader)[0] if node.used < len(names)]
    beside = walk(like, names, lists, reader)[0]
    for index in reversed(range(len(passed))):
        node = passed[index]
        upper = passed[index + 1].used if index + 1 < len(passed) else len(names)
        taken = tuple(names[node.used : upper])
        guide = beside[index].value if index < len(beside) else None
        value = _with_child(node, taken, value, guide, reader)
    return value


def _with_child(node: Node, names: Key, value: Json, guide: Json, reader: Reader) -> Json:
    """A copy of an object or a list with another child, or without it."""
    if isinstance(node.value, dict):
        copy: dict[str, Json] = dict(node.value)  # pyright: ignore[reportUnknownArgumentType]
        if value is ABSENT:
            copy.pop(names[0], None)
        else:
            copy[names[0]] = value
        return copy

    rule = node.spot.rule
    assert rule is not None
    if rule.aligned:
        return _with_index(node.value, int(names[0]), value)
    items = reader.items(node.value, rule) or {}
    if value is ABSENT:
        return [item for key, item in items.items() if key != names]
    if names in items:
        return [value if key == names else item for key, item in items.items()]
    return _inserted(items, names, value, (reader.items(guide, rule) if isinstance(guide, list) else None) or {})


def _with_index(items: list[Json], index: int, value: Json) -> list[Json]:
    if value is ABSENT:
        raise NoSuchPlace("An item of a list that goes by the index cannot be taken out of it.")
    return [*items[:index], value, *items[index + 1 :]]


def _inserted(items: dict[Key, Json], key: Key, value: Json, guide: dict[Key, Json]) -> list[Json]:
    """The items and a new one, behind the nearest of those before it in `guide`; else at the end."""
    order = list(guide)
    before = order[: order.index(key)] if key in guide else list(items)
    anchor = next((one for one in reversed(before) if one in items), None)
    keys = list(items)
    place = keys.index(anchor) + 1 if anchor is not None else 0
    values = list(items.values())
    return [*values[:place], value, *values[place:]]


def path_problem(tree: Json, pointer: str, lists: Lists) -> str | None:
    """Why `pointer` is no place of `tree` that can be held; None if it is one, with something there or not."""
    names = names_of(pointer)
    if names is None:
        return "is no JSON pointer"
    if not names:
        return "is the whole definition"
    nodes, reach = walk(tree, names, lists)
    node = nodes[-1]
    if reach == "missing":
        return "stands in nothing that is there"
    if reach == "blocked":
        return "leads into a list that is read as a whole, or is half the key of an item"

    parent = nodes[-2] if reach == "found" else node
    around = (
        nodes[-3] if reach == "found" and len(nodes) > 2 else nodes[-2] if reach == "leaf" and len(nodes) > 1 else None
    )
    rule = around.spot.rule if around is not None and isinstance(around.value, list) else None
    if rule is not None and isinstance(parent.value, dict) and names[-1] in rule.key:
        return "is part of the key of an item"
    return None


def without_inner(pointers: Iterable[str]) -> list[str]:
    """These pointers, sorted, without those that stand below another of them."""
    return [pointer_of(names) for names in outermost(paths_of(pointers))]


def is_below(inner: Sequence[str], outer: Sequence[str]) -> bool:
    """Whether a place is another one, or stands below it."""
    return list(inner[: len(outer)]) == list(outer)


def outermost(places: Iterable[list[str]]) -> list[list[str]]:
    """These places without those that stand below another of them."""
    found: list[list[str]] = []
    for names in sorted(places):
        if not found or not is_below(names, found[-1]):
            found.append(names)
    return found


def _is_aligned(node: Node) -> bool:
    return isinstance(node.value, list) and node.spot.rule is not None and node.spot.rule.aligned


def _index(name: str) -> int | None:
    return (
        int(name)
        if name.isascii() and name.isdecimal() and (name == "0" or name[0] != "0") and len(name) < 10
        else None
    )
