"""What a document makes entities of, as text that waits for the ids of schemas: it crosses from process to process."""

from collections.abc import Callable, Iterator, Mapping

import msgspec

from graft.jsontext import Json
from graft.openapi_import.extract import Extracted
from graft.openapi_import.match import ImportKey, OperationKey, SchemaKey
from graft.openapi_import.symbols import cut, encoded

FUNCTION = "function"
SCHEMA = "schema"

# The text of a definition of a kind as it is to be stored.
Stored = Callable[[str, bytes], bytes]


class Draft(msgspec.Struct, frozen=True, array_like=True):
    """One entity. `parts` are text and names of components in turn: where a name stands, the id of its entity will."""

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
        """The components that the definition names."""
        return {name.decode() for name in self.parts[1::2]}

    def bound(self, wire_ids: Mapping[str, str]) -> bytes:
        """The definition with the ids (`sch_…`) of what it names."""
        if len(self.parts) == 1:
            return self.parts[0]
        parts = [*self.parts]
        parts[1::2] = [b'"%b"' % wire_ids[name.decode()].encode() for name in parts[1::2]]
        return b"".join(parts)


def drafts_of(extracted: Extracted, stored: Stored = lambda _kind, text: text) -> Iterator[Draft]:
    """The entities of a document: schemas by component, then operations by path and method."""
    for schema in extracted.schemas:
        parts = _parts(schema.definition, SCHEMA, stored)
        yield Draft(schema.name, schema.description, parts, schema.component, None)
    for operation in extracted.operations:
        name = operation.operation_id or f"{operation.method} {operation.path}"
        parts = _parts(operation.definition, FUNCTION, stored)
        place = (operation.operation_id, operation.method, operation.path)
        yield Draft(name, operation.description, parts, None, place)


def _parts(definition: Json, kind: str, stored: Stored) -> list[bytes]:
    text, names = encoded(definition)
    return cut(stored(kind, text), names)
