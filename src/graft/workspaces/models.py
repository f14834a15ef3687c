"""What workspaces, and who and what is in them, look like on the wire."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from graft.auth.tokens import Kind
from graft.web.models import Description, Document, Name, RetentionTier, TierName

# A workspace's slug is its first publisher name: the two have one form.
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}\Z")]
Email = Annotated[str, Meta(pattern=r"^[^@\s]+@[^@\s]+\Z", max_length=254)]
Moment = Annotated[datetime, Meta(tz=True)]
# a moment that a caller gave: with its fraction also where that is zero
Stamp = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
AuthType = Literal["api_key", "oauth2"]


class CreateWorkspace(msgspec.Struct, frozen=True, rename="camel"):
    slug: Slug
    name: Name
    description: Description | None = None
    retention_tier: RetentionTier = "medium"


class UpdateWorkspace(msgspec.Struct, frozen=True, rename="camel"):
    """An absent key changes nothing; null clears the description."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    retention_tier: RetentionTier | UnsetType = UNSET


class Workspace(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    slug: str
    name: str
    description: str | None
    retention_tier: RetentionTier
    created_by: str | None
    deleted_at: datetime | None
    created_at: datetime
    updated_at: datetime


class CreateWorkspaceMember(msgspec.Struct, frozen=True, rename="camel"):
    """The user by `userId`, which the caller sees already, or by `email`, the whole address: one of the two."""

    workspace_id: str
    tier: TierName
    user_id: str | None = None
    email: str | None = None


class UpdateWorkspaceMember(msgspec.Struct, frozen=True, rename="camel"):
    tier: TierName


class WorkspaceMember(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    workspace_id: str
    user_id: str
    tier: TierName
    created_by: str | None
    deleted_at: datetime | None
    created_at: datetime
    updated_at: datetime


class CreateUser(msgspec.Struct, frozen=True, rename="camel"):
    email: Email
    name: Name
    platform_admin: bool = False


class UpdateUser(msgspec.Struct, frozen=True, rename="camel"):
    """An absent key changes nothing. A user changes their own name; the rest is a platform admin's."""

    email: Email | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    platform_admin: bool | UnsetType = UNSET


class User(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    email: str
    name: str
    platform_admin: bool
    created_by: str | None
    deleted_at: datetime | None
    created_at: datetime
    updated_at: datetime


class CreatePublisher(msgspec.Struct, frozen=True, rename="camel"):
    name: Slug
    workspace_id: str


class Publisher(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    name: str
    workspace_id: str
    created_by: str | None
    created_at: datetime


class CreateApiKey(msgspec.Struct, frozen=True, rename="camel"):
    """`workspaceId` and, of a secret key, `tier`; of a session `userId` in their place."""

    kind: Kind
    name: Name
    workspace_id: str | None = None
    tier: TierName | None = None
    user_id: str | None = None
    expires_at: Moment | None = None


class UpdateApiKey(msgspec.Struct, frozen=True, rename="camel"):
    """An absent key changes nothing; null takes the expiry away."""

    name: Name | UnsetType = UNSET
    expires_at: Moment | UnsetType | None = UNSET


class ApiKey(msgspec.Struct, frozen=True, rename="camel"):
    """`userId`: of a session, who calls with it; of a key, on whose behalf it was made."""

    id: str
    kind: Kind
    workspace_id: str | None
    user_id: str
    tier: TierName | None
    name: str
    hint: str
    expires_at: Stamp | None
    last_used_at: datetime | None
    created_by: str | None
    deleted_at: datetime | None
    created_at: datetime
    updated_at: datetime


class NewApiKey(ApiKey, frozen=True, rename="camel"):
    """The only reply that ever carries the token."""

    token: str


class CreateAuthState(msgspec.Struct, frozen=True, rename="camel"):
    """`credentials`: `{apiKey}`, or `{clientId, clientSecret, accessToken?, refreshToken?}`."""

    workspace_id: str
    name: Name
    type: AuthType
    credentials: Document


class UpdateAuthState(msgspec.Struct, frozen=True, rename="camel"):
    """An absent key changes nothing; `credentials` are replaced as a whole."""

    name: Name | UnsetType = UNSET
    credentials: Document | UnsetType = UNSET


class AuthState(msgspec.Struct, frozen=True, rename="camel"):
    """Credentials go in and never come out; `hint` is enough to tell two apart."""

    id: str
    workspace_id: str
    name: str
    type: AuthType
    hint: str
    created_by: str | None
    deleted_at: datetime | None
    retention_tier: RetentionTier | None
    created_at: datetime
    updated_at: datetime
