"""Read an array as the list that it is declared to be: its items by what tells them apart."""

from collections.abc import Sequence

from graft import jsontext
from graft.jsontext import Json

Key = tuple[str, ...]


def key_of(item: Json, fields: Key) -> Key | None:
    """The key of an item, None if it is no object or lacks a field as text."""
    if not isinstance(item, dict):
        return None
    parts: list[Json] = [item.get(name) for name in fields]  # pyright: ignore[reportUnknownMemberType]
    return tuple(parts) if all(type(part) is str for part in parts) else None


def by_key(items: Sequence[Json], fields: Key) -> dict[Key, Json] | None:
    """The items by their keys, in order. None where one has no key, or is there twice."""
    found: dict[Key, Json] = {}
    for item in items:
        key = key_of(item, fields)
        if key is None:
            return None
        found[key] = item
    return found if len(found) == len(items) else None


def by_text(items: Sequence[Json]) -> dict[bytes, Json] | None:
    """The items by their canonical texts, in order. None where one is there twice."""
    found = {jsontext.canonical(item): item for item in items}
    return found if len(found) == len(items) else None


def are_aligned(base: Sequence[Json], *sides: Sequence[Json]) -> bool:
    """Whether items are told apart by their index: no side has more or fewer, nor an item of the base elsewhere."""
    if any(len(side) != len(base) for side in sides):
        return False
    texts = [jsontext.canonical(item) for item in base]
    places: dict[bytes, set[int]] = {}
    for index, text in enumerate(texts):
        places.setdefault(text, set()).add(index)
    return all(
        places.get(jsontext.canonical(item), {index}) == {index} for side in sides for index, item in enumerate(side)
    )
