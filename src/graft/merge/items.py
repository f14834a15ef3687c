"""Read an array as the list that it is declared to be: its items by what tells them apart."""

from collections.abc import Sequence

from graft import jsontext
from graft.jsontext import Json

Key = tuple[str, ...]


def by_key(items: Sequence[Json], fields: Key) -> dict[Key, Json] | None:
    """The items by their keys, in order. None where one is no object, lacks a field as text, or is there twice."""
    found: dict[Key, Json] = {}
    for item in items:
        if not isinstance(item, dict):
            return None
        parts: list[Json] = [item.get(name) for name in fields]  # pyright: ignore[reportUnknownMemberType]
        if not all(type(part) is str for part in parts):
            return None
        found[tuple(parts)] = item
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
