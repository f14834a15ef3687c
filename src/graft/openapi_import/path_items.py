"""Path items: what they hold after their reference is followed, and what they share with each of their operations."""

from typing import Any, NamedTuple

from graft.jsontext import Json
from graft.openapi_import.grammar import METHODS, Slot
from graft.openapi_import.places import Place
from graft.openapi_import.reading import Reading, Unresolved
from graft.openapi_import.resolve import locate
from graft.openapi_import.walk import walk_slot

_PARAMETERS = Slot("list", "parameter")
_SERVERS = Slot("list", "server")


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
        check_parameters(reading, parameters, fields["parameters"].place)
    servers = _walked(reading, fields.get("servers"), _SERVERS)
    return PathItem(fields, texts, parameters, servers, frozenset(reading.references), reading.size)


def check_parameters(reading: Reading, parameters: list[Json], place: Place) -> None:
    """Report parameters without `name` or `in`: nothing could override them."""
    for index, parameter in enumerate(parameters):
        for name in ("name", "in"):
            if isinstance(parameter, dict) and "$ref" not in parameter and not isinstance(parameter.get(name), str):
                code = "wrong-type" if name in parameter else "missing"
                reading.report(((place, index), name), code, f"A parameter needs the text {name}.")


def identity(parameter: Json) -> tuple[Json, Json]:
    """What makes two parameters the same one: `name` and `in`."""
    if not isinstance(parameter, dict):
        return None, None
    return str(parameter.get("name")), str(parameter.get("in"))


def _fields(reading: Reading, node: Json, place: Place) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    seen: list[Any] = []
    while True:
        if not isinstance(node, dict):
            reading.report(place, "wrong-type", "Here must be an object: pathItem.")
            return fields
        if any(node is earlier for earlier in seen):
            reading.report(place, "ref-cycle", "The reference leads back to itself.")
            return fields
        seen.append(node)
        for name, value in node.items():
            fields.setdefault(name, Field(value, (place, name)))
        if "$ref" not in node:
            return fields
        if len(seen) > reading.limits.reference_chain:
            detail = f"More than {reading.limits.reference_chain} references in a row."
            reading.report((place, "$ref"), "ref-chain-too-long", detail)
            return fields
        try:
            target, target_place = locate(reading.document.root, node["$ref"])
            reading.charge(target)
        except Unresolved as unresolved:
            reading.report((place, "$ref"), unresolved.code, unresolved.detail)
            return fields
        node, place = target, target_place


def _walked(reading: Reading, field: Field | None, slot: Slot) -> list[Json] | None:
    if field is None:
        return None
    walked = walk_slot(reading, slot, field.value, field.place, 2)
    return walked if isinstance(walked, list) else None
