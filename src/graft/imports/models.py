"""What an import is asked and answers."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from graft.errors import Problem


class ImportQuery(msgspec.Struct, frozen=True, rename="camel"):
    """`source` names the line of documents that update the same entities; by default the draft's, else the title.

    With `integrationId` the operations become the members of that draft's manifest. A document is literal, unless
    `placeholders` says that `${variables.name}` in it is filled in at install.
    """

    workspace_id: str
    source: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,127}\Z")] | None = None
    integration_id: str | None = None
    placeholders: Literal["variables"] | None = None


class Counts(msgspec.Struct, frozen=True):
    """How many entities of one kind; `revived` were deleted and are in the document again."""

    added: int
    changed: int
    revived: int
    unchanged: int
    gone: int


class Named(msgspec.Struct, frozen=True):
    """An entity of the source."""

    id: str
    slug: str
    name: str


class Imported(msgspec.Struct, frozen=True, rename="camel"):
    """`gone`: not in the document, and left as they are. `overwritten`: changed by hand, and brought to the document.

    `warnings` are of what was taken though it is not valid, or left out; `warningsLeftOut` counts those not told.
    """

    source: str
    operations: Counts
    schemas: Counts
    gone: list[Named]
    overwritten: list[Named]
    integration_id: str | None
    warnings: Sequence[Problem]
    warnings_left_out: int
