"""What an integration looks like on the wire."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from graft import names
from graft.web.models import (
    CreatedAt,
    CreatedBy,
    DeletedAt,
    Description,
    Document,
    IntegrationId,
    Name,
    RawDocument,
    Retention,
    UpdatedAt,
    UserId,
    WorkspaceId,
    id_of,
    shaped,
)

# The `extra` of the `Meta` of fields that take only an `https` address.
HTTPS = {"url": "https"}

TrustTier = Literal["first_party", "vendor_official", "verified_partner", "verified_publisher", "community"]
Visibility = Literal["private", "unlisted", "public"]
ReviewState = Literal["pending", "approved", "rejected", "withdrawn"]
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}\Z", description="Its name in addresses, which stays.")]

_MANIFEST = shaped("DraftManifest", "Which entities it consists of, what it needs and what it presets.")
_VARIABLES = Meta(description="The JSON Schema of what an install brings; publishing asks for a `VariablesSchema`.")
_AUTH = shaped("DraftAuthConfig", "Which credentials an install needs.")
_ICON = Meta(description="An `https` address of a picture, which Graft does not fetch.", extra=HTTPS)
_TRUST = Meta(description="Who vouches for it; only a platform admin sets another than `community`.")
_PUBLISHER = Meta(description="The publisher's name, which goes before the slug: `publisher/slug`.")
_VISIBILITY = Meta(description="Who sees it: its workspace, whoever knows its id, or everybody.")


class CreateIntegration(msgspec.Struct, frozen=True, rename="camel"):
    workspace_id: WorkspaceId
    slug: Slug
    name: Name
    description: Description | None = None
    icon_url: Annotated[str, _ICON] | None = None
    publisher: Annotated[str, Meta(description="A publisher name of the workspace; absent: its slug.")] | None = None
    trust_tier: Annotated[TrustTier, _TRUST] = "community"
    manifest: Annotated[Document, _MANIFEST] = {}
    variables_schema: Annotated[Document, _VARIABLES] = {}
    auth_config: Annotated[Document, _AUTH] = {}


class UpdateIntegration(msgspec.Struct, frozen=True, rename="camel"):
    """An absent key changes nothing; null clears a nullable field."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    icon_url: Annotated[str, _ICON] | UnsetType | None = UNSET
    trust_tier: Annotated[TrustTier, _TRUST] | UnsetType = UNSET
    manifest: Annotated[Document, _MANIFEST] | UnsetType = UNSET
    variables_schema: Annotated[Document, _VARIABLES] | UnsetType = UNSET
    auth_config: Annotated[Document, _AUTH] | UnsetType = UNSET


class Integration(msgspec.Struct, frozen=True, rename="camel"):
    id: IntegrationId
    workspace_id: WorkspaceId
    slug: Slug
    name: Name
    description: Description | None
    icon_url: Annotated[str | None, _ICON]
    publisher: Annotated[str, _PUBLISHER]
    trust_tier: Annotated[TrustTier, _TRUST]
    current_version: Annotated[
        str | None, Meta(description="The highest that was published; pre-releases only while nothing else is there.")
    ]
    manifest: Annotated[msgspec.Raw, _MANIFEST]
    variables_schema: Annotated[RawDocument, _VARIABLES]
    auth_config: Annotated[msgspec.Raw, _AUTH]
    visibility: Annotated[Visibility, _VISIBILITY]
    created_by: CreatedBy
    deleted_at: DeletedAt
    retention_tier: Retention | None
    created_at: CreatedAt
    updated_at: UpdatedAt


class SetVisibility(msgspec.Struct, frozen=True, rename="camel"):
    visibility: Annotated[Visibility, _VISIBILITY]


class Review(msgspec.Struct, frozen=True, rename="camel"):
    id: Annotated[str, id_of("intrev", "The review.")]
    integration_id: IntegrationId
    state: Annotated[ReviewState, Meta(description="Where it stands.")]
    reason: Annotated[str | None, Meta(description="What the reviewer says.")]
    requested_by: Annotated[UserId | None, Meta(description="Who asked for `public`.")]
    reviewed_by: Annotated[UserId | None, Meta(description="The platform admin who decided.")]
    created_at: Annotated[datetime, Meta(description="When it was asked for.")]
    reviewed_at: Annotated[datetime | None, Meta(description="When it was decided.")]


class VisibilityState(msgspec.Struct, frozen=True, rename="camel"):
    """The visibility now, and the review that a wish for `public` waits for."""

    visibility: Annotated[Visibility, _VISIBILITY]
    review: Annotated[Review | None, Meta(description="The review that a wish for `public` waits for.")]


class Decide(msgspec.Struct, frozen=True, rename="camel"):
    approve: Annotated[bool, Meta(description="Whether it becomes public.")]
    reason: Annotated[str, Meta(min_length=1, max_length=2000, pattern=names.TEXT, description="Why, for the author.")]
