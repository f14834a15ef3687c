"""What an operation is given beside its arguments: the connection, the caller, the time, and what the process knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graft.auth.caller import Caller
from graft.auth.callers import Callers
from graft.auth.secrets import Secrets
from graft.config import Settings
from graft.db.connection import ReadConnection, WriteConnection
from graft.listing import Lists, Totals


@dataclass(frozen=True, slots=True)
class Process:
    """What every request of this process shares: read at start, never changed."""

    settings: Settings
    secrets: Secrets
    # what slices keep in common, such as the registry of kinds; by the slice's own key
    shared: Mapping[str, Any]
    callers: Callers
    lists: Lists
    # what lists were counted before; None: each page counts
    totals: Totals | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The context of a call that changes nothing."""

    db: ReadConnection
    caller: Caller
    now: datetime
    process: Process


@dataclass(frozen=True, slots=True)
class Writing(Reading):
    """The context of a call that may change something, inside its one transaction."""

    db: WriteConnection
