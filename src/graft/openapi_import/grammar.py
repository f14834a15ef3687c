"""Where an OpenAPI document has objects, schemas and references. Everything else in it is data and left alone.

`GRAMMARS[minor]` maps the kind of an object to its fields that hold further objects; a field named `*` stands for all
others but `x-…`. A `$ref` counts only in an object of a kind in `REFERABLE`. So it never counts in an example, a
default, an enum, an extension, or where a property happens to be named `$ref`.
"""

from typing import Literal, NamedTuple


class Slot(NamedTuple):
    """What a field holds: one object of a kind, a list of them, or a map of them by any name."""

    shape: Literal["one", "list", "map"]
    kind: str


Fields = dict[str, Slot]
Grammar = dict[str, Fields]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

# The kinds that may be a reference, and the fields beside a `$ref` that override those of its target in 3.1; all others
# are ignored. Schemas and path items are not here, as with them every field beside a `$ref` counts.
OVERRIDABLE: dict[str, tuple[str, ...]] = {
    "parameter": ("description",),
    "header": ("description",),
    "requestBody": ("description",),
    "response": ("description",),
    "link": ("description",),
    "example": ("summary", "description"),
    "callback": (),
}
REFERABLE = frozenset({*OVERRIDABLE, "schema", "pathItem"})

_PARAMETER_OR_HEADER: Fields = {
    "schema": Slot("one", "schema"),
    "content": Slot("map", "mediaType"),
    "examples": Slot("map", "example"),
}

_OBJECTS: Grammar = {
    "pathItem": {
        **{method: Slot("one", "operation") for method in METHODS},
        "parameters": Slot("list", "parameter"),
        "servers": Slot("list", "server"),
    },
    "operation": {
        "parameters": Slot("list", "parameter"),
        "requestBody": Slot("one", "requestBody"),
        "responses": Slot("one", "responses"),
        "callbacks": Slot("map", "callback"),
        "security": Slot("list", "securityRequirement"),
        "servers": Slot("list", "server"),
    },
    "responses": {"*": Slot("one", "response")},
    "callback": {"*": Slot("one", "pathItem")},
    "parameter": _PARAMETER_OR_HEADER,
    "header": _PARAMETER_OR_HEADER,
    "requestBody": {"content": Slot("map", "mediaType")},
    "response": {
        "headers": Slot("map", "header"),
        "content": Slot("map", "mediaType"),
        "links": Slot("map", "link"),
    },
    "mediaType": {
        "schema": Slot("one", "schema"),
        "examples": Slot("map", "example"),
        "encoding": Slot("map", "encoding"),
    },
    "encoding": {"headers": Slot("map", "header")},
    "example": {},
    "link": {},
    "server": {"variables": Slot("map", "serverVariable")},
    "serverVariable": {},
    "securityRequirement": {},
    "discriminator": {},
}

_SCHEMA_3_0: Fields = {
    **{name: Slot("list", "schema") for name in ("allOf", "anyOf", "oneOf")},
    **{name: Slot("one", "schema") for name in ("not", "items", "additionalItems", "additionalProperties")},
    "properties": Slot("map", "schema"),
    "discriminator": Slot("one", "discriminator"),
}

_SCHEMA_3_1: Fields = {
    **_SCHEMA_3_0,
    "prefixItems": Slot("list", "schema"),
    **{
        name: Slot("one", "schema")
        for name in (
            "if",
            "then",
            "else",
            "contains",
            "propertyNames",
            "unevaluatedItems",
            "unevaluatedProperties",
            "contentSchema",
        )
    },
    **{name: Slot("map", "schema") for name in ("patternProperties", "dependentSchemas", "$defs", "definitions")},
}

GRAMMARS: dict[int, Grammar] = {
    0: {**_OBJECTS, "schema": _SCHEMA_3_0},
    1: {**_OBJECTS, "schema": _SCHEMA_3_1},
}

# The fields that 3.2 added and that would be lost or misread as 3.1: a document with any of them is refused.
NEWER: dict[str, frozenset[str]] = {
    "document": frozenset({"$self"}),
    "components": frozenset({"mediaTypes"}),
    "pathItem": frozenset({"query", "additionalOperations"}),
    "mediaType": frozenset({"$ref", "itemSchema", "itemEncoding", "prefixEncoding"}),
    "encoding": frozenset({"encoding", "itemEncoding", "prefixEncoding"}),
    "example": frozenset({"dataValue", "serializedValue"}),
    "discriminator": frozenset({"defaultMapping"}),
}

COMPONENTS: Fields = {
    "schemas": Slot("map", "schema"),
    "responses": Slot("map", "response"),
    "parameters": Slot("map", "parameter"),
    "examples": Slot("map", "example"),
    "requestBodies": Slot("map", "requestBody"),
    "headers": Slot("map", "header"),
    "links": Slot("map", "link"),
    "callbacks": Slot("map", "callback"),
    "pathItems": Slot("map", "pathItem"),
}
