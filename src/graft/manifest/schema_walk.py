"""Walk a schema of JSON Schema 2020-12: the schemas inside it, and the one that a local `$ref` names."""

from collections.abc import Iterator
from urllib.parse import unquote

from graft.jsontext import Json, steps
from graft.manifest.shapes import Path

Schema = dict[str, Json]

# Keywords by what they hold: one schema, a list of schemas, schemas by name.
ONE = frozenset(
    {
        "additionalProperties",
        "contains",
        "contentSchema",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)
SEVERAL = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
# `definitions` and `dependencies` are those of older drafts; the meta-schema of 2020-12 still knows them.
NAMED = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs", "definitions", "dependencies"})
# Schemas here are applied only where a `$ref` names them.
UNAPPLIED = frozenset({"$defs", "definitions"})


def children(schema: Schema) -> Iterator[tuple[Path, Json]]:
    """Path and value of each place directly below `schema` where a schema belongs; the value may be anything."""
    for keyword, value in schema.items():
        if keyword in ONE:
            yield (keyword,), value
        elif keyword in SEVERAL and isinstance(value, list):
            for place, child in enumerate(value):
                yield (keyword, place), child
        elif keyword in NAMED and isinstance(value, dict):
            for name, child in value.items():
                yield (keyword, name), child


def positions(schema: Schema) -> Iterator[tuple[Path, Schema]]:
    """Path and schema of `schema` and all schemas in it, at any depth; boolean schemas are left out."""
    pending: list[tuple[Path, Schema]] = [((), schema)]
    while pending:
        path, node = pending.pop()
        yield path, node
        pending += [((*path, *step), child) for step, child in children(node) if isinstance(child, dict)]


def is_local(ref: str) -> bool:
    return ref.startswith("#")


def resolve(root: Schema, ref: str) -> Schema | bool | None:
    """The schema that a local `$ref` names, such as `#` or `#/$defs/a`; None if no schema stands there."""
    try:
        fragment = unquote(ref[1:], errors="strict")
    except UnicodeDecodeError:
        return None
    if fragment and not fragment.startswith("/"):
        return None

    names = steps(fragment)
    node: Json = root
    while names:
        if not isinstance(node, dict):
            return None
        keyword = names.pop(0)
        node = node.get(keyword)
        if keyword in SEVERAL:
            node = _item(node, names.pop(0)) if names else None
        elif keyword in NAMED:
            node = node.get(names.pop(0)) if names and isinstance(node, dict) else None
        elif keyword not in ONE:
            return None

    return node if isinstance(node, (dict, bool)) else None


def _item(items: Json, index: str) -> Json:
    """The item at an index as JSON pointers write it: no sign, no leading zero."""
    if not isinstance(items, list) or not (index.isascii() and index.isdigit()) or str(int(index[:9])) != index:
        return None
    return items[int(index)] if int(index) < len(items) else None
