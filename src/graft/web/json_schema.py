"""The JSON Schemas of the structs that requests and replies are made of, as components of an OpenAPI document."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

import msgspec
from msgspec import UnsetType

Schema = dict[str, Any]

_REFERENCE = "#/components/schemas/{name}"


@dataclass(frozen=True, slots=True)
class Schemas:
    """`named` are the components; `of` has the schema of each type: of a struct, a reference to one of them."""

    of: Mapping[Any, Schema]
    named: dict[str, Schema]

    def component(self, struct: type[msgspec.Struct]) -> Schema:
        return self.named[name_of(self.of[struct])]


def make_schemas(requests: Iterable[Any], replies: Iterable[Any]) -> Schemas:
    """The schemas of these types and of all structs inside them.

    A struct of a request refuses keys that it does not know; one of a reply always has all of its keys.
    """
    asked, told = _structs(requests), _structs(replies)
    kinds = list(dict.fromkeys([*requests, *replies, *asked, *told]))
    found, named = msgspec.json.schema_components(kinds, ref_template=_REFERENCE)
    references = {_REFERENCE.format(name=name): _REFERENCE.format(name=_short(name)) for name in named}
    schemas = Schemas(
        {kind: _renamed(schema, references) for kind, schema in zip(kinds, found, strict=True)},
        {_short(name): _renamed(schema, references) for name, schema in named.items()},
    )
    for struct in dict.fromkeys([*asked, *told]):
        _complete(schemas.component(struct), struct, asked=struct in asked)
    return schemas


def name_of(reference: Schema) -> str:
    """The component that a reference names."""
    return reference["$ref"].rpartition("/")[2]


def without_null(schema: Schema) -> Schema:
    """The schema without null, and without a default that is null: for values that cannot be written as null."""
    kept = {key: value for key, value in schema.items() if (key, value) != ("default", None)}
    variants = [variant for variant in kept.get("anyOf", []) if variant != {"type": "null"}]
    if len(variants) == 1:
        del kept["anyOf"]
        kept |= variants[0]
    return kept


def _structs(kinds: Iterable[Any]) -> list[type[msgspec.Struct]]:
    found: dict[type[msgspec.Struct], None] = {}
    pending = list(kinds)
    while pending:
        kind = pending.pop()
        if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
            pending += get_args(kind)
        elif kind not in found:
            found[kind] = None
            pending += [field.type for field in msgspec.structs.fields(kind)]
    return list(found)


def _complete(component: Schema, struct: type[msgspec.Struct], *, asked: bool) -> None:
    """What msgspec cannot know: our timestamps have their zone, and how strict requests and replies are."""
    fields = msgspec.structs.fields(struct)
    for field in fields:
        schema = component["properties"][field.encode_name]
        _hoist_description(schema)
        if _holds(field.type, datetime):
            for variant in schema.get("anyOf", [schema]):
                if variant.get("type") == "string":
                    variant["format"] = "date-time"
        # \Z is Python's; it is "end of text" also where a line feed stands last, which $ means everywhere else
        for variant in schema.get("anyOf", [schema]):
            if "pattern" in variant:
                variant["pattern"] = variant["pattern"].replace(r"\Z", "$")
        if not asked:
            schema.pop("default", None)
    if asked:
        component["additionalProperties"] = False
    else:
        component["required"] = [field.encode_name for field in fields if not _holds(field.type, UnsetType)]
    if not component["required"]:
        del component["required"]


def _hoist_description(schema: Schema) -> None:
    """What is said of the one type beside null is said of the field."""
    variants = [variant for variant in schema.get("anyOf", []) if "description" in variant]
    for variant in variants:
        description = variant.pop("description")
        schema.setdefault("description", description)


def _short(name: str) -> str:
    """Of two structs of one name msgspec says the modules; we say the slices: `InstallsMember`, `WorkspacesMember`."""
    parts = name.split(".")
    return parts[1].capitalize() + parts[-1] if len(parts) > 1 else name


def _renamed(tree: Any, references: Mapping[str, str]) -> Any:
    if isinstance(tree, dict):
        return {
            key: references.get(child, child) if key == "$ref" else _renamed(child, references)
            for key, child in tree.items()
        }
    return [_renamed(child, references) for child in tree] if isinstance(tree, list) else tree


def _holds(kind: Any, wanted: type) -> bool:
    return kind is wanted or any(_holds(part, wanted) for part in get_args(kind))
