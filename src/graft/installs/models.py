"""What installs, their members and solutions look like on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from graft import names
from graft.errors import Problem
from graft.manifest import MemberPolicy
from graft.version_members import Role
from graft.web.models import (
    AuthStateId,
    CreatedAt,
    CreatedBy,
    DeletedAt,
    Description,
    Document,
    EntityId,
    EntityVersionId,
    InstallId,
    IntegrationId,
    IntegrationVersionId,
    Name,
    RawDocument,
    Retention,
    SolutionId,
    UpdatedAt,
    UserId,
    WorkspaceId,
    id_of,
)

Reason = Literal["required", "default", "policy", "selected", "kept", "dependency", "reference", "not-selected"]
Slugs = Annotated[list[str], Meta(max_length=100_000)]
Scopes = Annotated[
    list[Annotated[str, Meta(max_length=200)]],
    Meta(max_length=1000, description="The permissions that the version asks for: exactly these, by an admin."),
]

_WORKSPACE = Meta(description="The workspace that it is installed in.")
_VARIABLES = Meta(description="Values of variables by name; what is absent gets its default.")
_POLICY = Meta(
    description="What is taken where none are named: `auto_all` all, `auto_defaults` those with `defaultEnabled`, "
    "`manual` only required ones."
)
_PARENT = Meta(description="The install that this one belongs to.")
_KIND = Meta(description="The kind of the entity.")
_SLUG = Meta(description="The member's slug in the integration.")


class InstallRequest(msgspec.Struct, frozen=True, rename="camel"):
    workspace_id: Annotated[WorkspaceId, _WORKSPACE]
    integration_version_id: Annotated[
        IntegrationVersionId | None, Meta(description="The version; absent: the current one.")
    ] = None
    variables: Annotated[Document, _VARIABLES] = {}
    auth_state_id: AuthStateId | None = None
    member_policy: Annotated[MemberPolicy | None, _POLICY] = None
    parent_install_id: Annotated[InstallId | None, _PARENT] = None
    selected_member_slugs: Annotated[
        Slugs | None, Meta(description="The members to take, instead of a policy; what these need comes along.")
    ] = None
    accept_permissions: Scopes | None = None


class InstallQuery(msgspec.Struct, frozen=True, rename="camel"):
    dry_run: Annotated[
        bool, Meta(description="Whether nothing is installed, and the reply says what would be, and what forbids it.")
    ] = False


class Install(msgspec.Struct, frozen=True, rename="camel"):
    id: InstallId
    integration_id: IntegrationId
    integration_version_id: IntegrationVersionId
    workspace_id: Annotated[WorkspaceId, _WORKSPACE]
    variables: Annotated[RawDocument, Meta(description="The values of the variables, defaults filled in.")]
    auth_state_id: AuthStateId | None
    member_policy: Annotated[MemberPolicy, _POLICY]
    parent_install_id: Annotated[InstallId | None, _PARENT]
    solution_id: SolutionId | None
    installed_by: Annotated[UserId | None, Meta(description="Who installed it.")]
    installed_at: Annotated[datetime, Meta(description="When it was installed.")]
    last_upgraded_at: Annotated[datetime | None, Meta(description="When it was upgraded last.")]
    deleted_at: Annotated[datetime | None, Meta(description="When it was uninstalled; null while it is there.")]
    retention_tier: Retention | None


class VariableOrigins(msgspec.Struct, frozen=True, rename="camel"):
    variable_origins: Annotated[
        dict[str, Literal["set", "default"]],
        Meta(description="By name of a variable that has a value: whether somebody gave it, or it is the default."),
    ]


class Detach(msgspec.Struct, frozen=True):
    detached: Annotated[bool, Meta(description="True: upgrades leave it alone. False: they take it along again.")]


HeldPaths = Annotated[
    list[Annotated[str, Meta(max_length=1000)]],
    Meta(
        max_length=200,
        description="JSON pointers of the places in its definition that upgrades leave alone, instead of those before. "
        "An item of a list with a key goes by its key: `/parameters/query/limit`.",
    ),
]
Enabled = Annotated[bool, Meta(description="Whether the workspace has it in use.")]
Why = Annotated[
    str, Meta(min_length=1, max_length=2000, pattern=names.TEXT, description="Why, for the history of the install.")
]


class ChangeMember(msgspec.Struct, frozen=True, rename="camel"):
    """An absent key changes nothing."""

    held_paths: HeldPaths | UnsetType = UNSET
    enabled: Enabled | UnsetType = UNSET
    reason: Why | None = None


class ChangeOfMember(msgspec.Struct, frozen=True, rename="camel"):
    id: Annotated[str, id_of("intmem", "The member of the install.")]
    held_paths: HeldPaths | UnsetType = UNSET
    enabled: Enabled | UnsetType = UNSET


class ChangeMembers(msgspec.Struct, frozen=True):
    members: Annotated[
        list[ChangeOfMember], Meta(min_length=1, max_length=1000, description="The members, which change together.")
    ]
    reason: Why | None = None


class PreviewMember(msgspec.Struct, frozen=True, rename="camel"):
    slug: Annotated[str, _SLUG]
    kind: Annotated[str, _KIND]
    name: Annotated[str, Meta(description="The entity's name.")]
    entity_id: EntityId
    entity_version_id: EntityVersionId | None
    role: Annotated[Role, Meta(description="Whether the manifest names it, or references reach it.")]
    required: Annotated[bool, Meta(description="Whether every install takes it.")]
    default_enabled: Annotated[bool, Meta(description="Whether an install with the policy `auto_defaults` takes it.")]
    fork_on_install: Annotated[bool, Meta(description="Whether the workspace gets a copy of its own.")]
    depends_on: Annotated[list[str], Meta(description="The members that come with it.")]
    selected: Annotated[bool, Meta(description="Whether an install that names no members takes it.")]
    reason: Annotated[str, Meta(description="Why, or why not.")]
    refers_to: Annotated[list[str], Meta(description="The members that its definition names.")]
    arrives_as: Annotated[
        Literal["clone", "reference"],
        Meta(description="What the workspace gets where it is taken; clones bring clones of the schemas they reach."),
    ]
    problems: Annotated[
        list[Problem], Meta(description="What is wrong with a member of a draft, as publish would tell it.")
    ] = []


class Preview(msgspec.Struct, frozen=True):
    members: Annotated[list[PreviewMember], Meta(description="The members, and the schemas that references reach.")]


class PreviewQuery(msgspec.Struct, frozen=True, rename="camel"):
    integration_version_id: Annotated[
        IntegrationVersionId | None, Meta(description="The version; absent: the current one.")
    ] = None
    draft: Annotated[bool, Meta(description="Whether the draft is shown, to its authors.")] = False


_Names = Annotated[list[str], Meta(description="What it is about, as a refusal of the call itself would name it.")]


class InstallProblem(msgspec.Struct, frozen=True, rename="camel"):
    """What the call would refuse, with the status and the keys that it would have by itself."""

    status: Annotated[int, Meta(description="The HTTP status of the refusal.")]
    code: Annotated[str, Meta(description="What is wrong; it stays the same.")]
    detail: Annotated[str, Meta(description="What is wrong, for people.")]
    pointer: Annotated[str | None, Meta(description="Where in the body; null: what is wrong is no part of it.")]
    missing: _Names | UnsetType = UNSET
    unfit: _Names | UnsetType = UNSET
    installs: _Names | UnsetType = UNSET
    permissions: _Names | UnsetType = UNSET


class InstallCheck(msgspec.Struct, frozen=True, rename="camel"):
    """What an install with this body would be. Nothing was written."""

    integration_id: IntegrationId
    integration_version_id: IntegrationVersionId
    version: Annotated[str, Meta(description="The number of that version.")]
    workspace_id: Annotated[WorkspaceId, _WORKSPACE]
    possible: Annotated[bool, Meta(description="Whether the call would succeed now.")]
    members: Annotated[list[PreviewMember], Meta(description="All members; `selected` are those that it would take.")]
    variables: Annotated[
        RawDocument | None, Meta(description="The values of the variables, defaults filled in; null: they do not fit.")
    ]
    problems: Annotated[list[InstallProblem], Meta(description="Everything that stands in the way.")]
    problems_left_out: Annotated[int, Meta(description="How many more there are at least. Nobody counts on.")]


class Config(msgspec.Struct, frozen=True):
    """`missing`: what the member's definition asks for and the install does not give; of many the first 100."""

    state: Annotated[Literal["ready", "incomplete"], Meta(description="Whether it can be used as it is.")]
    missing: Annotated[list[str], Meta(description="What its definition asks for and the install does not give.")]


