"""Versions, and what they are made of, as their rows hold them."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from graft.ids import Id


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
