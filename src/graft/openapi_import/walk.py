"""The walk through a document by its grammar: it copies, follows references, and names schemas symbolically."""

from typing import Any

from graft.jsontext import Json
from graft.openapi_import.grammar import OVERRIDABLE, REFERABLE, Slot
from graft.openapi_import.nesting import nests_deeper
from graft.openapi_import.places import Place
from graft.openapi_import.reading import Reading, Unresolved
from graft.openapi_import.resolve import component_of, locate
from graft.openapi_import.symbols import SchemaRef


def walk(reading: Reading, kind: str, node: Json, place: Place, depth: int) -> Json:
    """`node`, of `kind` and `depth` objects and arrays deep in its definition, ready to be part of it.

    A reference to a component schema becomes `SchemaRef`; any other reference becomes what it names. What is wrong is
    reported to `reading`, at its own place, and stays as it is.
    """
    if not isinstance(node, dict):
        if not (kind == "schema" and isinstance(node, bool)):
            reading.report(place, "wrong-type", f"Here must be an object: {kind}.")
        return node
    if depth > reading.limits.definition_depth:
        _report_depth(reading, place)
        return node
    if kind == "schema":
        return _schema(reading, node, place, depth)
    if kind == "discriminator":
        return _discriminator(reading, node, place, depth)
    if kind in REFERABLE and "$ref" in node:
        return _object_reference(reading, kind, node, place, depth)
    return _fields(reading, kind, node, place, depth)


def walk_slot(reading: Reading, slot: Slot, value: Json, place: Place, depth: int) -> Json:
    """`value` of a field: one object, a list or a map of them, `depth` deep."""
    if slot.shape == "one":
        return walk(reading, slot.kind, value, place, depth)
    if depth > reading.limits.definition_depth:
        _report_depth(reading, place)
        return value
    if slot.shape == "list":
        if not isinstance(value, list):
            reading.report(place, "wrong-type", f"Here must be an array of objects: {slot.kind}.")
            return value
        return [walk(reading, slot.kind, item, (place, index), depth + 1) for index, item in enumerate(value)]
    if not isinstance(value, dict):
        reading.report(place, "wrong-type", f"Here must be an object that names objects: {slot.kind}.")
        return value
    return {name: walk(reading, slot.kind, item, (place, name), depth + 1) for name, item in value.items()}


def walk_data(reading: Reading, value: Json, place: Place, depth: int) -> Json:
    """`value` as it is: no reference counts in it, but it nests like the rest."""
    if isinstance(value, dict | list) and nests_deeper(value, reading.limits.definition_depth - depth):
        _report_depth(reading, place)
    return value


def follow(reading: Reading, kind: str, reference: Json, depth: int) -> Json:
    """What `reference` names, walked as `kind`; raises `Unresolved`, also for a cycle: what is inlined must end."""
    target, target_place = locate(reading.document.root, reference)
    if id(target) in reading.active:
        raise Unresolved("ref-cycle", "The reference leads back to itself.")
    if len(reading.active) >= reading.limits.reference_chain:
        raise Unresolved("ref-chain-too-long", f"More than {reading.limits.reference_chain} references in a row.")
    reading.charge(target)
    outer, reading.resource = reading.resource, None
    reading.active.append(id(target))
    try:
        return walk(reading, kind, target, target_place, depth)
    finally:
        reading.active.pop()
        reading.resource = outer


def _fields(reading: Reading, kind: str, node: dict[str, Any], place: Place, depth: int) -> dict[str, Any]:
    fields = reading.grammar[kind]
    others = fields.get("*")
    result: dict[str, Any] = {}
    for name, value in node.items():
        slot = fields.get(name)
        if slot is None and others is not None and not name.startswith("x-"):
            slot = others
        if slot is not None:
            result[name] = walk_slot(reading, slot, value, (place, name), depth + 1)
        else:
            result[name] = walk_data(reading, value, (place, name), depth)
    return result


def _report_depth(reading: Reading, place: Place) -> None:
    limit = reading.limits.definition_depth
    reading.report(place, "nested-too-deep", f"A definition may nest {limit} deep; this one nests deeper.")


def _object_reference(reading: Reading, kind: str, node: dict[str, Any], place: Place, depth: int) -> Json:
    try:
        target = follow(reading, kind, node["$ref"], depth)
    except Unresolved as unresolved:
        if kind == "example":  # never a reason to refuse a document
            return _fields(reading, kind, node, place, depth)
        reading.report((place, "$ref"), unresolved.code, unresolved.detail)
        return node
    if not isinstance(target, dict):
        return target
    if kind == "pathItem":
        return {**target, **_fields(reading, kind, _without_reference(node), place, depth)}
    if reading.siblings_count:
        return {**target, **{name: node[name] for name in OVERRIDABLE[kind] if name in node}}
    return target


def _schema(reading: Reading, node: dict[str, Any], place: Place, depth: int) -> Json:
    if not (reading.siblings_count and isinstance(node.get("$id"), str)):
        return _schema_in_resource(reading, node, place, depth)
    outer, reading.resource = reading.resource, node
    try:
        return _schema_in_resource(reading, node, place, depth)
    finally:
        reading.resource = outer


def _schema_in_resource(reading: Reading, node: dict[str, Any], place: Place, depth: int) -> Json:
    if "$ref" not in node:
        return _fields(reading, "schema", node, place, depth)
    reference = node["$ref"]
    siblings: dict[str, Any] = {}
    if reading.siblings_count:
        siblings = _fields(reading, "schema", _without_reference(node), place, depth)
    if reading.resource is not None and _is_within(reading.resource, reference):
        return {"$ref": reference, **siblings}
    component = component_of(reading.document, reference)
    if component is not None:
        reading.references.add(component)
        return {"$ref": SchemaRef(component), **siblings}
    try:
        target = follow(reading, "schema", reference, depth + 2 if siblings else depth)
    except Unresolved as unresolved:
        reading.report((place, "$ref"), unresolved.code, unresolved.detail)
        return node
    if not siblings:
        return target
    # What stands beside a reference and what it names must both hold: allOf says so, whatever the keywords are.
    others = siblings.get("allOf")
    return {**siblings, "allOf": [target, *(others if isinstance(others, list) else ())]}


def _discriminator(reading: Reading, node: dict[str, Any], place: Place, depth: int) -> dict[str, Any]:
    walk_data(reading, node, place, depth - 1)
    mapping = node.get("mapping")
    if not isinstance(mapping, dict):
        return node
    return {**node, "mapping": {name: _mapped(reading, value) for name, value in mapping.items()}}


def _mapped(reading: Reading, value: Json) -> Json:
    """A value of a discriminator's mapping: the bare name of a component, a reference to one, or anything else."""
    if isinstance(value, str) and value in reading.document.schemas:
        component: str | None = value
    else:
        component = component_of(reading.document, value)
    if component is None:
        return value
    reading.references.add(component)
    return SchemaRef(component)


def _is_within(resource: dict[str, Any], reference: Json) -> bool:
    try:
        locate(resource, reference)
    except Unresolved:
        return False
    return True


def _without_reference(node: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in node.items() if name != "$ref"}
