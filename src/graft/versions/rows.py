"""The rows of versions, and the values from which a version is composed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from graft.definitions.rows import Source
from graft.ids import Id
from graft.jsontext import Json
from graft.manifest import Manifest
from graft.templates import Reference, Template
from graft.version_members import Role, VersionMember


class FoundVersion(msgspec.Struct, frozen=True):
    """A version as an install needs it, without its members."""

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
    """A version to be inserted. Documents are JSON texts; `precedence` is its `semver.sort_key`.

    `size`: bytes of the documents and the changelog.
    """

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
    size: int


class NewYank(msgspec.Struct, frozen=True):
    """That a version is yanked; `id` is the version's."""

    id: Id
    integration_id: Id
    reason: str
    replacement_id: Id | None
    yanked_by: Id
    yanked_at: datetime


class FoundYank(msgspec.Struct, frozen=True):
    """A version as far as it matters to a yank: what is null of one is null where it is not yanked."""

    id: Id
    integration_id: Id
    version: str
    reason: str | None
    replacement_id: Id | None
    yanked_by: Id | None
    yanked_at: datetime | None
    current_version: str | None


class FoundDraft(msgspec.Struct, frozen=True):
    """The draft of an integration: its names and its three documents, as JSON."""

    workspace_id: Id
    publisher: str
    slug: str
    current_version: str | None
    manifest: msgspec.Raw
    variables_schema: msgspec.Raw
    auth_config: msgspec.Raw


class ReachedEntity(msgspec.Struct, frozen=True):
    """An entity that a draft names or reaches. `stored_bytes` is the size of its definition, compressed."""

    id: Id
    kind: str
    stored_bytes: int


class DraftedRow(Source, frozen=True, gc=False):
    """An entity of the source workspace with all that it is read from."""

    id: Id
    workspace_id: Id
    kind: str
    slug: str
    name: str
    description: str | None
    # of a clone
    base_id: int | None
    version_id: Id
    deleted_at: datetime | None
    # the ids that a definition of its own names; null in an unedited clone
    refs: Sequence[Id] | None


@dataclass(frozen=True, slots=True)
class DraftEntity:
    """An entity of the source workspace as it reads now.

    definition: JSON text
    refs: the entities that it names; another string in the form of an id is text
    literal: whether nothing in the definition is a placeholder, because it is a clone
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
    """A member of the version to be. The defaults are the flags of a closure schema."""

    slug: str
    role: Role
    entity: DraftEntity
    template: Template
    required: bool = False
    default_enabled: bool = False
    fork_on_install: bool = False
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """All that a version says, or a draft as it would be published; documents as JSON trees."""

    members: Sequence[VersionMember]
    manifest: Manifest
    variables: Json
    auth: Json