class Member(msgspec.Struct, frozen=True, rename="camel"):
    id: Annotated[str, id_of("intmem", "The member of the install.")]
    integration_install_id: InstallId
    workspace_id: Annotated[WorkspaceId, _WORKSPACE]
    entity_id: Annotated[EntityId, Meta(description="The clone, or the entity of the author.")]
    entity_version_id: EntityVersionId
    source_member_slug: Annotated[str, _SLUG]
    is_clone: Annotated[bool, Meta(description="Whether it is the workspace's own copy, which it may edit.")]
    source_version_id: Annotated[IntegrationVersionId, Meta(description="The version that it comes from.")]
    detached: Annotated[bool, Meta(description="Whether upgrades leave it alone.")]
    enabled: Annotated[bool, Meta(description="Whether the workspace has it in use.")]
    permissions: Annotated[list[str], Meta(description="What it may do; empty, as nothing sets it yet.")]
    added_by: Annotated[UserId | None, Meta(description="Who added it.")]
    deleted_at: DeletedAt
    retention_tier: Retention | None
    added_at: Annotated[datetime, Meta(description="When it was added.")]
    kind: Annotated[str, _KIND]
    name: Annotated[str, Meta(description="The entity's name.")]
    edited: Annotated[bool, Meta(description="Whether the workspace has edited it.")]
    detached_by: Annotated[Literal["edit", "call"] | None, Meta(description="What detached it.")]
    held_paths: Annotated[list[str], Meta(description="JSON pointers of places in it that upgrades leave alone.")]
    config: Annotated[Config, Meta(description="Whether the install gives what it asks for.")]


