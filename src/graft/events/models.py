"""What an event looks like on the wire."""

from typing import Annotated

import msgspec
from msgspec import Meta

from graft.web.models import CreatedAt, RawDocument, UserId, WorkspaceId, id_of


class Event(msgspec.Struct, frozen=True, rename="camel"):
    id: Annotated[str, id_of("evt", "The event.")]
    workspace_id: Annotated[WorkspaceId, Meta(description="The workspace that it happened in.")]
    type: Annotated[str, Meta(description="What happened, such as `integration.published`; docs/events.md has all.")]
    subject_id: Annotated[str, Meta(description="The id of what it happened to.")]
    actor_id: Annotated[UserId | None, Meta(description="Who did it, or on whose behalf a key did.")]
    data: Annotated[RawDocument, Meta(description="What else there is to say, by type.")]
    created_at: Annotated[CreatedAt, Meta(description="When it happened.")]


class PlatformEvent(msgspec.Struct, frozen=True, rename="camel"):
    """What happened to a user or a session, who belong to no workspace."""

    id: Annotated[str, id_of("evt", "The event.")]
    type: Annotated[str, Meta(description="What happened, such as `user.updated`; docs/events.md has all.")]
    subject_id: Annotated[str, Meta(description="The id of the user or session.")]
    actor_id: Annotated[UserId | None, Meta(description="The platform admin or user who did it; null: `graft token`.")]
    data: Annotated[RawDocument, Meta(description="What else there is to say, by type.")]
    created_at: Annotated[CreatedAt, Meta(description="When it happened.")]
