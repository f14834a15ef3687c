"""From a document to its operations and component schemas, each with the definition of its entity."""

from typing import NamedTuple

from graft.errors import raise_if_any
from graft.jsontext import Json
from graft.openapi_import.document import checked
from graft.openapi_import.grammar import COMPONENTS
from graft.openapi_import.limits import LIMITS, Limits
from graft.openapi_import.operations import Operation, operations_of
from graft.openapi_import.places import Place
from graft.openapi_import.reading import Reading
from graft.openapi_import.text import text_of
from graft.openapi_import.walk import walk


class Schema(NamedTuple):
    """A component schema. `definition` holds a `SchemaRef` for each of the `references`, names of components."""

    component: str
    description: str | None
    definition: Json
    references: frozenset[str]


class Extracted(NamedTuple):
    """What a document holds, sorted: schemas by name, operations by path and method."""

    title: str
    version: str | None
    operations: tuple[Operation, ...]
    schemas: tuple[Schema, ...]


def extract(value: Json, limits: Limits = LIMITS) -> Extracted:
    """The operations under `paths` and the schemas under `components/schemas` of an OpenAPI 3.0 or 3.1 document.

    A schema reference to a component is kept as `SchemaRef`; every other reference, also one to the inside of a schema,
    becomes what it names. Webhooks and components that nothing uses are checked, but are not part of the result.

    `Invalid` lists all that is wrong, with JSON pointers: first what `document.checked` finds, then `wrong-type`,
    `missing`, `foreign-ref`, `dangling-ref`, `ref-cycle`, `ref-chain-too-long`, `nested-too-deep`,
    `definition-too-large`, `expands-too-far`.
    """
    document = checked(value)
    reading = Reading(document, limits)
    schemas = tuple(_schema(reading, name) for name in sorted(document.schemas))
    operations = tuple(operations_of(reading))
    _check_the_rest(reading)
    raise_if_any(reading.problems.values(), "The document has problems.")
    return Extracted(document.title, document.version, operations, schemas)


def _schema(reading: Reading, name: str) -> Schema:
    source = reading.document.schemas[name]
    place = (((None, "components"), "schemas"), name)
    reading.begin_definition(place, source)
    definition = walk(reading, "schema", source, place, 1)
    if isinstance(definition, bool):  # a definition is an object: these say the same
        definition = {} if definition else {"not": {}}
    return Schema(name, text_of(definition, "description"), definition, frozenset(reading.references))


def _check_the_rest(reading: Reading) -> None:
    """Find the problems of what may be referred to but is not."""
    root, components = reading.document.root, reading.document.components
    for name, slot in COMPONENTS.items():
        if name != "schemas":
            _check(reading, slot.kind, components.get(name, {}), ((None, "components"), name))
    if reading.document.minor >= 1:
        _check(reading, "pathItem", root.get("webhooks", {}), (None, "webhooks"))


def _check(reading: Reading, kind: str, objects: Json, place: Place) -> None:
    if not isinstance(objects, dict):
        reading.report(place, "wrong-type", f"Here must be an object that names objects: {kind}.")
        return
    for name, node in objects.items():
        reading.begin_definition((place, name), node)
        walk(reading, kind, node, (place, name), 1)
