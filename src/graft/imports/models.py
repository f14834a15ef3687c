"""What an import is asked and answers."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from graft.errors import Problem
from graft.web.models import EntityId, IntegrationId, Name, WorkspaceId


class ImportQuery(msgspec.Struct, frozen=True, rename="camel"):
    workspace_id: Annotated[WorkspaceId, Meta(description="The workspace that the entities belong to.")]
    source: (
        Annotated[
            str,
            Meta(
                pattern=r"^[a-z0-9][a-z0-9._-]{0,127}\Z",
                description="The line of documents that update the same entities; absent: the draft's, else the title.",
            ),
        ]
        | None
    ) = None
    integration_id: Annotated[
        IntegrationId | None, Meta(description="The draft whose members the operations become.")
    ] = None
    placeholders: Annotated[
        Literal["variables"] | None,
        Meta(description="With `variables` each `${variables.name}` is filled in at install; absent: it is text."),
    ] = None


class Counts(msgspec.Struct, frozen=True):
    """How many entities of one kind."""

    added: Annotated[int, Meta(description="New ones.")]
    changed: Annotated[int, Meta(description="Those that were there, and are otherwise now.")]
    revived: Annotated[int, Meta(description="Deleted ones that are in the document again.")]
    unchanged: Annotated[int, Meta(description="Those that are as they were.")]
    gone: Annotated[int, Meta(description="Those that are not in the document, and left as they are.")]


class Named(msgspec.Struct, frozen=True):
    """An entity of the source."""

    id: EntityId
    slug: Annotated[str, Meta(description="Its slug.")]
    name: Name


class Imported(msgspec.Struct, frozen=True, rename="camel"):
    source: Annotated[str, Meta(description="The line of documents that this one is of.")]
    operations: Annotated[Counts, Meta(description="The entities made of operations.")]
    schemas: Annotated[Counts, Meta(description="The entities made of schemas.")]
    gone: Annotated[
        list[Named],
        Meta(description="Those that are not in the document, and left as they are: the first 5,000."),
    ]
    overwritten: Annotated[
        list[Named],
        Meta(description="Those that were changed by hand, and are as in the document now: the first 5,000."),
    ]
    integration_id: Annotated[IntegrationId | None, Meta(description="The draft whose members the operations are now.")]
    warnings: Annotated[Sequence[Problem], Meta(description="What was taken though it is not valid, or left out.")]
    warnings_left_out: Annotated[int, Meta(description="How many further warnings there are.")]
