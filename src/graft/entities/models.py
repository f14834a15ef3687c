"""What an entity looks like on the wire."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from graft.web.models import (
    CreatedAt,
    CreatedBy,
    DeletedAt,
    Description,
    Document,
    EntityId,
    EntityVersionId,
    InstallId,
    Name,
    RawDocument,
    Retention,
    UpdatedAt,
    WorkspaceId,
)

EntitySlug = Annotated[
    str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,127}\Z", description="Its name among those of its kind, which stays.")
]

_KIND = Meta(description="What sort of entity it is, such as `function`.")
_DEFINITION = Meta(description="What it is, in the form of its kind. Ids of entities in it are references.")


class CreateEntity(msgspec.Struct, frozen=True, rename="camel"):
    workspace_id: WorkspaceId
    kind: Annotated[str, _KIND]
    slug: EntitySlug
    name: Name
    definition: Annotated[Document, _DEFINITION]
    description: Description | None = None


class UpdateEntity(msgspec.Struct, frozen=True, rename="camel"):
    """An absent key changes nothing; null clears the description."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    definition: Annotated[Document, _DEFINITION] | UnsetType = UNSET


class Entity(msgspec.Struct, frozen=True, rename="camel"):
    id: EntityId
    workspace_id: WorkspaceId
    kind: Annotated[str, _KIND]
    slug: Annotated[str, Meta(description="Its name among those of its kind.")]
    name: Name
    description: Description | None
    definition: Annotated[RawDocument, _DEFINITION]
    default_version_id: Annotated[EntityVersionId, Meta(description="The version that is its definition now.")]
    integration_install_id: Annotated[
        InstallId | None, Meta(description="Of a clone the install that made it, of a reference the one that shows it.")
    ]
    created_by: CreatedBy
    deleted_at: DeletedAt
    retention_tier: Retention | None
    created_at: CreatedAt
    updated_at: UpdatedAt


class EntityVersion(msgspec.Struct, frozen=True, rename="camel"):
    id: EntityVersionId
    entity_id: EntityId
    definition: Annotated[RawDocument, _DEFINITION]
    created_by: CreatedBy
    created_at: CreatedAt


class EntityQuery(msgspec.Struct, frozen=True, rename="camel"):
    integration_install_id: Annotated[
        InstallId | None,
        Meta(description="The install through which it is read: of a reference the version that is installed."),
    ] = None
