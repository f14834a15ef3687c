"""Path items: what they hold after their reference is followed, and what they share with each of their operations."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from graft.jsontext import Json, Place
from graft.openapi_import.fields import MISSING, named, note_unknown, taken
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


class Field(NamedTuple):
    value: Json
    place: Place


class PathItem(NamedTuple):
    """`fields` by name, with their places; `size` bytes of them are shared by the operations and ready to be used."""

    fields: dict[str, Field]
    texts: dict[str, Json]
    parameters: list[Json]
    servers: list[Json] | None
    references: frozenset[str]
    size: int


def path_item(reading: Reading, node: Json, place: Place) -> PathItem:
    """The path item `node`. What stands beside a reference goes before what the reference brings in."""
    reading.begin_definition(place, None)
    fields = _fields(reading, node, place)
    reading.begin_definition(place, [field.value for name, field in fields.items() if name not in METHODS])
    texts = {name: fields[name].value for name in ("summary", "description") if name in fields}
    parameters = _walked(reading, fields.get("parameters"), _PARAMETERS) or []
    if parameters:
        parameters = check_parameters(reading, parameters, fields["parameters"].place)
    servers = _walked(reading, fields.get("servers"), _SERVERS)
    return PathItem(fields, texts, parameters, servers, frozenset(reading.references), reading.size)


def check_parameters(reading: Reading, parameters: list[Json], place: Place) -> list[Json]:
    """The parameters with `in` as the specification writes it; those without `name` or `in` are reported."""
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
    """What makes two parameters the same one: `name` and `in`; the name of a header counts in any case."""
    if not isinstance(parameter, dict):
        return None, None
    name, where = str(parameter.get("name")), str(parameter.get("in"))
    return name.lower() if where == "header" else name, where


def _fields(reading: Reading, node: Json, place: Place) -> dict[str, Field]:
    fields: dict[str, Field] = {}
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


def _own_fields(reading: Reading, node: dict[str, Any], place: Place) -> Iterator[tuple[str, Field]]:
    """The fields that stand in this object, as they are meant."""
    for written, value in node.items():
        here = (place, written)
        name = named(reading, "pathItem", written, node, place)
        if name in _OBJECTS:
            if value is None:
                reading.odd.note(here, "null", ABSENT)
            else:
                yield name, Field(value, here)
            continue
        meant = taken(reading, "pathItem", name, value, here)
        if meant is not MISSING:
            yield name, Field(meant, here)
        if name not in _NAMES:
            note_unknown(reading, "pathItem", name, here)


def _walked(reading: Reading, field: Field | None, slot: Slot) -> list[Json] | None:
    if field is None:
        return None
    walked = walk_slot(reading, slot, field.value, field.place, 2)
    return walked if isinstance(walked, list) else None
