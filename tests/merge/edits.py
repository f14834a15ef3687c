"""Edits by place: those of two sides that touch nothing in common, and places to hold."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from graft import jsontext
from graft.merge import ABSENT, at, put
from tests.merge.random_documents import IDS, LISTS, NAMES, SCALARS, Maker

Names = tuple[str, ...]


class Place(NamedTuple):
    """A value in the keyed view. kind: what it stands in; whole: the list around it that goes by the index, else itself."""

    names: Names
    value: Any
    kind: str
    whole: Names


class Edit(NamedTuple):
    """A change of what stands at `names`; `touch` says what of it."""

    touch: Names
    names: Names
    change: Callable[[Any], Any]


def places_to_hold(maker: Maker, tree: Any) -> list[str]:
    """Some pointers into a document, some of them one name too far."""
    places = list(places_of(tree))
    found: list[str] = []
    for _ in range(3):
        place = maker.choice.choice(places)
        further = maker.choice.choice([(), (), (maker.choice.choice(NAMES),)])
        found.append(pointer(place.names + (further if isinstance(place.value, dict) else ())))
    return [one for one in found if one]


def around(tree: Any, place: str) -> list[tuple[Names, str]]:
    """The places of the keyed view around one, and what is there: an object, a list with keys, another of a length."""

    def make(value: Any, names: Names) -> str:
        is_plain = isinstance(value, list) and not is_keyed(value, names)
        return f"list of {len(value)}" if is_plain else type(value).__name__

    return [
        (one.names, make(one.value, one.names))
        for one in places_of(tree)
        if place.startswith(pointer(one.names) + "/") and place != pointer(one.names)
    ]


def disjoint(maker: Maker, base: Any) -> tuple[Any, Any, Any]:
    """Two sides that touch nothing in common, and the document with the edits of both."""
    sides, both, touched = [base, base], base, list[Names]()
    places = list(places_of(base))
    for _ in range(maker.choice.randrange(2, 9)):
        edit = _edit(maker, maker.choice.choice(places))
        if edit is None or any(_meet(edit.touch, other) for other in touched):
            continue
        touched.append(edit.touch)
        side = maker.choice.randrange(2)
        sides[side], both = _changed(sides[side], edit), _changed(both, edit)
    return sides[0], sides[1], both


def pointer(names: Names) -> str:
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


def places_of(value: Any, names: Names = (), kind: str = "root", whole: Names | None = None) -> Iterator[Place]:
    """All values that a pointer of the keyed view leads to, read anew, by nothing of the library."""
    yield Place(names, value, kind, names if whole is None else whole)
    if isinstance(value, dict):
        for name, below in value.items():
            field = "key" if kind == "item" and name in fields_of(names[: -len(fields_around(names))]) else "object"
            yield from places_of(below, (*names, name), field, whole)
    elif isinstance(value, list) and names[-1:] == ("any",):
        for index, below in enumerate(value):
            yield from places_of(below, (*names, str(index)), "index", names if whole is None else whole)
    elif isinstance(value, list) and is_keyed(value, names):
        for item in value:
            key = tuple(item[field] for field in fields_of(names))
            yield from places_of(item, names + key, "item", whole)


def fields_of(names: Names) -> Names:
    """The fields of the key of the list at this place."""
    if names == ("params",):
        return ("in", "name")
    subs = len(names) == 4 and names[0] == "params" and names[3] == "subs"
    steps = names == ("steps",) or (len(names) == 3 and names[0] == names[2] == "steps")
    return ("id",) if subs or steps else ()


def fields_around(names: Names) -> Names:
    """The fields of the key of the list that has this item."""
    return next(fields for fields in (fields_of(names[:-1]), fields_of(names[:-2])) if fields)


def is_keyed(items: list[Any], names: Names) -> bool:
    fields = fields_of(names)
    if not fields or not all(isinstance(item, dict) for item in items):
        return False
    keys = [tuple(item.get(field) for field in fields) for item in items]
    return all(isinstance(part, str) for key in keys for part in key) and len(set(keys)) == len(keys)


def is_set(items: list[Any], names: Names) -> bool:
    return names[-1:] == ("tags",) and len({jsontext.canonical(item) for item in items}) == len(items)


def _edit(maker: Maker, place: Place) -> Edit | None:
    """An edit of what stands there, in there, or of its being there."""
    names, value, kind, whole = place
    inside = maker.choice.random() < 0.6
    if inside and isinstance(value, dict):
        name = maker.choice.choice([*NAMES, "new", "newer"])
        new = maker.value(1)
        return None if name in value else Edit(_within(place, name), (*names, name), lambda _: new)
    if inside and isinstance(value, list) and value and is_keyed(value, names):
        item = {field: maker.choice.choice(IDS) for field in fields_of(names)} | {"a": maker.value(1)}
        key = tuple(item[field] for field in fields_of(names))
        known = [tuple(other[field] for field in fields_of(names)) for other in value]
        touch = _within(place, "new") if names[-1] == "steps" else _within(place, *key)
        return None if key in known else Edit(touch, names + key, lambda _: item)
    if inside and isinstance(value, list) and is_set(value, names):
        return _set_edit(maker, place)

    if kind in ("root", "key"):
        return None
    if kind in ("item", "index"):
        gone = kind == "item" and maker.choice.random() < 0.7
        return Edit(whole, names, lambda old: ABSENT if gone else old)
    new = ABSENT if maker.choice.random() < 0.4 else maker.value(1)
    return Edit(whole, names, lambda _: new)


def _within(place: Place, *names: str) -> Names:
    return place.names + names if place.whole == place.names else place.whole


def _set_edit(maker: Maker, place: Place) -> Edit:
    """A member more or less."""
    member = maker.choice.choice([*SCALARS, *place.value])
    text = jsontext.canonical(member)

    def change(items: Any) -> Any:
        others = [one for one in items if jsontext.canonical(one) != text]
        return others if len(others) < len(items) else [*items, member]

    return Edit(_within(place, text.decode()), place.names, change)


def _changed(tree: Any, edit: Edit) -> Any:
    where = pointer(edit.names)
    return put(tree, where, edit.change(at(tree, where, LISTS)), LISTS)


def _meet(one: Names, other: Names) -> bool:
    return one[: len(other)] == other[: len(one)]
