"""The entities of a document as JSON text with holes for the ids of schemas, which are not known yet.

The document is read in a process of its own (`imports/worker.py`). Drafts are what comes back from there.
"""

from collections.abc import Callable, Iterator, Mapping

import msgspec

from graft.jsontext import Json
from graft.openapi_import.extract import Extracted
from graft.openapi_import.match import ImportKey, OperationKey, SchemaKey
from graft.openapi_import.symbols import encode_with_holes, split_at_holes

FUNCTION = "function"
SCHEMA = "schema"

# Takes a kind and the text of a definition; returns the text that is to be stored.
Transform = Callable[[str, bytes], bytes]


class Draft(msgspec.Struct, frozen=True, array_like=True):
    """One entity of a document, a schema or an operation.

    parts: the definition as text and names of components in turn; the id of its entity replaces each name
    component: of a schema, its name under `components/schemas`, or a pointer (`InnerSchema.key`)
    operation: of an operation, its operationId, method and path
    """

    name: str
    description: str | None
    parts: list[bytes]
    component: str | None
    operation: tuple[str | None, str, str] | None

    @property
    def key(self) -> ImportKey:
        return SchemaKey(self.component or "") if self.operation is None else OperationKey(*self.operation)

    @property
    def kind(self) -> str:
        return SCHEMA if self.operation is None else FUNCTION

    @property
    def references(self) -> set[str]:
        """The components that the definition refers to."""
        return {name.decode() for name in self.parts[1::2]}

    def with_ids(self, wire_ids: Mapping[str, str]) -> bytes:
        """The definition as compact JSON; `wire_ids` maps components to ids (`sch_…`)."""
        if len(self.parts) == 1:
            return self.parts[0]
        parts = [*self.parts]
        parts[1::2] = [b'"%b"' % wire_ids[name.decode()].encode() for name in parts[1::2]]
        return b"".join(parts)


def drafts_of(extracted: Extracted, transform: Transform = lambda _kind, text: text) -> Iterator[Draft]:
    """The entities of a document: schemas by component, then operations by path and method."""
    for schema in extracted.schemas:
        parts = _parts(schema.definition, SCHEMA, transform)
        yield Draft(schema.name, schema.description, parts, schema.component, None)

    for operation in extracted.operations:
        name = operation.operation_id or f"{operation.method} {operation.path}"
        parts = _parts(operation.definition, FUNCTION, transform)
        place = (operation.operation_id, operation.method, operation.path)
        yield Draft(name, operation.description, parts, None, place)


def _parts(definition: Json, kind: str, transform: Transform) -> list[bytes]:
    text, names = encode_with_holes(definition)
    return split_at_holes(transform(kind, text), names)
