"""Entities as their rows hold them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from graft.db.sweep import Swept
from graft.definitions.rows import ReadWith
from graft.ids import Id


class FoundEntity(ReadWith, frozen=True):
    """What operations need to know of an entity beside what is shown of it."""

    id: Id
    workspace_id: Id
    kind: str
    # of a clone the install that made it, of a reference the one that shows it
    install_id: Id | None
    base_id: int | None
    version_id: Id
    # whether it has a text of its own
    written: bool
    # whether it is seen only as published, through an install
    pinned: bool
    deleted_at: datetime | None
    # of the grants to the caller
    subjects: Sequence[Id | None] | None
    tiers: Sequence[str] | None


@dataclass(frozen=True, slots=True)
class NewEntity:
    """A row to insert; its first version is inserted with it."""

    id: Id
    kind: str
    slug: str
    name: str
    description: str | None
    definition: bytes
    refs: Sequence[Id]
    version_id: Id
    import_key: bytes | None = None


class ExpiredEntity(Swept, frozen=True):
    """One whose retention is over."""

    workspace_id: Id
    base_id: int | None


class PurgedEntity(msgspec.Struct, frozen=True):
    id: Id
    kind: str
    base_id: int | None
