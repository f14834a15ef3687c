"""The one place that reads the wall clock. Everything else takes the time as an argument."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, in UTC, to the microsecond."""
    return datetime.now(UTC)
