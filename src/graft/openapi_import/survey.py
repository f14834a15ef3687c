"""Where the schemas of a document are, by what names they go beside their places, and which of them lie in circles."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import urljoin

from graft.jsontext import Json, Place
from graft.openapi_import.grammar import COMPONENTS, GRAMMARS, Fields, Slot


class Found(NamedTuple):
    """A schema, its place, and the URI of the schema with an `$id` around it (or of itself)."""

    node: dict[str, Any]
    place: Place
    base: str
    parent: dict[str, Any] | None


class Named(NamedTuple):
    """A schema that goes by a name of its own."""

    node: dict[str, Any]
    place: Place


class Names(NamedTuple):
    """Schemas by URI, and by URI and anchor: None where two share the name. `bases`: URIs by identity of the node."""

    resources: dict[str, Named | None]
    anchors: dict[tuple[str, str], Named | None]
    bases: dict[int, str]


NOBODY = Names({}, {}, {})


def names_of(root: dict[str, Any], components: dict[str, Any], minor: int) -> Names:
    """What the schemas of a 3.1 document call themselves by `$id`, `$anchor` and `$dynamicAnchor`."""
    if minor == 0:
        return NOBODY
    names = Names({}, {}, {})
    for found in schemas_of(root, components, minor):
        node, named = found.node, Named(found.node, found.place)
        if isinstance(node.get("$id"), str):
            names.bases[id(node)] = found.base
            _enter(names.resources, found.base, named)
        for keyword in ("$anchor", "$dynamicAnchor"):
            if isinstance(node.get(keyword), str):
                _enter(names.anchors, (found.base, node[keyword]), named)
    return names


def _enter(names: dict[Any, Named | None], name: object, named: Named) -> None:
    known = names.setdefault(name, named)
    if known is not None and known.node is not named.node:
        names[name] = None


def joined(base: str, reference: str) -> str:
    """The absolute form of a reference; one that is none stays as it is."""
    if reference.startswith("#"):
        return base + reference
    try:
        return urljoin(base, reference)
    except ValueError:
        return reference


def schemas_of(root: dict[str, Any], components: dict[str, Any], minor: int) -> Iterator[Found]:
    """Every schema of the document, each object once, those around others first."""
    starts: list[tuple[Slot, Json, Place]] = [
        (slot, components.get(name), ((None, "components"), name)) for name, slot in COMPONENTS.items()
    ]
    starts += [(Slot("map", "pathItem"), root.get(name), (None, name)) for name in ("paths", "webhooks")]
    return schemas_under(starts, minor)


def schemas_under(starts: Sequence[tuple[Slot, Json, Place]], minor: int, base: str = "") -> Iterator[Found]:
    """Every schema in these fields, each object once, those around others first."""
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
                around = joined(around, identifier).partition("#")[0]
            yield Found(node, place, around, parent)
            parent = node
        for name, value in node.items():
            slot = _slot(grammar.get(kind, {}), kind, name)
            if slot is not None:
                enter(slot, value, (place, name), around, parent)


def _slot(fields: Fields, kind: str, name: str) -> Slot | None:
    if kind == "pathItem":  # a method counts in any case
        name = name.lower()
    return fields.get(name) or (None if name.startswith("x-") else fields.get("*"))


def _objects(slot: Slot, value: Json, place: Place) -> Iterator[tuple[dict[str, Any], Place]]:
    if slot.shape == "one" and isinstance(value, dict):
        yield value, place
    elif slot.shape == "map" and isinstance(value, dict):
        yield from ((child, (place, name)) for name, child in value.items() if isinstance(child, dict))
    elif isinstance(value, list):  # also where one belongs: `items` may be a list of schemas
        yield from ((child, (place, index)) for index, child in enumerate(value) if isinstance(child, dict))
    elif slot.shape == "list" and isinstance(value, dict):
        yield value, place
