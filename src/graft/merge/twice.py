"""Find the lists of a document that hold an item twice, which would make them unreadable as lists."""

from collections.abc import Sequence

from graft import jsontext
from graft.jsontext import Json, Place
from graft.merge.items import by_key, key_of
from graft.merge.lists import ListRule, Lists, Spot
from graft.merge.view import pointer_at


def lists_with_twins(tree: Json, lists: Lists) -> list[str]:
    """The pointers of lists with a key, and of sets, in which two items are one by that; sorted.

    What stands in a list that is no such list, or cannot be read as one, is not looked at.
    """
    found: list[str] = []
    stack: list[tuple[Json, Spot, Place]] = [(tree, lists.root, None)]
    while stack:
        value, spot, place = stack.pop()
        if isinstance(value, dict):
            stack += [(below, spot.below(name), (place, name)) for name, below in value.items()]
        elif isinstance(value, list) and spot.rule is not None:
            if _has_twins(value, spot.rule):
                found.append(pointer_at(place))
            else:
                stack += _items(value, spot, place)
    return sorted(found)


def _has_twins(items: Sequence[Json], rule: ListRule) -> bool:
    if rule.aligned:
        return False
    names = [key_of(item, rule.key) if rule.key else jsontext.canonical(item) for item in items]
    known = [name for name in names if name is not None]
    return len(set(known)) < len(known)


def _items(items: Sequence[Json], spot: Spot, place: Place) -> list[tuple[Json, Spot, Place]]:
    """What stands in a list whose items are merged one by one."""
    rule = spot.rule
    assert rule is not None
    if rule.aligned:
        return [(item, spot.below(str(index)), (place, index)) for index, item in enumerate(items)]
    found: list[tuple[Json, Spot, Place]] = []
    for key, item in (by_key(items, rule.key) or {} if rule.key else {}).items():
        below, there = spot, place
        for name in key:
            below, there = below.below(name), (there, name)
        found.append((item, below, there))
    return found
