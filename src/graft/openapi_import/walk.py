"""Walk through a document by its grammar: copy objects, follow references, and make references to schemas symbolic."""

from typing import Any

from graft.jsontext import Json, Place, nests_deeper
from graft.openapi_import.fields import MISSING, intended_name, intended_value, note_same_headers
from graft.openapi_import.grammar import OVERRIDABLE, REFERABLE, Slot
from graft.openapi_import.lenient import ABSENT, as_list, as_map
from graft.openapi_import.reading import Reading
from graft.openapi_import.resolve import Target, Unresolved, locate
from graft.openapi_import.symbols import SchemaRef


def walk(reading: Reading, kind: str, node: Json, place: Place, depth: int) -> Json:
    """A copy of `node` that can be part of a definition, `depth` objects and arrays deep in it.

    A reference to a schema that is an entity becomes a `SchemaRef`; any other reference is replaced by its target. What
    is wrong is reported to `reading` and stays as it is. What is odd is noted, and gets its evident meaning.
    """
    if not isinstance(node, dict):
        return _not_an_object(reading, kind, node, place, depth)
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
    """As `walk`, for the value of a field: one object, a list or a map of them."""
    if slot.kind == "example" and not isinstance(value, dict):
        reading.odd.note(place, "example-form", "Examples stand here in another form: they are kept as they are.")
        return walk_data(reading, value, place, depth - 1)
    if slot.shape == "one":
        return walk(reading, slot.kind, value, place, depth)
    if depth > reading.limits.definition_depth:
        _report_depth(reading, place)
        return value
    return (_list if slot.shape == "list" else _map)(reading, slot.kind, value, place, depth)


def walk_data(reading: Reading, value: Json, place: Place, depth: int) -> Json:
    """The value as it is, since no reference counts in it. Its depth counts like that of the rest."""
    if isinstance(value, dict | list) and nests_deeper(value, reading.limits.definition_depth - depth):
        _report_depth(reading, place)
    return value


def follow(reading: Reading, kind: str, target: Target, depth: int) -> Json:
    """A copy of a reference's target, walked as `kind`. Raises `Unresolved`, also for a circle, as copies must end."""
    frame = (kind, id(target.node))
    if frame in reading.active:
        if kind == "schema":
            reading.circles = True
        raise Unresolved("ref-cycle", "The reference leads back to itself.")
    if len(reading.active) >= reading.limits.reference_chain:
        raise Unresolved("ref-chain-too-long", f"More than {reading.limits.reference_chain} references in a row.")

    reading.charge(target.node)
    outer = reading.resource, reading.base
    reading.resource, reading.base = None, target.base
    reading.active.append(frame)
    try:
        return walk(reading, kind, target.node, target.place, depth)
    finally:
        reading.active.pop()
        reading.resource, reading.base = outer


def _not_an_object(reading: Reading, kind: str, node: Json, place: Place, depth: int) -> Json:
    """Something else where an object belongs: valid in a few places, and meant as an object in others."""
    if kind == "schema" and isinstance(node, bool):
        return node
    if kind == "example":
        reading.odd.note(place, "example-form", "An example stands here in another form: it is kept as it is.")
        return node
    if kind == "schema" and isinstance(node, list) and place is not None and place[1] == "items":
        reading.odd.note(place, "tuple-items", "A list of schemas stands here: each is for the item at its position.")
        return _list(reading, kind, node, place, depth)

    meant = as_map(reading.odd, place, node)
    if isinstance(meant, dict):
        return meant
    reading.report(place, "wrong-type", f"Here must be an object: {kind}.")
    return node


def _list(reading: Reading, kind: str, value: Json, place: Place, depth: int) -> Json:
    meant = as_list(reading.odd, place, value)
    if not isinstance(meant, list):
        reading.report(place, "wrong-type", f"Here must be an array of objects: {kind}.")
        return value

    walked: list[Json] = []
    for index, item in enumerate(meant):
        # a single object that stands for a list is at the place of the list
        here = (place, index) if meant is value else place
        if item is None:
            reading.odd.note(here, "null", "null stands where an item may be: it is left out.")
        else:
            walked.append(walk(reading, kind, item, here, depth + 1))
    return walked


def _map(reading: Reading, kind: str, value: Json, place: Place, depth: int) -> Json:
    meant = as_map(reading.odd, place, value)
    if not isinstance(meant, dict):
        reading.report(place, "wrong-type", f"Here must be an object that names objects: {kind}.")
        return value
    if kind == "header":
        note_same_headers(reading, meant, place)
    return {name: walk(reading, kind, item, (place, name), depth + 1) for name, item in meant.items()}


def _fields(reading: Reading, kind: str, node: dict[str, Any], place: Place, depth: int) -> dict[str, Any]:
    fields = reading.grammar[kind]
    others = fields.get("*")
    result: dict[str, Any] = {}

    for written, value in node.items():
        name, here = intended_name(reading, kind, written, node, place), (place, written)
        slot = fields.get(name)
        if slot is not None and value is None:
            reading.odd.note(here, "null", ABSENT)
            continue
        if slot is None and others is not None and not name.startswith("x-"):
            slot = others

        if slot is not None:
            result[name] = walk_slot(reading, slot, value, here, depth + 1)
        else:
            meant = intended_value(reading, kind, name, value, here)
            if meant is not MISSING:
                result[name] = walk_data(reading, meant, here, depth)

    return result


