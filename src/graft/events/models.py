"""What an event looks like on the wire."""

from datetime import datetime

import msgspec

from graft.web.models import RawDocument


class Event(msgspec.Struct, frozen=True, rename="camel"):
    """`subjectId`: what it happened to; `actorId`: the user who did it, or on whose behalf a key did."""

    id: str
    workspace_id: str
    type: str
    subject_id: str
    actor_id: str | None
    data: RawDocument
    created_at: datetime
