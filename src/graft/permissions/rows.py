"""Grants as their rows hold them."""

from datetime import datetime

import msgspec

from graft.ids import Id
from graft.web.models import TierName

# The `object_kind` of a grant on an integration; of one on an entity it is the name of the entity's kind.
INTEGRATION = "integration"
# What a grant can be for, with the prefix of its wire id.
SUBJECT_PREFIXES = {"user": "usr", "workspace": "wsp"}


class NewPermission(msgspec.Struct, frozen=True):
    """`object_kind`: `integration`, or the kind of an entity. The subject is null for everybody."""

    id: Id
    object_kind: str
    object_id: Id
    object_workspace_id: Id
    subject_kind: str | None
    subject_id: Id | None
    tier: TierName
    created_by: Id
    created_at: datetime
    updated_at: datetime


class FoundPermission(msgspec.Struct, frozen=True):
    id: Id
    object_kind: str
    object_id: Id
    object_workspace_id: Id
    subject_id: Id | None
    tier: TierName
    deleted_at: datetime | None