def _report_depth(reading: Reading, place: Place) -> None:
    limit = reading.limits.definition_depth
    reading.report(place, "too-deep", f"A definition may nest {limit} deep; this one nests deeper.")


def _object_reference(reading: Reading, kind: str, node: dict[str, Any], place: Place, depth: int) -> Json:
    """A reference that is no schema: a copy of its target, with the fields beside the `$ref` that count."""
    try:
        found = follow(reading, kind, locate(reading.document, reading.names, node["$ref"]), depth)
    except Unresolved as unresolved:
        if kind == "example":  # a broken example is no reason to refuse a document
            return _fields(reading, kind, node, place, depth)
        reading.report((place, "$ref"), unresolved.code, unresolved.detail)
        return node
    if not isinstance(found, dict):
        return found
    if kind == "pathItem":
        return {**found, **_fields(reading, kind, _without_reference(node), place, depth)}

    counting = OVERRIDABLE[kind] if reading.siblings_count else ()
    _note_ignored(reading, [name for name in node if name != "$ref" and name not in counting], place)
    beside = {name: node[name] for name in counting if name in node}
    return {**found, **_fields(reading, kind, beside, place, depth)} if beside else found


def _schema(reading: Reading, node: dict[str, Any], place: Place, depth: int) -> Json:
    if depth > 1 and id(node) in reading.inner:  # at depth 1 it is its own definition
        return _symbol(reading, reading.inner[id(node)])
    if not (reading.siblings_count and id(node) in reading.names.bases):
        return _schema_in_resource(reading, node, place, depth)

    outer = reading.resource, reading.base
    reading.resource, reading.base = node, reading.names.bases[id(node)]
    try:
        return _schema_in_resource(reading, node, place, depth)
    finally:
        reading.resource, reading.base = outer


def _schema_in_resource(reading: Reading, node: dict[str, Any], place: Place, depth: int) -> Json:
    """A schema, where `reading.resource` and `reading.base` are those around or of it."""
    if "$ref" not in node:
        return _with_dynamic_reference(reading, _fields(reading, "schema", node, place, depth))

    siblings: dict[str, Any] = {}
    if reading.siblings_count:
        siblings = _with_dynamic_reference(reading, _fields(reading, "schema", _without_reference(node), place, depth))
    else:
        _note_ignored(reading, [name for name in node if name != "$ref"], place)

    try:
        target = locate(reading.document, reading.names, node["$ref"], reading.base)
        if target.beyond:
            detail = "The $id around it says to look for this inside; it is found in the document."
            reading.odd.note((place, "$ref"), "beyond-id", detail)
        symbol = reading.symbol_of(target)
        if symbol is not None:
            return {**_symbol(reading, symbol), **siblings}
        # the schema with the `$id` is in this definition as a whole, so a reference inside it still finds its target
        if reading.resource is not None and target.resource is reading.resource:
            return {"$ref": node["$ref"], **siblings}
        found = follow(reading, "schema", target, depth + 2 if siblings else depth)
    except Unresolved as unresolved:
        reading.report((place, "$ref"), unresolved.code, unresolved.detail)
        return node

    if not siblings:
        return found
    # The target and what stands beside the reference must both hold. `allOf` says so, whatever their keywords are.
    others = siblings.get("allOf")
    return {**siblings, "allOf": [found, *(others if isinstance(others, list) else ())]}


def _symbol(reading: Reading, name: str) -> dict[str, Any]:
    reading.references.add(name)
    return {"$ref": SchemaRef(name)}


def _with_dynamic_reference(reading: Reading, schema: dict[str, Any]) -> dict[str, Any]:
    """A `$dynamicRef` stays, unless it is a pointer to a schema that is an entity: that becomes symbolic."""
    reference = schema.get("$dynamicRef")
    if not reading.siblings_count or not isinstance(reference, str) or "#/" not in reference:
        return schema
    symbol = _symbol_at(reading, reference)
    return schema if symbol is None else {**schema, "$dynamicRef": SchemaRef(symbol)}


def _discriminator(reading: Reading, node: dict[str, Any], place: Place, depth: int) -> dict[str, Any]:
    fields = _fields(reading, "discriminator", node, place, depth)
    mapping = fields.get("mapping")
    if not isinstance(mapping, dict):
        return fields
    return {**fields, "mapping": {name: _mapping_value(reading, value) for name, value in mapping.items()}}


def _mapping_value(reading: Reading, value: Json) -> Json:
    """A value of a discriminator's mapping: the name of a component, a reference to one, or anything else."""
    if not isinstance(value, str):
        return value
    if value in reading.document.schemas:
        reading.references.add(value)
        return SchemaRef(value)
    symbol = _symbol_at(reading, value)
    return value if symbol is None else SchemaRef(symbol)


def _symbol_at(reading: Reading, reference: str) -> str | None:
    try:
        symbol = reading.symbol_of(locate(reading.document, reading.names, reference, reading.base))
    except Unresolved:
        return None
    if symbol is not None:
        reading.references.add(symbol)
    return symbol


def _note_ignored(reading: Reading, names: list[str], place: Place) -> None:
    for name in names:
        detail = "What stands here beside a $ref has no meaning in this version of OpenAPI: it is left out."
        reading.odd.note((place, name), "beside-ref", detail)


def _without_reference(node: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in node.items() if name != "$ref"}
