"""What a grant looks like on the wire."""

from datetime import datetime

import msgspec

from graft.web.models import TierName


class CreatePermission(msgspec.Struct, frozen=True, rename="camel"):
    """`subjectId`: a user, a workspace, or null for everybody, as viewers."""

    entity_id: str
    subject_id: str | None
    tier: TierName


class UpdatePermission(msgspec.Struct, frozen=True, rename="camel"):
    tier: TierName


class Permission(msgspec.Struct, frozen=True, rename="camel"):
    """`workspaceId`: the workspace that owns the object."""

    id: str
    entity_id: str
    workspace_id: str
    subject_id: str | None
    tier: TierName
    created_by: str | None
    deleted_at: datetime | None
    created_at: datetime
    updated_at: datetime