class Members(msgspec.Struct, frozen=True):
    members: Annotated[list[Member], Meta(description="The members, and the schemas that references reach.")]


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


class AdoptionQuery(msgspec.Struct, frozen=True):
    days: Annotated[int, Meta(ge=1, le=366, description="How many days are told, the present one among them.")] = 30


class InstallsOfVersion(msgspec.Struct, frozen=True, rename="camel"):
    integration_version_id: IntegrationVersionId
    version: Annotated[str, Meta(description="Its number.")]
    installs: Annotated[int, Meta(description="How many active installs have it.")]


class InstallsOfDay(msgspec.Struct, frozen=True):
    day: Annotated[date, Meta(description="The day, in UTC.")]
    installs: Annotated[int, Meta(description="How many of the active installs were made on it.")]


class Adoption(msgspec.Struct, frozen=True, rename="camel"):
    """How many active installs there are. Whose they are is nobody's business but theirs."""

    installs: Annotated[int, Meta(description="How many active installs there are.")]
    versions: Annotated[list[InstallsOfVersion], Meta(description="By version, the most used first; at most 1,000.")]
    versions_left_out: Annotated[int, Meta(description="How many more versions are in use.")]
    days: Annotated[list[InstallsOfDay], Meta(description="By day, the latest first; days without any are left out.")]
