"""What a grant looks like on the wire."""

from typing import Annotated

import msgspec
from msgspec import Meta

from graft.web.models import (
    AccessTier,
    CreatedAt,
    CreatedBy,
    DeletedAt,
    EntityId,
    SubjectId,
    UpdatedAt,
    WorkspaceId,
    id_of,
)

_OBJECT = Meta(description="What is granted: an entity, or an integration.")
_SUBJECT = Meta(description="Who is let in: a user, the members of a workspace, or null for everybody, as viewers.")


class CreatePermission(msgspec.Struct, frozen=True, rename="camel"):
    entity_id: Annotated[EntityId, _OBJECT]
    subject_id: Annotated[SubjectId | None, _SUBJECT]
    tier: AccessTier


class UpdatePermission(msgspec.Struct, frozen=True, rename="camel"):
    tier: AccessTier


class Permission(msgspec.Struct, frozen=True, rename="camel"):
    id: Annotated[str, id_of("per", "The grant.")]
    entity_id: Annotated[EntityId, _OBJECT]
    workspace_id: Annotated[WorkspaceId, Meta(description="The workspace that owns the object.")]
    subject_id: Annotated[SubjectId | None, _SUBJECT]
    tier: AccessTier
    created_by: CreatedBy
    deleted_at: DeletedAt
    created_at: CreatedAt
    updated_at: UpdatedAt
