"""What a solution and its members look like on the wire."""

from datetime import datetime

import msgspec

from graft.web.models import RetentionTier


class Solution(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    workspace_id: str
    name: str
    description: str | None
    created_by: str | None
    deleted_at: datetime | None
    retention_tier: RetentionTier | None
    created_at: datetime
    updated_at: datetime


class SolutionMember(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    solution_id: str
    workspace_id: str
    entity_id: str
    kind: str
    name: str
    added_at: datetime
