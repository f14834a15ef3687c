"""What workspaces, and who and what is in them, look like on the wire."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from graft import names
from graft.auth.tokens import Kind
from graft.web.models import (
    AccessTier,
    AuthStateId,
    CreatedAt,
    CreatedBy,
    DeletedAt,
    Description,
    Document,
    Name,
    Retention,
    Success,
    UpdatedAt,
    UserId,
    WorkspaceId,
    id_of,
)

# The slug of a workspace is its first publisher name, so both have this form.
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}\Z", description="Its name in addresses, which stays.")]
Email = Annotated[str, Meta(pattern=names.EMAIL, max_length=254, description="The address, which is one user's.")]
Moment = Annotated[datetime, Meta(tz=True)]
# `expiresAt` as text: the time that the caller gave, with its fraction also where that is zero
Stamp = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
AuthType = Literal["api_key", "oauth2"]
KeyId = Annotated[str, id_of("apikey", "The key.")]
# What a browser sends as `Origin`; workspaces/origins.py tells what is wrong with another text.
ORIGIN = r"^https?://(\[[0-9a-f:.]{2,45}\]|[a-z0-9.-]{1,253})(:[0-9]{1,5})?\Z"
Origin = Annotated[str, Meta(max_length=300, extra_json_schema={"pattern": ORIGIN.replace(r"\Z", "$")})]

_PUBLISHER = Meta(description="What goes before the slugs of integrations: `publisher/slug`; unique on this server.")
_OWN_ID = id_of("wsp", "The workspace.")
_KIND = Meta(description="`secret` and `publishable` are a workspace's, `session` is a user's.")
_EXPIRES = Meta(description="When it stops working; null: never.")
_NEW_EXPIRES = Meta(description="When it stops working; null: never, or with the key that makes it.")
_MADE_BY = Meta(description="The key that made it, with which it ends at the latest; null: made by a session.")
_ORIGINS = Meta(
    max_length=100,
    description="Of a publishable key, the sites whose pages may read with it, such as `https://www.example.com`.",
)
_REVOKE_KEYS = Meta(description="Whether the keys of the workspace that they made end as well.")
_LEFT_KEYS = Meta(description="Keys that they made and that go on, at most 1,000.")
_REVOKED_KEYS = Meta(description="Keys that ended with this, at most 1,000.")
_ADMIN = Meta(description="Whether they run this server: admin of every workspace, and what only they may do.")
_AUTH_TYPE = Meta(description="What sort of credentials it holds.")
_CREDENTIALS = Meta(
    description="`{apiKey}`, or `{clientId, clientSecret, accessToken?, refreshToken?}`. They go in and never come out."
)


class CreateWorkspace(msgspec.Struct, frozen=True, rename="camel"):
    slug: Slug
    name: Name
    description: Description | None = None
    retention_tier: Retention = "medium"


class UpdateWorkspace(msgspec.Struct, frozen=True, rename="camel"):
    """An absent key changes nothing; null clears the description."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    retention_tier: Retention | UnsetType = UNSET


class Workspace(msgspec.Struct, frozen=True, rename="camel"):
    id: Annotated[str, _OWN_ID]
    slug: Slug
    name: Name
    description: Description | None
    retention_tier: Retention
    created_by: CreatedBy
    deleted_at: DeletedAt
    created_at: CreatedAt
    updated_at: UpdatedAt


class CreateWorkspaceMember(msgspec.Struct, frozen=True, rename="camel"):
    """The user by `userId`, which the caller sees already, or by `email`, the whole address: one of the two."""

    workspace_id: Annotated[WorkspaceId, Meta(description="The workspace.")]
    tier: AccessTier
    user_id: UserId | None = None
    email: Annotated[str | None, Meta(description="The whole address of the user.")] = None


class UpdateWorkspaceMember(msgspec.Struct, frozen=True, rename="camel"):
    tier: AccessTier
    revoke_keys: Annotated[bool, _REVOKE_KEYS] = False


class RemoveQuery(msgspec.Struct, frozen=True, rename="camel"):
    revoke_keys: Annotated[bool, _REVOKE_KEYS] = False


class WorkspaceMember(msgspec.Struct, frozen=True, rename="camel"):
    id: Annotated[str, id_of("wspmem", "The membership.")]
    workspace_id: Annotated[WorkspaceId, Meta(description="The workspace.")]
    user_id: UserId
    tier: AccessTier
    created_by: CreatedBy
    deleted_at: DeletedAt
    created_at: CreatedAt
    updated_at: UpdatedAt


class ChangedWorkspaceMember(WorkspaceMember, frozen=True, rename="camel"):
    """After a lower tier, with the keys that were made under the higher one."""

    keys: Annotated[list[KeyId], _LEFT_KEYS]
    revoked_keys: Annotated[list[KeyId], _REVOKED_KEYS]


class Removed(Success, frozen=True, rename="camel", kw_only=True):
    """Somebody went; keys that they made go on unless they were ended with them."""

    keys: Annotated[list[KeyId], _LEFT_KEYS]
    revoked_keys: Annotated[list[KeyId], _REVOKED_KEYS]


class CreateUser(msgspec.Struct, frozen=True, rename="camel"):
    email: Email
    name: Name
    platform_admin: Annotated[bool, _ADMIN] = False


class UpdateUser(msgspec.Struct, frozen=True, rename="camel"):
    """An absent key changes nothing. A user changes their own name; the rest is a platform admin's."""

    email: Email | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    platform_admin: Annotated[bool, _ADMIN] | UnsetType = UNSET


