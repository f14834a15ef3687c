"""Events as their rows hold them."""

from datetime import datetime

import msgspec

from graft.ids import Id


class NewEvent(msgspec.Struct, frozen=True):
    """`data` is the text of a JSON object. `actor_id` is null where Graft itself acted."""

    id: Id
    workspace_id: Id
    type: str
    subject_prefix: str
    subject_id: Id
    actor_id: Id | None
    data: bytes
    created_at: datetime


class NewPlatformEvent(msgspec.Struct, frozen=True):
    """As `NewEvent`, of what belongs to no workspace."""

    id: Id
    type: str
    subject_prefix: str
    subject_id: Id
    actor_id: Id | None
    data: bytes
    created_at: datetime
