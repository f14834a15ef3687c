"""What a solution and its members look like on the wire."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from graft.web.models import (
    CreatedAt,
    CreatedBy,
    DeletedAt,
    Description,
    EntityId,
    Name,
    Retention,
    SolutionId,
    UpdatedAt,
    WorkspaceId,
    id_of,
)


class Solution(msgspec.Struct, frozen=True, rename="camel"):
    id: SolutionId
    workspace_id: WorkspaceId
    name: Name
    description: Description | None
    created_by: CreatedBy
    deleted_at: DeletedAt
    retention_tier: Retention | None
    created_at: CreatedAt
    updated_at: UpdatedAt


class SolutionMember(msgspec.Struct, frozen=True, rename="camel"):
    id: Annotated[str, id_of("solmem", "The member of the solution.")]
    solution_id: SolutionId
    workspace_id: WorkspaceId
    entity_id: EntityId
    kind: Annotated[str, Meta(description="The kind of the entity.")]
    name: Annotated[str, Meta(description="The entity's name.")]
    added_at: Annotated[datetime, Meta(description="When it was added.")]
