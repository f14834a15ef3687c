"""What a raw OpenAPI document says about each operation and schema, so that two documents can be compared.

Written for the demonstration without the importer's code, to check what the importer makes of the same documents.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import unquote

import msgspec

from demo.documents import METHODS
from graft.jsontext import Json

_SCHEMAS = "#/components/schemas/"
# Where objects hold others, as `one`, a `list` or a `map` of `part`, `schema`, `callback` or `leaf`; the rest is data.
_PART_FIELDS = {
    "schema": ("one", "schema"),
    "requestBody": ("one", "part"),
    "parameters": ("list", "part"),
    **dict.fromkeys(("responses", "headers", "content", "encoding"), ("map", "part")),
    **dict.fromkeys(("examples", "links"), ("map", "leaf")),
    "callbacks": ("map", "callback"),
}
_SCHEMA_FIELDS = {
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), ("list", "schema")),
    **dict.fromkeys(("not", "items", "additionalProperties"), ("one", "schema")),
    "properties": ("map", "schema"),
}
_SCHEMA_FIELDS_3_1 = {
    **_SCHEMA_FIELDS,
    "prefixItems": ("list", "schema"),
    **dict.fromkeys(("patternProperties", "dependentSchemas", "$defs", "definitions"), ("map", "schema")),
    **dict.fromkeys(("if", "then", "else", "contains", "propertyNames", "contentSchema"), ("one", "schema")),
    **dict.fromkeys(("unevaluatedItems", "unevaluatedProperties"), ("one", "schema")),
}
_OWN = ("operationId", "tags", "deprecated", "externalDocs", "requestBody", "responses", "callbacks")
_encoder = msgspec.json.Encoder(order="sorted", decimal_format="number")


class Place(NamedTuple):
    method: str
    path: str


class Said(NamedTuple):
    """What a document says about one thing: two that mean the same have equal `text`. `schemas`: what it names."""

    text: bytes
    schemas: frozenset[str]


class Meaning(NamedTuple):
    """Operations by place, with their `operationId`s, and component schemas by name."""

    operations: dict[Place, Said]
    ids: dict[Place, str | None]
    schemas: dict[str, Said]

    def closure(self) -> set[str]:
        """The schemas that operations reach."""
        reached: set[str] = set()
        waiting = [name for said in self.operations.values() for name in said.schemas]
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting += self.schemas[name].schemas
        return reached


def meaning_of(document: Mapping[str, Json]) -> Meaning:
    """The meaning of an OpenAPI 3.0 or 3.1 document that was imported without complaint."""
    reader = _Reader(document)
    meaning = Meaning({}, {}, {})
    for name, schema in reader.schemas.items():
        meaning.schemas[name] = reader.said(reader.schema, schema)
    for path, node in document.get("paths", {}).items():
        item = reader.merged(node) if path.startswith("/") else {}
        for method in METHODS:
            if method in item:
                place = Place(method.upper(), path)
                meaning.ids[place] = item[method].get("operationId")
                meaning.operations[place] = reader.said(reader.operation, place, item, item[method])
    return meaning


@dataclass(slots=True)
class _Reader:
    """Follows every reference but those to component schemas, whose names it collects."""

    root: Mapping[str, Json]
    named: set[str] = field(default_factory=set[str])
    following: list[str] = field(default_factory=list[str])

    @property
    def schemas(self) -> Mapping[str, Json]:
        return self.root.get("components", {}).get("schemas", {})

    @property
    def newer(self) -> bool:
        """3.1: what stands beside a reference counts."""
        return not str(self.root["openapi"]).startswith("3.0")

    def said(self, read: Callable[..., Json], *of: Any) -> Said:
        self.named = set()
        text = _encoder.encode(read(*of))
        return Said(text, frozenset(self.named))

    def operation(self, place: Place, item: Mapping[str, Json], own: Mapping[str, Json]) -> Json:
        """An operation with what its path item and the document share with it."""
        shared = [self.part(parameter) for parameter in item.get("parameters", [])]
        parameters = [self.part(parameter) for parameter in own.get("parameters", [])]
        overridden = {(parameter["name"], parameter["in"]) for parameter in parameters}
        shared = [one for one in shared if (one["name"], one["in"]) not in overridden]
        return {
            "place": place,
            "own": self._fields({name: own[name] for name in _OWN if name in own}, _PART_FIELDS),
            "texts": [
                [holder[name] for holder in (own, item) if name in holder] for name in ("summary", "description")
            ],
            "servers": own.get("servers") or item.get("servers") or self.root.get("servers"),
            "security": own.get("security", self.root.get("security")),
            "parameters": shared + parameters,
            "extensions": {**_extensions(item), **_extensions(own)},
        }

    def merged(self, node: Mapping[str, Json]) -> dict[str, Json]:
        """A path item: what stands beside its reference goes before what that brings in."""
        beside = {name: value for name, value in node.items() if name != "$ref"}
        target = self._target(node["$ref"]) if "$ref" in node else None
        return beside if target is None else {**self.merged(target), **beside}

    def part(self, node: Json) -> Json:
        """A parameter, header, request body, response or media type."""
        if not isinstance(node, dict):
            return node
        if "$ref" not in node:
            return self._fields(node, _PART_FIELDS)
        target = self._followed(node["$ref"], self.part)
        beside = {name: node[name] for name in ("summary", "description") if name in node and self.newer}
        return {**target, **beside} if isinstance(target, dict) else node

    def leaf(self, node: Json) -> Json:
        """An example or a link, in which nothing is followed."""
        target = self._target(node["$ref"]) if isinstance(node, dict) and "$ref" in node else None
        return node if target is None else target

    def callback(self, node: Json) -> Json:
        if isinstance(node, dict) and "$ref" in node:
            return self._followed(node["$ref"], self.callback)
        return {name: value if name.startswith("x-") else self.path_item(value) for name, value in node.items()}

    def path_item(self, node: Mapping[str, Json]) -> Json:
        item = self.merged(node)
        return {
            name: self.part(value) if name in METHODS else self._field(name, value, _PART_FIELDS)
            for name, value in item.items()
        }

    def schema(self, node: Json) -> Json:
        if not isinstance(node, dict):
            return node
        fields = _SCHEMA_FIELDS_3_1 if self.newer else _SCHEMA_FIELDS
        if "$ref" not in node:
            return self._fields(node, fields)
        beside = {name: value for name, value in node.items() if name != "$ref"} if self.newer else {}
        beside = self._fields(beside, fields)
        name = self._component(node["$ref"])
        if name is not None:
            self.named.add(name)
            return {"component": name, **({"beside": beside} if beside else {})}
        target = self._followed(node["$ref"], self.schema)
        if target is None:
            return {"$ref": node["$ref"], **beside}
        return {"inline": target, "beside": beside} if beside else target

    def _fields(self, node: Mapping[str, Json], fields: Mapping[str, tuple[str, str]]) -> dict[str, Json]:
        return {name: self._field(name, value, fields) for name, value in node.items()}

    def _field(self, name: str, value: Json, fields: Mapping[str, tuple[str, str]]) -> Json:
        if name == "discriminator" and isinstance(value, dict) and isinstance(value.get("mapping"), dict):
            return {**value, "mapping": {key: self._mapped(target) for key, target in value["mapping"].items()}}
        shape, kind = fields.get(name, ("", ""))
        if shape == "one":
            return self._read(kind, value)
        if shape == "list" and isinstance(value, list):
            return [self._read(kind, item) for item in value]
        if shape == "map" and isinstance(value, dict):
            extended = name == "responses"
            return {
                key: item if extended and key.startswith("x-") else self._read(kind, item)
                for key, item in value.items()
            }
        return value

    def _read(self, kind: str, value: Json) -> Json:
        read = {"part": self.part, "schema": self.schema, "callback": self.callback, "leaf": self.leaf}
        return read[kind](value)

    def _mapped(self, value: Json) -> Json:
        name = value if value in self.schemas else self._component(value)
        if name is None:
            return value
        self.named.add(name)
        return {"component": name}

    def _component(self, reference: Json) -> str | None:
        """The name of the component schema that is referred to as a whole."""
        if not isinstance(reference, str) or not reference.startswith(_SCHEMAS):
            return None
        names = (parts[2] for parts in _spelled(reference) if len(parts) == 3)
        return next((name for name in names if name in self.schemas), None)

    def _followed(self, reference: str, read: Callable[[Json], Json]) -> Json:
        """What a reference names, read; None for what is not there or leads back to itself."""
        target = self._target(reference)
        if target is None or reference in self.following:
            return None
        self.following.append(reference)
        try:
            return read(target)
        finally:
            self.following.pop()

    def _target(self, reference: Json) -> Any:
        if isinstance(reference, str) and reference.startswith("#/"):
            for parts in _spelled(reference):
                node: Json = self.root
                for part in parts:
                    node = _child(node, part)
                if node is not None:
                    return node
        return None


def _spelled(reference: str) -> Iterator[list[str]]:
    """The parts of a pointer, percent-decoded and as written: both are found in the wild."""
    for text in dict.fromkeys((unquote(reference[2:]), reference[2:])):
        yield [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")]


def _child(node: Json, part: str) -> Json:
    if isinstance(node, dict):
        return node.get(part)
    return node[int(part)] if isinstance(node, list) and part.isdigit() and int(part) < len(node) else None


def _extensions(node: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in node.items() if name.startswith("x-")}
