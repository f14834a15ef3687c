"""Resolve `orderBy`: from its JSON to the keys of an order in which no two rows are equal."""

from typing import Any

from graft.errors import Problem, Problems
from graft.jsontext import Json
from graft.listing.errors import place, shown
from graft.listing.query import Key, Keys
from graft.listing.resource import Resource

MAX_KEYS = 5

# Direction → whether it is descending, and whether nulls come first. To PostgreSQL null is greater than any value, so
# plain indexes serve `asc` and `desc`.
DIRECTIONS = {
    "asc": (False, False),
    "desc": (True, True),
    "asc_nulls_first": (False, True),
    "asc_nulls_last": (False, False),
    "desc_nulls_first": (True, True),
    "desc_nulls_last": (True, False),
}


def resolve_order(resource: Resource[Any], items: list[Json], problems: Problems) -> Keys:
    """The keys of `items`; without items, of the resource's default order. What is wrong is added to `problems`.

    The id ends every order. It has the direction of the key before it, so that one index and one comparison of rows
    serve all keys.
    """
    if len(items) > MAX_KEYS:
        problems.add(Problem("orderBy", "too-many", f"An order has at most {MAX_KEYS} keys."))
        return ()

    keys: list[Key] = []
    for index, item in enumerate(items):
        key = _key(resource, item, index, problems)
        if key is not None and any(key.name == earlier.name for earlier in keys):
            problems.add(Problem(place("orderBy", index, key.name), "duplicate-key", "This field is a key already."))
        elif key is not None:
            keys.append(key)
    if not items:
        keys = [make_key(resource, name, direction) for name, direction in resource.default_order]

    names = [key.name for key in keys]
    if "id" in names:
        return tuple(keys[: names.index("id") + 1])
    descending = bool(keys) and keys[-1].descending
    return (*keys, Key("id", resource.fields["id"], descending, descending))


def make_key(resource: Resource[Any], name: str, direction: str) -> Key:
    """The key of a field, in one of the directions that `orderBy` takes."""
    descending, nulls_first = DIRECTIONS[direction]
    return Key(name, resource.fields[name].ranked, descending, nulls_first)


def _key(resource: Resource[Any], item: Json, index: int, problems: Problems) -> Key | None:
    if not isinstance(item, dict) or len(item) != 1:
        detail = 'A key is an object of one field and its direction, like {"name": "asc"}.'
        code = "invalid-value" if isinstance(item, dict) else "wrong-type"
        problems.add(Problem(place("orderBy", index), code, detail))
        return None

    ((name, direction),) = item.items()
    at = place("orderBy", index, name)
    if name not in resource.fields:
        problems.add(Problem(at, "unknown-field", f"{resource.name} has no field {shown(name)}."))
        return None
    field = resource.fields[name]
    if not (field.orderable and field.scalar.orderable):
        problems.add(Problem(at, "not-orderable", "A list cannot be ordered by this field."))
        return None
    if not isinstance(direction, str) or direction not in DIRECTIONS:
        code = "unknown-value" if isinstance(direction, str) else "wrong-type"
        problems.add(Problem(at, code, f"A direction is one of {', '.join(DIRECTIONS)}."))
        return None
    return make_key(resource, name, direction)
