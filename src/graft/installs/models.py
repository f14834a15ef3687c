"""What installs and members look like on the wire."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from graft.versions.models import Role
from graft.web.models import Document, RawDocument, RetentionTier

MemberPolicy = Literal["auto_all", "auto_defaults", "manual"]
Reason = Literal["required", "default", "policy", "selected", "kept", "dependency", "reference", "not-selected"]
Slugs = Annotated[list[str], Meta(max_length=100_000)]
Scopes = Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(max_length=1000)]


class InstallRequest(msgspec.Struct, frozen=True, rename="camel"):
    workspace_id: str
    integration_version_id: str | None = None
    variables: Document = {}
    auth_state_id: str | None = None
    member_policy: MemberPolicy | None = None
    parent_install_id: str | None = None
    selected_member_slugs: Slugs | None = None
    accept_permissions: Scopes | None = None


class UpgradeRequest(msgspec.Struct, frozen=True, rename="camel"):
    """What the new version needs beyond what the install has."""

    variables: Document = {}
    auth_state_id: str | None = None
    accept_permissions: Scopes | None = None


class UninstallQuery(msgspec.Struct, frozen=True, rename="camel"):
    """`withDependents`: the installs that need it go as well, in one transaction."""

    with_dependents: bool = False


class Install(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    integration_id: str
    integration_version_id: str
    workspace_id: str
    variables: RawDocument
    auth_state_id: str | None
    member_policy: MemberPolicy
    parent_install_id: str | None
    solution_id: str | None
    installed_by: str | None
    installed_at: datetime
    last_upgraded_at: datetime | None
    deleted_at: datetime | None
    retention_tier: RetentionTier | None


class Upgraded(msgspec.Struct, frozen=True):
    """Four lists of member slugs; what is in none of them did not change."""

    updated: list[str] = []
    added: list[str] = []
    removed: list[str] = []
    skipped: list[str] = []


class Detach(msgspec.Struct, frozen=True):
    detached: bool


class PreviewMember(msgspec.Struct, frozen=True, rename="camel"):
    slug: str
    kind: str
    name: str
    entity_id: str
    entity_version_id: str | None
    role: Role
    required: bool
    default_enabled: bool
    fork_on_install: bool
    depends_on: list[str]
    selected: bool
    reason: str


class Preview(msgspec.Struct, frozen=True):
    members: list[PreviewMember]


class PreviewQuery(msgspec.Struct, frozen=True, rename="camel"):
    integration_version_id: str | None = None
    draft: bool = False


class Config(msgspec.Struct, frozen=True):
    """`missing`: what the member's definition asks for and the install does not give."""

    state: Literal["ready", "incomplete"]
    missing: list[str]


class Member(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    integration_install_id: str
    workspace_id: str
    entity_id: str
    entity_version_id: str
    source_member_slug: str
    is_clone: bool
    source_version_id: str
    detached: bool
    enabled: bool
    permissions: list[str]
    added_by: str | None
    deleted_at: datetime | None
    retention_tier: RetentionTier | None
    added_at: datetime
    kind: str
    name: str
    edited: bool
    detached_by: Literal["edit", "call"] | None
    held_paths: list[str]
    config: Config


class Members(msgspec.Struct, frozen=True):
    members: list[Member]
