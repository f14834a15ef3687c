"""Extract the operations and component schemas of a document, each with the definition of its entity."""

from collections.abc import Sequence
from typing import NamedTuple

from graft.errors import Problem, Problems, raise_if_any
from graft.jsontext import Json, Place
from graft.openapi_import.circles import InnerSchema, inner_schemas
from graft.openapi_import.document import check_document
from graft.openapi_import.grammar import COMPONENTS
from graft.openapi_import.lenient import as_map
from graft.openapi_import.limits import LIMITS, Limits
from graft.openapi_import.oddities import Oddities
from graft.openapi_import.operations import Operation, operations_of
from graft.openapi_import.reading import Enough, Reading
from graft.openapi_import.survey import names_of
from graft.openapi_import.text import text_of
from graft.openapi_import.walk import walk


class ExtractedSchema(NamedTuple):
    """A component schema, or an `InnerSchema`, whose `component` is its key.

    `definition` has a `SchemaRef` for each of the `references`, which are the `component`s of other schemas.
    """

    component: str
    name: str
    description: str | None
    definition: Json
    references: frozenset[str]


class Extracted(NamedTuple):
    """The content of a document: schemas sorted by name, operations by path and method; and the warnings."""

    title: str
    version: str | None
    operations: tuple[Operation, ...]
    schemas: tuple[ExtractedSchema, ...]
    warnings: tuple[Problem, ...] = ()
    warnings_left_out: int = 0


def extract(value: Json, limits: Limits = LIMITS, odd: Oddities | None = None) -> Extracted:
    """Extract the operations under `paths` and the schemas under `components/schemas` of a document.

    A reference to a component schema becomes a `SchemaRef`, and so does one to a schema that reaches itself. Every
    other reference is replaced by its target. Webhooks and unused components are checked, but are not part of the
    result. The warnings in `odd`, from reading the text of the document, are.

    `Invalid` lists all that is wrong, with JSON pointers: first what `check_document` finds, then `wrong-type`,
    `missing-key`, `foreign-ref`, `dangling-ref`, `ambiguous-ref`, `ref-cycle`, `ref-chain-too-long`, `too-deep`,
    `definition-too-large`, `expands-too-far`, `newer-feature`, `too-many-entities`.
    """
    odd = odd or Oddities(limits)
    document = check_document(value, odd)
    names = names_of(document.root, document.components, document.minor)

    # Few documents have inner schemas, so they are looked for only when a first reading has met a circle.
    reading = Reading(document, limits, odd, names)
    extracted = _read(reading, ())
    if reading.circles:
        inner = inner_schemas(document, names)
        reading = Reading(document, limits, odd, names, {id(found.target.node): found.key for found in inner})
        extracted = _read(reading, inner)

    too_many = [] if extracted is None else _too_many(extracted, limits)
    raise_if_any(Problems(too_many).take(reading.problems), "The document has problems.")
    assert extracted is not None
    return extracted._replace(warnings=tuple(odd.warnings), warnings_left_out=odd.warnings.left_out)


def _read(reading: Reading, inner: Sequence[InnerSchema]) -> Extracted | None:
    """The content of the document; None where more is wrong than is told."""
    document = reading.document
    try:
        schemas = [_component(reading, name) for name in sorted(document.schemas)]
        schemas += [_inner(reading, found) for found in inner]
        operations = tuple(operations_of(reading))
        _check_what_is_not_imported(reading)
    except Enough:
        return None
    return Extracted(document.title, document.version, operations, tuple(schemas))


def _too_many(extracted: Extracted, limits: Limits) -> list[Problem]:
    found = len(extracted.operations) + len(extracted.schemas)
    if found <= limits.entities:
        return []
    detail = f"The document has {found} operations and schemas; an import may make {limits.entities} entities."
    return [Problem("", "too-many-entities", detail)]


def _component(reading: Reading, name: str) -> ExtractedSchema:
    return _schema(reading, name, name, reading.document.schemas[name], (((None, "components"), "schemas"), name), "")


def _inner(reading: Reading, inner: InnerSchema) -> ExtractedSchema:
    return _schema(reading, inner.key, inner.name, inner.target.node, inner.target.place, inner.target.base)


def _schema(reading: Reading, component: str, name: str, source: Json, place: Place, base: str) -> ExtractedSchema:
    reading.begin_definition(place, source)
    reading.odd.note_name(place, name)
    reading.base = base
    definition = walk(reading, "schema", source, place, 1)
    reading.base = ""
    if isinstance(definition, bool):  # a definition must be an object: these are the objects of the same meaning
        definition = {} if definition else {"not": {}}
    return ExtractedSchema(
        component, name, text_of(definition, "description"), definition, frozenset(reading.references)
    )


def _check_what_is_not_imported(reading: Reading) -> None:
    """Report the problems of components that nothing refers to and of webhooks, and note that webhooks are left out."""
    root, components = reading.document.root, reading.document.components
    for name, slot in COMPONENTS.items():
        if name != "schemas":
            _check(reading, slot.kind, components.get(name, {}), ((None, "components"), name))
    webhooks = root.get("webhooks")
    if reading.document.minor >= 1 and webhooks is not None:
        place: Place = (None, "webhooks")
        _check(reading, "pathItem", webhooks, place)
        if webhooks:
            reading.odd.note(place, "left-out", "Webhooks are not imported: no entity is made of them.")


def _check(reading: Reading, kind: str, objects: Json, place: Place) -> None:
    objects = as_map(reading.odd, place, objects)
    if not isinstance(objects, dict):
        reading.report(place, "wrong-type", f"Here must be an object that names objects: {kind}.")
        return
    for name, node in objects.items():
        reading.begin_definition((place, name), node)
        walk(reading, kind, node, (place, name), 1)
