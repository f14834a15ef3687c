"""What an operation is given beside its arguments: the connection, the caller, the time, and what the process knows."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from graft import clock
from graft.auth.caller import Caller
from graft.auth.callers import Callers
from graft.auth.scope import Scope
from graft.auth.secrets import Secrets
from graft.config import Settings
from graft.db.connection import Database, ReadConnection, WriteConnection
from graft.listing import Catalog, PreparedLists, Totals


@dataclass(frozen=True, slots=True)
class Process:
    """What every request of this process shares: read at start, never changed."""

    settings: Settings
    secrets: Secrets
    # what slices keep in common, such as the registry of kinds; by the slice's own key
    shared: Mapping[str, Any]
    callers: Callers
    catalog: Catalog[Scope]
    lists: PreparedLists
    # what lists were counted before; None: each page counts
    totals: Totals | None = None


class Moment:
    """The time of an operation: read when it is first asked for, the same ever after.

    An operation asks when it writes, which is after its locks: so of two that wait for each other the later one has the
    later time, however long it waited.
    """

    __slots__ = ("_now",)

    def __init__(self) -> None:
        self._now: datetime | None = None

    def __call__(self) -> datetime:
        if self._now is None:
            self._now = clock.now()
        return self._now


@dataclass(frozen=True, slots=True)
class ReadContext:
    """The context of a call that changes nothing."""

    db: ReadConnection
    caller: Caller
    process: Process
    moment: Moment = field(default_factory=Moment)

    @property
    def now(self) -> datetime:
        return self.moment()


@dataclass(frozen=True, slots=True)
class WriteContext(ReadContext):
    """The context of a call that may change something, inside its one transaction."""

    db: WriteConnection


@dataclass(frozen=True, slots=True)
class PrepareContext:
    """The context of what a call does before its transaction; it holds no connection but while it asks something."""

    database: Database
    caller: Caller
    process: Process

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[ReadContext]:
        """A connection for a question or two, such as whether the caller may do it at all."""
        async with self.database.reading() as db:
            yield ReadContext(db, self.caller, self.process)
