"""What an entity looks like on the wire."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from graft.web.models import Description, Document, Name, RawDocument, RetentionTier

EntitySlug = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,127}\Z")]


class CreateEntity(msgspec.Struct, frozen=True, rename="camel"):
    workspace_id: str
    kind: str
    slug: EntitySlug
    name: Name
    definition: Document
    description: Description | None = None


class UpdateEntity(msgspec.Struct, frozen=True, rename="camel"):
    """An absent key changes nothing; null clears the description."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    definition: Document | UnsetType = UNSET


class Entity(msgspec.Struct, frozen=True, rename="camel"):
    """`integrationInstallId`: of a clone the install that made it, of a reference the one that shows it."""

    id: str
    workspace_id: str
    kind: str
    slug: str
    name: str
    description: str | None
    definition: RawDocument
    default_version_id: str
    integration_install_id: str | None
    created_by: str | None
    deleted_at: datetime | None
    retention_tier: RetentionTier | None
    created_at: datetime
    updated_at: datetime


class EntityVersion(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    entity_id: str
    definition: RawDocument
    created_by: str | None
    created_at: datetime


class EntityQuery(msgspec.Struct, frozen=True, rename="camel"):
    integration_install_id: str | None = None
