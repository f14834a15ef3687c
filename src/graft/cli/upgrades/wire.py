"""Plans and histories as the API sends them, as far as people read them; whatever else a reply has is left out."""

from datetime import datetime

import msgspec
from msgspec import UNSET, Raw, UnsetType


class Place(msgspec.Struct, frozen=True):
    """Where a member has a conflict, and what clashes."""

    pointer: str
    kind: str


class Member(msgspec.Struct, frozen=True, rename="camel"):
    integration_install_id: str
    slug: str
    kind: str
    member_id: str
    outcome: str
    reason: str | None = None
    conflicts: list[Place] = []


class Version(msgspec.Struct, frozen=True):
    version: str


class Warned(msgspec.Struct, frozen=True, rename="camel"):
    code: str
    slug: str
    entity_ids: list[str]


class PlannedInstall(msgspec.Struct, frozen=True, rename="camel"):
    integration_install_id: str
    from_: Version = msgspec.field(name="from")
    to: Version
    permissions: list[str] = []
    warnings: list[Warned] = []


class Page(msgspec.Struct, frozen=True, rename="camel"):
    has_next_page: bool
    end_cursor: str | None = None


class Plan(msgspec.Struct, frozen=True, rename="camel"):
    """`summary`: how many members have each outcome. `members`: a page of those that do not stay as they are.

    `resolutions`: slug or id of a member → pointer → what was decided.
    """

    id: str
    kind: str
    strategy: str
    state: str
    summary: dict[str, int]
    installs: list[PlannedInstall]
    members: list[Member]
    page_info: Page
    resolutions: dict[str, dict[str, Raw]] = {}


class Field(msgspec.Struct, frozen=True, rename="camel"):
    """A side that is absent has no key; one that is too large for the reply is named in `left_out`."""

    integration_install_id: str
    slug: str
    pointer: str
    by: str
    base: Raw | UnsetType = UNSET
    current: Raw | UnsetType = UNSET
    target: Raw | UnsetType = UNSET
    result: Raw | UnsetType = UNSET
    conflict: str | None = None
    suggestion: Raw | UnsetType = UNSET
    left_out: list[str] = []


class Fields(msgspec.Struct, frozen=True, rename="camel"):
    data: list[Field]
    page_info: Page


class Applied(msgspec.Struct, frozen=True, rename="camel"):
    """What was done with an install: four lists of slugs, and the operation; none where nothing changed."""

    updated: list[str]
    added: list[str]
    removed: list[str]
    skipped: list[str]
    operation_id: str | None = None
    # of what is undone
    undoes: str | None = None


class AppliedPlan(msgspec.Struct, frozen=True):
    installs: list[Applied]


class Operation(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    kind: str
    created_at: datetime
    reason: str | None = None
    from_version_id: str | None = None
    to_version_id: str | None = None
    counts: dict[str, int] = {}
    member_id: str | None = None
    undoes: str | None = None
    undone_by: str | None = None
    created_by: str | None = None
    by_key: bool = False


class ChangedField(msgspec.Struct, frozen=True):
    """A place at which two versions differ; a side that has nothing there has no key."""

    pointer: str
    before: Raw | UnsetType = UNSET
    after: Raw | UnsetType = UNSET


class ChangedMember(msgspec.Struct, frozen=True, rename="camel"):
    slug: str
    kind: str
    change: str
    slug_before: str | None = None
    fields: list[ChangedField] = []


class VersionDiff(msgspec.Struct, frozen=True, rename="camel"):
    from_: Version = msgspec.field(name="from")
    to: Version
    members: list[ChangedMember]
    has_next_page: bool
    documents: list[ChangedField] = []
