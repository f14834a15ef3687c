"""Versions, and what they are made of, as their rows hold them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from graft.ids import Id
from graft.templates import Reference, Template
from graft.version_members import Role


class FoundVersion(msgspec.Struct, frozen=True):
    """What a version asks of an install, and gives it beside its members."""

    id: Id
    integration_id: Id
    version: str
    manifest_snapshot: msgspec.Raw
    variables_schema_snapshot: msgspec.Raw
    auth_config_snapshot: msgspec.Raw
    dependencies: msgspec.Raw
    permissions: Sequence[str]
    allow_multiple_installs: bool


class NewVersion(msgspec.Struct, frozen=True):
    """Documents are JSON texts; `precedence` is the text by which versions sort."""

    id: Id
    integration_id: Id
    version: str
    precedence: str
    manifest_snapshot: bytes
    variables_schema_snapshot: bytes
    auth_config_snapshot: bytes
    member_entity_versions: bytes
    changelog: str | None
    dependencies: bytes
    permissions: Sequence[str]
    allow_multiple_installs: bool
    published_by: Id
    published_at: datetime


class FoundDraft(msgspec.Struct, frozen=True):
    workspace_id: Id
    publisher: str
    slug: str
    current_version: str | None
    manifest: msgspec.Raw
    variables_schema: msgspec.Raw
    auth_config: msgspec.Raw


class ReachedEntity(msgspec.Struct, frozen=True):
    """An entity that a draft names or reaches; `stored_bytes` of its definition, as compressed."""

    id: Id
    kind: str
    stored_bytes: int


@dataclass(frozen=True, slots=True)
class DraftEntity:
    """An entity of the source workspace as it reads now, and what it names.

    Of what has the form of an id in the definition, only `refs` are references: the rest is text. `literal`: a clone,
    whose `${` is text.
    """

    id: Id
    workspace_id: Id
    kind: str
    slug: str
    name: str
    description: str | None
    version_id: Id
    definition: bytes
    refs: Sequence[Reference]
    literal: bool
    deleted: bool


@dataclass(frozen=True, slots=True)
class ComposedMember:
    """A member of the version to be; a closure schema has the flags of nothing."""

    slug: str
    role: Role
    entity: DraftEntity
    template: Template
    required: bool = False
    default_enabled: bool = False
    fork_on_install: bool = False
    depends_on: tuple[str, ...] = ()
