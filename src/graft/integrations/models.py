"""What an integration looks like on the wire."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from graft.web.models import Description, Document, Name, RawDocument, RetentionTier

TrustTier = Literal["first_party", "vendor_official", "verified_partner", "verified_publisher", "community"]
Visibility = Literal["private", "unlisted", "public"]
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}\Z")]


class CreateIntegration(msgspec.Struct, frozen=True, rename="camel"):
    workspace_id: str
    slug: Slug
    name: Name
    description: Description | None = None
    icon_url: str | None = None
    publisher: str | None = None
    trust_tier: TrustTier = "community"
    manifest: Document = {}
    variables_schema: Document = {}
    auth_config: Document = {}


class UpdateIntegration(msgspec.Struct, frozen=True, rename="camel"):
    """An absent key changes nothing; null clears a nullable field."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    icon_url: str | UnsetType | None = UNSET
    trust_tier: TrustTier | UnsetType = UNSET
    manifest: Document | UnsetType = UNSET
    variables_schema: Document | UnsetType = UNSET
    auth_config: Document | UnsetType = UNSET


class Integration(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    workspace_id: str
    slug: str
    name: str
    description: str | None
    icon_url: str | None
    publisher: str
    trust_tier: TrustTier
    current_version: str | None
    manifest: RawDocument
    variables_schema: RawDocument
    auth_config: RawDocument
    visibility: Visibility
    created_by: str | None
    deleted_at: datetime | None
    retention_tier: RetentionTier | None
    created_at: datetime
    updated_at: datetime


class SetVisibility(msgspec.Struct, frozen=True, rename="camel"):
    visibility: Visibility


class Review(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    integration_id: str
    state: Literal["pending", "approved", "rejected", "withdrawn"]
    reason: str | None
    requested_by: str | None
    reviewed_by: str | None
    created_at: datetime
    reviewed_at: datetime | None


class VisibilityState(msgspec.Struct, frozen=True, rename="camel"):
    """The visibility now, and the review that a wish for `public` waits for."""

    visibility: Visibility
    review: Review | None


class Decide(msgspec.Struct, frozen=True, rename="camel"):
    approve: bool
    reason: Annotated[str, Meta(min_length=1, max_length=2000)]
