"""Rows of the tables of this package: `New…` is inserted, `Found…` is read, `…Texts` are the columns of an update."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from graft.auth.tokens import Kind
from graft.db.sweep import Swept
from graft.ids import Id
from graft.web.models import RetentionTier, TierName
from graft.workspaces.models import AuthType


class WorkspaceTexts(msgspec.Struct, frozen=True):
    """What the admins of a workspace may change."""

    name: str
    description: str | None
    retention_tier: RetentionTier


class NewWorkspace(WorkspaceTexts, frozen=True):
    id: Id
    slug: str
    created_by: Id
    created_at: datetime
    updated_at: datetime


class FoundWorkspace(WorkspaceTexts, frozen=True):
    id: Id
    slug: str
    deleted_at: datetime | None


class NewMember(msgspec.Struct, frozen=True):
    id: Id
    workspace_id: Id
    user_id: Id
    tier: TierName
    created_by: Id
    created_at: datetime
    updated_at: datetime


class FoundMember(msgspec.Struct, frozen=True):
    id: Id
    workspace_id: Id
    user_id: Id
    tier: TierName
    deleted_at: datetime | None


class EndedMember(msgspec.Struct, frozen=True):
    """A role that ended because its user was deleted."""

    id: Id
    workspace_id: Id


class UserTexts(msgspec.Struct, frozen=True):
    """What may be changed of a user."""

    email: str
    name: str
    platform_admin: bool


class NewUser(UserTexts, frozen=True):
    id: Id
    created_by: Id
    created_at: datetime
    updated_at: datetime


class FoundUser(UserTexts, frozen=True):
    id: Id
    deleted_at: datetime | None


class PlatformAdmin(msgspec.Struct, frozen=True):
    id: Id
    email: str


class NewPublisher(msgspec.Struct, frozen=True):
    id: Id
    name: str
    workspace_id: Id
    created_by: Id
    created_at: datetime


class FoundPublisher(msgspec.Struct, frozen=True):
    id: Id
    name: str
    workspace_id: Id


class KeyTexts(msgspec.Struct, frozen=True):
    """What may be changed of a key."""

    name: str
    expires_at: datetime | None
    origins: Sequence[str]


class NewKey(KeyTexts, frozen=True):
    id: Id
    kind: Kind
    workspace_id: Id | None
    user_id: Id
    tier: TierName | None
    hash: bytes
    hint: str
    created_by: Id
    created_at: datetime
    updated_at: datetime
    made_by_key_id: Id | None = None


class FoundKey(KeyTexts, frozen=True):
    id: Id
    kind: Kind
    workspace_id: Id | None
    user_id: Id
    deleted_at: datetime | None
    made_by_key_id: Id | None


class Maker(msgspec.Struct, frozen=True):
    """A key that makes another one. `generation`: 1 if a session made it, else one more than its own maker's."""

    expires_at: datetime | None
    generation: int


class KeyOfUser(msgspec.Struct, frozen=True):
    id: Id
    workspace_id: Id


class SealedCredentials(msgspec.Struct, frozen=True):
    """`credentials` are encrypted and bound to this row (`credentials.seal`). `hint` may be shown."""

    hint: str
    credentials: bytes


class NewAuthState(SealedCredentials, frozen=True):
    id: Id
    workspace_id: Id
    name: str
    type: AuthType
    created_by: Id
    created_at: datetime
    updated_at: datetime


class FoundAuthState(msgspec.Struct, frozen=True):
    id: Id
    workspace_id: Id
    type: AuthType
    deleted_at: datetime | None


class ExpiredAuthState(Swept, frozen=True):
    """One whose retention is over."""

    workspace_id: Id


class Calling(msgspec.Struct, frozen=True):
    """The token of a call, with its user."""

    key_name: str
    expires_at: datetime | None
    email: str
    name: str


class NamedWorkspace(msgspec.Struct, frozen=True):
    id: Id
    slug: str
    name: str
