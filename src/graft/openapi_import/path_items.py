"""Read path items: their fields after references are followed, and what each of their operations inherits."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from graft.jsontext import Json, Place
from graft.openapi_import.fields import MISSING, intended_name, intended_value, note_unknown
from graft.openapi_import.grammar import METHODS, NEWER, Slot
from graft.openapi_import.lenient import ABSENT, as_map
from graft.openapi_import.reading import Reading
from graft.openapi_import.resolve import Unresolved, locate
from graft.openapi_import.shapes import place_name
from graft.openapi_import.walk import walk_slot

_PARAMETERS = Slot("list", "parameter")
_SERVERS = Slot("list", "server")
_OBJECTS = frozenset({*METHODS, "parameters", "servers"})
_NAMES = frozenset({"summary", "description", *NEWER["pathItem"]})


class PathItemField(NamedTuple):
    """A value and its place, which may be in the target of a reference."""

    value: Json
    place: Place


class PathItem(NamedTuple):
    """A path item. `fields` are as they were read, the operations among them.

    `texts`, `parameters` and `servers` are what operations inherit: they are walked already, and have `size` bytes.
    """

    fields: dict[str, PathItemField]
    texts: dict[str, Json]
    parameters: list[Json]
    servers: list[Json] | None
    references: frozenset[str]
    size: int


def path_item(reading: Reading, node: Json, place: Place) -> PathItem:
    """Read the path item `node`. Fields beside a `$ref` override those of its target."""
    reading.begin_definition(place, None)
    fields = _fields(reading, node, place)

    reading.begin_definition(place, [field.value for name, field in fields.items() if name not in METHODS])
    texts = {name: fields[name].value for name in ("summary", "description") if name in fields}
    parameters = _walk_list(reading, fields.get("parameters"), _PARAMETERS) or []
    if parameters:
        parameters = check_parameters(reading, parameters, fields["parameters"].place)
    servers = _walk_list(reading, fields.get("servers"), _SERVERS)

    return PathItem(fields, texts, parameters, servers, frozenset(reading.references), reading.size)


def check_parameters(reading: Reading, parameters: list[Json], place: Place) -> list[Json]:
    """The parameters, with `in` in the case of the specification. One without `name` or `in` is reported."""
    checked: list[Json] = []
    seen: set[tuple[Json, Json]] = set()
    for index, parameter in enumerate(parameters):
        here = (place, index)
        if isinstance(parameter, dict) and "$ref" not in parameter:
            checked.append(_parameter(reading, parameter, here))
            if identity(checked[-1]) in seen:
                reading.odd.note(here, "same-parameter", "The parameter stands in the list twice: both stay.")
            seen.add(identity(checked[-1]))
        else:
            checked.append(parameter)
    return checked


def _parameter(reading: Reading, parameter: dict[str, Any], place: Place) -> dict[str, Any]:
    for name in ("name", "in"):
        if not isinstance(parameter.get(name), str):
            code = "wrong-type" if name in parameter else "missing-key"
            reading.report((place, name), code, f"A parameter needs the text {name}.")
            return parameter

    meant = place_name(parameter["in"])
    if meant == parameter["in"]:
        return parameter
    reading.odd.note((place, "in"), "name-case", f"The name is taken for {meant}.")
    return {**parameter, "in": meant}


def identity(parameter: Json) -> tuple[Json, Json]:
    """What makes two parameters the same one: `name` and `in`. Names of headers are compared in lower case."""
    if not isinstance(parameter, dict):
        return None, None
    name, where = str(parameter.get("name")), str(parameter.get("in"))
    return name.lower() if where == "header" else name, where


def _fields(reading: Reading, node: Json, place: Place) -> dict[str, PathItemField]:
    """The fields of a path item and of those that its chain of `$ref`s leads to; the first of a name counts."""
    fields: dict[str, PathItemField] = {}
    seen: list[Any] = []

    while True:
        node = as_map(reading.odd, place, node)
        if not isinstance(node, dict):
            reading.report(place, "wrong-type", "Here must be an object: pathItem.")
            return fields
        if any(node is earlier for earlier in seen):
            reading.report(place, "ref-cycle", "The reference leads back to itself.")
            return fields
        seen.append(node)

        for name, field in _own_fields(reading, node, place):
            fields.setdefault(name, field)
        if "$ref" not in node:
            return fields

        if len(seen) > reading.limits.reference_chain:
            detail = f"More than {reading.limits.reference_chain} references in a row."
            reading.report((place, "$ref"), "ref-chain-too-long", detail)
            return fields
        try:
            target = locate(reading.document, reading.names, node["$ref"])
            reading.charge(target.node)
        except Unresolved as unresolved:
            reading.report((place, "$ref"), unresolved.code, unresolved.detail)
            return fields
        node, place = target.node, target.place


def _own_fields(reading: Reading, node: dict[str, Any], place: Place) -> Iterator[tuple[str, PathItemField]]:
    """The fields of this object, with the names and values that they evidently mean."""
    for written, value in node.items():
        here = (place, written)
        name = intended_name(reading, "pathItem", written, node, place)
        if name in _OBJECTS:
            if value is None:
                reading.odd.note(here, "null", ABSENT)
            else:
                yield name, PathItemField(value, here)
            continue

        meant = intended_value(reading, "pathItem", name, value, here)
        if meant is not MISSING:
            yield name, PathItemField(meant, here)
        if name not in _NAMES:
            note_unknown(reading, "pathItem", name, here)


def _walk_list(reading: Reading, field: PathItemField | None, slot: Slot) -> list[Json] | None:
    if field is None:
        return None
    walked = walk_slot(reading, slot, field.value, field.place, 2)
    return walked if isinstance(walked, list) else None
