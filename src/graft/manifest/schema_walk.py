"""Where JSON Schema 2020-12 has schemas inside a schema, and what a local `$ref` names."""

from collections.abc import Iterator
from urllib.parse import unquote

from graft.jsontext import Json, steps
from graft.manifest.shapes import Path

Schema = dict[str, Json]

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
# `definitions` and `dependencies` are of older drafts; the meta-schema of 2020-12 still knows them
NAMED = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs", "definitions", "dependencies"})
UNAPPLIED = frozenset({"$defs", "definitions"})


def children(schema: Schema) -> Iterator[tuple[Path, Json]]:
    """What stands directly below `schema` where a schema belongs: its path from there, and it."""
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
    """`schema` and every schema in it that is an object, with its path. Boolean schemas say nothing to check."""
    pending: list[tuple[Path, Schema]] = [((), schema)]
    while pending:
        path, node = pending.pop()
        yield path, node
        pending += [((*path, *step), child) for step, child in children(node) if isinstance(child, dict)]


def is_local(ref: str) -> bool:
    return ref.startswith("#")


def resolve(root: Schema, ref: str) -> Schema | bool | None:
    """The schema that a local `$ref` (`#`, `#/$defs/a`) names; None where there is none at that place."""
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
    if not isinstance(items, list) or not (index.isascii() and index.isdigit()) or str(int(index[:9])) != index:
        return None
    return items[int(index)] if int(index) < len(items) else None
