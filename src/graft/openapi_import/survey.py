"""Find all schemas of a document, and the names that 3.1 lets them have: `$id`, `$anchor`, `$dynamicAnchor`."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import urljoin

from graft.jsontext import Json, Place
from graft.openapi_import.grammar import COMPONENTS, GRAMMARS, Fields, Slot


class FoundSchema(NamedTuple):
    """A schema and its place. `base` is the URI that holds inside it, `parent` the schema around it."""

    node: dict[str, Any]
    place: Place
    base: str
    parent: dict[str, Any] | None


class NamedSchema(NamedTuple):
    """A schema that has a name of its own, and its place."""

    node: dict[str, Any]
    place: Place


class Names(NamedTuple):
    """The names of the schemas in a document.

    resources: URI of an `$id` → its schema; None if two schemas have it
    anchors: URI and anchor → its schema; None if two schemas have it
    bases: id() of a schema with an `$id` → its URI
    """

    resources: dict[str, NamedSchema | None]
    anchors: dict[tuple[str, str], NamedSchema | None]
    bases: dict[int, str]


NO_NAMES = Names({}, {}, {})


def names_of(root: dict[str, Any], components: dict[str, Any], minor: int) -> Names:
    """The names of the schemas in a 3.1 document; those of a 3.0 one have none."""
    if minor == 0:
        return NO_NAMES

    names = Names({}, {}, {})
    for found in schemas_of(root, components, minor):
        node, named = found.node, NamedSchema(found.node, found.place)
        if isinstance(node.get("$id"), str):
            names.bases[id(node)] = found.base
            _add_name(names.resources, found.base, named)
        for keyword in ("$anchor", "$dynamicAnchor"):
            if isinstance(node.get(keyword), str):
                _add_name(names.anchors, (found.base, node[keyword]), named)
    return names


def _add_name(names: dict[Any, NamedSchema | None], name: object, schema: NamedSchema) -> None:
    known = names.setdefault(name, schema)
    if known is not None and known.node is not schema.node:
        names[name] = None


def absolute(base: str, reference: str) -> str:
    """The URI of a reference, resolved against `base`; a malformed one stays as it is."""
    if reference.startswith("#"):
        return base + reference
    try:
        return urljoin(base, reference)
    except ValueError:
        return reference


def schemas_of(root: dict[str, Any], components: dict[str, Any], minor: int) -> Iterator[FoundSchema]:
    """Every schema of the document, each object once; a schema comes before those inside it."""
    starts: list[tuple[Slot, Json, Place]] = [
        (slot, components.get(name), ((None, "components"), name)) for name, slot in COMPONENTS.items()
    ]
    starts += [(Slot("map", "pathItem"), root.get(name), (None, name)) for name in ("paths", "webhooks")]
    return schemas_under(starts, minor)


def schemas_under(starts: Sequence[tuple[Slot, Json, Place]], minor: int, base: str = "") -> Iterator[FoundSchema]:
    """Every schema in these fields (slot, value, place), each object once; a schema comes before those inside it."""
    grammar = GRAMMARS[minor]
    seen: set[tuple[int, str]] = set()
    pending: list[tuple[str, Json, Place, str, dict[str, Any] | None]] = []

    def enter(slot: Slot, value: Json, place: Place, base: str, parent: dict[str, Any] | None) -> None:
        for node, at in _objects(slot, value, place):
            if (id(node), slot.kind) not in seen:
                seen.add((id(node), slot.kind))
                pending.append((slot.kind, node, at, base, parent))

    for slot, value, place in reversed(starts):
        enter(slot, value, place, base, None)

    while pending:
        kind, node, place, around, parent = pending.pop()
        if kind == "schema":
            identifier = node.get("$id")
            if minor and isinstance(identifier, str):
                around = absolute(around, identifier).partition("#")[0]
            yield FoundSchema(node, place, around, parent)
            parent = node

        for name, value in node.items():
            slot = _slot(grammar.get(kind, {}), kind, name)
            if slot is not None:
                enter(slot, value, (place, name), around, parent)


def _slot(fields: Fields, kind: str, name: str) -> Slot | None:
    if kind == "pathItem":  # methods may be in upper case
        name = name.lower()
    return fields.get(name) or (None if name.startswith("x-") else fields.get("*"))


def _objects(slot: Slot, value: Json, place: Place) -> Iterator[tuple[dict[str, Any], Place]]:
    """The objects in a field, leniently: a single object may stand for a list of one, and a list for one object."""
    if slot.shape == "one" and isinstance(value, dict):
        yield value, place
    elif slot.shape == "map" and isinstance(value, dict):
        yield from ((child, (place, name)) for name, child in value.items() if isinstance(child, dict))
    elif isinstance(value, list):  # `items`, a slot for one schema, may be a list of them
        yield from ((child, (place, index)) for index, child in enumerate(value) if isinstance(child, dict))
    elif slot.shape == "list" and isinstance(value, dict):
        yield value, place
