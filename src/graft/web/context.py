"""What an operation is given beside its arguments: the connection, the caller, the time, and what the process knows."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from graft import clock
from graft.auth.caller import Caller
from graft.auth.callers import Callers
from graft.auth.last_used import LastUsed
from graft.auth.scope import Scope
from graft.auth.secrets import Secrets
from graft.budget import Budget
from graft.config import Settings
from graft.db.connection import Database, ReadConnection, WriteConnection
from graft.document_reading.desk import Desk
from graft.ids import Id
from graft.kinds.registry import Kinds
from graft.lanes import Lanes
from graft.listing import Catalog, PreparedLists, Totals
from graft.lru import Lru
from graft.templates import TemplateCache
from graft.version_members import VersionMembers
from graft.web.unserved import Unserved

# Members of the installs of all plans that are remembered: some 20 MB.
_MOST_PLANNED = 10_000


@dataclass(frozen=True, slots=True)
class Process:
    """What every request of this process shares: joined at start, and nothing of it is exchanged afterwards.

    Whatever a process remembers stands here under its type, so the types stand below this package (ADR 34).
    """

    settings: Settings
    secrets: Secrets
    kinds: Kinds
    # what relations of lists lead to
    catalog: Catalog[Scope]
    # the bytes of bodies that are on their way or worked on, by tenant
    bodies: Budget
    callers: Callers = field(default_factory=Callers)
    last_used: LastUsed = field(default_factory=LastUsed)
    templates: TemplateCache = field(default_factory=TemplateCache)
    version_members: VersionMembers = field(default_factory=VersionMembers)
    imports: Desk = field(default_factory=Desk)
    # drafts that are composed, to be published or to be shown: one of a workspace at a time
    drafts: Lanes = field(default_factory=lambda: Lanes(2, most_waiting=256, most_bytes=0, seconds=30))
    # drafts that are run against installs: one at a time, for seconds
    impacts: Lanes = field(default_factory=lambda: Lanes(1, most_waiting=16, most_bytes=0, seconds=30))
    # large bodies are read one at a time: threads share one interpreter, and each tree takes memory
    parsing: Lanes = field(
        default_factory=lambda: Lanes(1, most_waiting=1_024, most_bytes=256 * 1024 * 1024, seconds=60)
    )
    lists: PreparedLists = field(default_factory=PreparedLists)
    unserved: Unserved = field(default_factory=Unserved)
    # plans that were made a moment ago, by their ids: whoever makes one reads it next
    plans: Lru[Id, Any] = field(default_factory=lambda: Lru(_MOST_PLANNED))
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
    """The context of what a call does outside of a transaction; it holds no connection but while it asks something."""

    database: Database
    caller: Caller
    process: Process

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[ReadContext]:
        """A connection for a question or two, such as whether the caller may do it at all."""
        async with self.database.reading(self.caller.tenant) as db:
            yield ReadContext(db, self.caller, self.process)
