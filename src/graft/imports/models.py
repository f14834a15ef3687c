"""What an import is asked and answers."""

from typing import Annotated

import msgspec
from msgspec import Meta


class ImportQuery(msgspec.Struct, frozen=True, rename="camel"):
    """`source` names the line of documents that update the same entities; by default the document's title.

    With `integrationId` the operations become the members of that draft's manifest.
    """

    workspace_id: str
    source: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,127}\Z")] | None = None
    integration_id: str | None = None


class Counts(msgspec.Struct, frozen=True):
    """How many entities of one kind; `revived` were deleted and are in the document again."""

    added: int
    changed: int
    revived: int
    unchanged: int
    gone: int


class Gone(msgspec.Struct, frozen=True):
    """An entity of an earlier document that this one does not have; it stays."""

    id: str
    slug: str
    name: str


class Imported(msgspec.Struct, frozen=True, rename="camel"):
    source: str
    operations: Counts
    schemas: Counts
    gone: list[Gone]
    integration_id: str | None
