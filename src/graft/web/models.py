"""What the wire forms of several slices share."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Description = Annotated[str, Meta(max_length=2000)]
Document = dict[str, Any]
# a document as the text that the database has
RawDocument = Annotated[msgspec.Raw, Meta(extra_json_schema={"type": "object"})]
TierName = Literal["viewer", "editor", "admin"]
RetentionTier = Literal["short", "medium", "long", "none"]


class Success(msgspec.Struct, frozen=True):
    success: bool = True


def user(user_id: str | None) -> str | None:
    """The wire id of a user in a row."""
    return f"usr_{user_id}" if user_id else None


def timestamp(moment: datetime | None) -> str | None:
    """RFC 3339 with milliseconds or finer also where the fraction is zero: for moments that callers give."""
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z") if moment else None