class User(msgspec.Struct, frozen=True, rename="camel"):
    id: UserId
    email: Email
    name: Name
    platform_admin: Annotated[bool, _ADMIN]
    created_by: CreatedBy
    deleted_at: DeletedAt
    created_at: CreatedAt
    updated_at: UpdatedAt


class CreatePublisher(msgspec.Struct, frozen=True, rename="camel"):
    name: Annotated[Slug, _PUBLISHER]
    workspace_id: WorkspaceId


class Publisher(msgspec.Struct, frozen=True, rename="camel"):
    id: Annotated[str, id_of("wsppub", "The publisher name.")]
    name: Annotated[Slug, _PUBLISHER]
    workspace_id: WorkspaceId
    created_by: CreatedBy
    created_at: CreatedAt


class CreateApiKey(msgspec.Struct, frozen=True, rename="camel"):
    """`workspaceId` and, of a secret key, `tier`; of a session `userId` in their place."""

    kind: Annotated[Kind, _KIND]
    name: Name
    workspace_id: WorkspaceId | None = None
    tier: AccessTier | None = None
    user_id: Annotated[UserId | None, Meta(description="Of a session, who calls with it.")] = None
    expires_at: Annotated[Moment | None, _NEW_EXPIRES] = None
    origins: Annotated[list[Origin], _ORIGINS] | None = None


class UpdateApiKey(msgspec.Struct, frozen=True, rename="camel"):
    """An absent key changes nothing; null takes the expiry away."""

    name: Name | UnsetType = UNSET
    expires_at: Annotated[Moment | None, _EXPIRES] | UnsetType = UNSET
    origins: Annotated[list[Origin], _ORIGINS] | UnsetType = UNSET


class ApiKey(msgspec.Struct, frozen=True, rename="camel"):
    id: KeyId
    kind: Annotated[Kind, _KIND]
    workspace_id: WorkspaceId | None
    user_id: Annotated[
        UserId, Meta(description="Of a session, who calls with it; of a key, on whose behalf it was made.")
    ]
    tier: AccessTier | None
    name: Name
    hint: Annotated[str, Meta(description="The first and last characters of the token, to tell two apart.")]
    origins: Annotated[list[Origin], _ORIGINS]
    expires_at: Annotated[Stamp | None, _EXPIRES]
    last_used_at: Annotated[datetime | None, Meta(description="When it was used last, to half a minute.")]
    made_by_key_id: Annotated[KeyId | None, _MADE_BY]
    created_by: CreatedBy
    deleted_at: Annotated[datetime | None, Meta(description="When it was revoked; null while it works.")]
    created_at: CreatedAt
    updated_at: UpdatedAt


class NewApiKey(ApiKey, frozen=True, rename="camel"):
    """The only reply that ever carries the token."""

    token: Annotated[str, Meta(description="The token itself: what a caller sends.")]


class RevokedKey(Success, frozen=True, rename="camel", kw_only=True):
    """The key is revoked, and with it those that it made."""

    revoked_keys: Annotated[list[KeyId], _REVOKED_KEYS]


class CreateAuthState(msgspec.Struct, frozen=True, rename="camel"):
    workspace_id: WorkspaceId
    name: Name
    type: Annotated[AuthType, _AUTH_TYPE]
    credentials: Annotated[Document, _CREDENTIALS]


class UpdateAuthState(msgspec.Struct, frozen=True, rename="camel"):
    """An absent key changes nothing; `credentials` are replaced as a whole."""

    name: Name | UnsetType = UNSET
    credentials: Annotated[Document, _CREDENTIALS] | UnsetType = UNSET


class AuthState(msgspec.Struct, frozen=True, rename="camel"):
    """Credentials go in and never come out; `hint` is enough to tell two apart."""

    id: AuthStateId
    workspace_id: WorkspaceId
    name: Name
    type: Annotated[AuthType, _AUTH_TYPE]
    hint: Annotated[str, Meta(description="The last characters of the key or client id, to tell two apart.")]
    created_by: CreatedBy
    deleted_at: DeletedAt
    retention_tier: Retention | None
    created_at: CreatedAt
    updated_at: UpdatedAt


class MyToken(msgspec.Struct, frozen=True, rename="camel"):
    id: KeyId
    name: Name
    expires_at: Annotated[Stamp | None, _EXPIRES]


class MyUser(msgspec.Struct, frozen=True, rename="camel"):
    id: UserId
    email: Email
    name: Name


class MyWorkspace(msgspec.Struct, frozen=True, rename="camel"):
    id: Annotated[str, _OWN_ID]
    slug: Slug
    name: Name
    tier: Annotated[str, Meta(description="What the caller may do there: `viewer`, `editor` or `admin`.")]


class Me(msgspec.Struct, frozen=True, rename="camel"):
    """Who calls."""

    kind: Annotated[Kind, _KIND]
    token: Annotated[MyToken, Meta(description="The token of this call, without the token itself.")]
    user: Annotated[MyUser | None, Meta(description="Of a session, whose it is; null: a key calls.")]
    platform_admin: Annotated[bool, _ADMIN]
    workspaces: Annotated[
        list[MyWorkspace], Meta(description="The workspaces that it has a role in, by slug, at most 1,000.")
    ]
    workspaces_left_out: Annotated[int, Meta(description="How many more there are; `/api/workspaces` lists all.")]
