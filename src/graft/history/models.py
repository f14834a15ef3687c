"""What the history of an install looks like on the wire."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from graft.installs.models import Why
from graft.upgrades.models import Upgraded
from graft.web.models import (
    CreatedAt,
    CreatedBy,
    EntityId,
    InstallId,
    IntegrationVersionId,
    WorkspaceId,
    id_of,
)

OperationKind = Literal[
    "install",
    "upgrade",
    "edit",
    "rename",
    "detach",
    "attach",
    "hold",
    "delete",
    "restore",
    "reconfigure",
    "uninstall",
    "reinstate",
    "undo",
]
OperationId = Annotated[str, id_of("intopn", "The operation.")]
MemberId = Annotated[str, id_of("intmem", "The member of the install.")]

Did = Literal[
    "added",
    "removed",
    "restored",
    "updated",
    "edited",
    "renamed",
    "detached",
    "attached",
    "moved",
    "pinned",
    "held",
    "enabled",
    "disabled",
]
InstallDid = Literal["version", "variables", "auth-state", "policy", "permissions", "uninstalled", "reinstated"]


class Counts(msgspec.Struct, frozen=True):
    added: Annotated[int, Meta(description="Members that came, or came back.")] = 0
    updated: Annotated[int, Meta(description="Members that changed.")] = 0
    removed: Annotated[int, Meta(description="Members that went.")] = 0
    skipped: Annotated[int, Meta(description="Members that were left alone.")] = 0


class _Operation(msgspec.Struct, frozen=True, rename="camel"):
    id: OperationId
    integration_install_id: InstallId
    workspace_id: WorkspaceId
    kind: Annotated[OperationKind, Meta(description="What was done.")]
    reason: Annotated[str | None, Meta(description="Why, as whoever did it said.")]
    from_version_id: Annotated[IntegrationVersionId | None, Meta(description="The version that the install had.")]
    to_version_id: Annotated[IntegrationVersionId | None, Meta(description="The version that it got.")]
    counts: Annotated[Counts, Meta(description="How many members it touched.")]
    member_id: Annotated[MemberId | None, Meta(description="The one member that it is about; null: the install.")]
    undoes: Annotated[OperationId | None, Meta(description="The operation before which it went back.")]
    undone_by: Annotated[OperationId | None, Meta(description="The last operation that undid it as a whole.")]
    created_by: CreatedBy
    by_key: Annotated[bool, Meta(description="Whether a key did it, on behalf of that user.")]
    created_at: CreatedAt


class Operation(_Operation, frozen=True, rename="camel"):
    """One change of an install."""


class MemberDid(msgspec.Struct, frozen=True, rename="camel"):
    id: MemberId
    slug: Annotated[str, Meta(description="The slug that it has after the operation.")]
    entity_id: Annotated[EntityId, Meta(description="The clone, or the entity of the author.")]
    did: Annotated[list[Did], Meta(description="What the operation did to it.")]
    slug_before: Annotated[str | None, Meta(description="The slug that it had, where it moved.")] = None


class OperationInFull(_Operation, frozen=True, rename="camel"):
    """One change of an install, by member."""

    install: Annotated[list[InstallDid], Meta(description="What it changed of the install itself.")]
    members: Annotated[list[MemberDid], Meta(description="What it did to each member that it touched, by slug.")]


class UndoRequest(msgspec.Struct, frozen=True, rename="camel"):
    """What is undone, and why."""

    operation_id: Annotated[
        OperationId | None,
        Meta(description="The operation before which the install is to be; absent: the last one."),
    ] = None
    member_id: Annotated[MemberId | None, Meta(description="The one member that goes back; absent: all.")] = None
    reason: Why | None = None


class Undone(Upgraded, frozen=True, rename="camel", kw_only=True):
    """The four lists of an upgrade: members that changed, came back, went, or were left alone, by slug."""

    operation_id: Annotated[OperationId | None, Meta(description="The undoing; null where nothing was to be undone.")]
    undoes: Annotated[OperationId, Meta(description="The operation before which the install is again.")]
