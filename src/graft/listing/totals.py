"""Cache exact totals: a count is kept with the snapshot in which it was taken, and reused while it still holds.

The statement of a page tells whether a transaction that changed a watched table has committed since that snapshot; if
so, it counts again. So the total is always what counting in the page's own snapshot would give, whoever wrote. The
database must log changes, by statement triggers that insert `(table_name, scope)` on conflict do nothing:

    create table changes (
      table_name text collate "C" not null,
      scope uuid not null default '00000000-0000-0000-0000-000000000000',
      xid xid8 not null default pg_current_xact_id(),
      primary key (table_name, scope, xid)
    );
    create table changes_horizon (one boolean primary key default true check (one), xid xid8 not null);

    create function has_written() returns boolean language plpgsql stable parallel restricted as
      $$begin return pg_current_xact_id_if_assigned() is not null; end$$;

Rows of `changes` below the horizon may be deleted in the transaction that raises it. Transaction ids mean something on
one server only, and a dump would carry them to another, so a count holds only on the server where it was taken
(`origin`). ADR 16 has the reasons and figures. `has_written` is there because PostgreSQL holds the function that it
calls for unsafe in parallel, and would count on one processor; declared so, it is asked by the leader alone.
"""

import asyncio
import hashlib
import itertools
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, LiteralString

from graft.listing.compile import public_rows
from graft.listing.query import And, Filter, Not, Or, Query, Related
from graft.listing.resource import Context, Resource, Watch
from graft.listing.sql import Param, Sql, fill, join, sql
from graft.lru import Lru

Rows = Sequence[Any]


class Head(Enum):
    """What the statement of a page says of the total, beside the rows.

    COUNT: the total, counted
    COUNT_AND_CACHE: the same, and the snapshot and origin of the count
    REUSE_OR_COUNT: null if the cached count still holds, else the total, counted
    REUSE_OR_FAIL: null if the cached count still holds, else -1
    """

    COUNT = auto()
    COUNT_AND_CACHE = auto()
    REUSE_OR_COUNT = auto()
    REUSE_OR_FAIL = auto()


# Runs the statement of a page with a head, and with the values of the parameters of a cached count.
Run = Callable[[Head, Mapping[Param, object]], Awaitable[Rows]]

_ORIGIN, _XMIN, _XMAX, _XIP = Param(None), Param(None), Param(None), Param(None)

# `origin`: when the server was started, and the file of a table, whose path has the id of the database. Both differ
# after a dump was restored elsewhere.
# `snapshot`: null if the count must not be cached. That is so in a transaction that has written, as it sees what may
# yet be rolled back; and on a standby, as its snapshots do not list the transactions that were under way.
# `offset 0`: keeps the planner from computing these columns in each place where they are used.
_NOW: LiteralString = """
(select
    concat_ws(' ', extract(epoch from pg_postmaster_start_time()), pg_relation_filepath('changes_horizon')) as origin,
    case when not has_written() and not pg_is_in_recovery()
      then pg_current_snapshot()::text end as snapshot
  offset 0) now"""

# The transactions that a snapshot did not see are those at or above its xmax, and those that were under way (xip). Both
# are looked up, by an index, however many changes there are. No table is logged with the scope of another one, so names
# and scopes need not be paired. The snapshot is taken apart beforehand: that costs more in SQL than both look-ups.
_CHANGED: LiteralString = """
(now.origin <> $1::text or not exists (select from changes_horizon h where h.xid <= $2::text::xid8)
  or exists (select from changes c where c.table_name = any ($3::text[])
    and c.scope = any ('{00000000-0000-0000-0000-000000000000}'::uuid[] || $4::uuid[]) and c.xid >= $5::text::xid8)
  or exists (select from changes c where c.table_name = any ($3::text[])
    and c.scope = any ('{00000000-0000-0000-0000-000000000000}'::uuid[] || $4::uuid[])
    and c.xid = any ($6::text[]::xid8[])))"""


@dataclass(frozen=True, slots=True)
class Counting:
    """What a list counts: `rows`, a FROM item with its WHERE, and the tables that these read.

    `watches` is None if changes of one of the tables are not logged; then each page counts. `parts` are FROM items with
    their WHERE that have the same rows together, each of which is counted more quickly.
    """

    rows: Sql
    watches: Sequence[Watch] | None
    parts: tuple[Sql, ...] = ()

    @property
    def key(self) -> bytes:
        """A digest of text and values, so that the cache stays small however long a filter is."""
        values = repr([param.value for param in self.rows.parameters])
        return hashlib.blake2b(f"{self.rows.text}\0{values}".encode(), digest_size=16).digest()

    @property
    def count(self) -> Sql:
        """The expression that counts the rows."""
        return join(" + ", [fill("(select count(*) from {})", part) for part in self.parts or (self.rows,)])

    def head(self, head: Head, count: Sql | None = None) -> Sql:
        """A SELECT of one row: `_total`, and except for `COUNT` also `_snapshot` and `_origin`.

        `count` takes the place of the expression that counts.
        """
        count = self.count if count is None else count
        if head is Head.COUNT:
            return fill("select {} as _total", count)
        if head is not Head.COUNT_AND_CACHE:
            again = count if head is Head.REUSE_OR_COUNT else Sql("-1")
            count = fill("case when {} then {} end", self._changed(), again)
        return fill("select {} as _total, now.snapshot as _snapshot, now.origin as _origin from {}", count, _NOW)

    def _changed(self) -> Sql:
        watches = self.watches or ()
        tables = list(dict.fromkeys([table for table, _ in watches]))
        scopes = list(dict.fromkeys([scope for _, scope in watches if scope is not None]))
        return sql(_CHANGED, _ORIGIN, _XMIN, tables, scopes, _XMAX, _XIP)


@dataclass(frozen=True, slots=True)
class _CachedTotal:
    """A count, and where it was taken. If counting is `slow`, only one request does it at a time.

    `values` are those of the parameters that tell whether it still holds.
    """

    total: int
    snapshot: str
    slow: bool
    values: Mapping[Param, object]

    @classmethod
    def of(cls, total: int, snapshot: str, origin: str, *, slow: bool) -> "_CachedTotal":
        xmin, xmax, under_way = snapshot.split(":")
        xip = under_way.split(",") if under_way else []
        return cls(total, snapshot, slow, {_ORIGIN: origin, _XMIN: xmin, _XMAX: xmax, _XIP: xip})


@dataclass(slots=True)
class _SingleFlight:
    """The requests that count the same rows, and the latest result, for those that waited.

    requests: how many there are
    begun: the number of the moment at which the latest count began
    page, rows: the page that was fetched along with it
    """

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    requests: int = 0
    begun: int = 0
    page: Hashable = None
    rows: Rows = ()


class Totals:
    """LRU cache of totals, for statements that run alone, each in a snapshot of its own.

    A count that takes more than `slow` seconds is made by single flight: of several requests for it one counts, and the
    others wait for its result.
    """

    def __init__(self, *, entries: int = 4096, slow: float = 0.01) -> None:
        self._slow = slow
        self._cached: Lru[bytes, _CachedTotal] = Lru(entries)
        self._flights: dict[bytes, _SingleFlight] = {}
        # numbers moments, to tell whether a count began before or after a request came
        self._numbers = itertools.count(1)

    def __len__(self) -> int:
        return len(self._cached)

    def known(self, key: bytes) -> int | None:
        """The cached total of that key, which may not hold any more; None if there is none."""
        cached = self._cached.get(key)
        return None if cached is None else cached.total

    async def page(self, run: Run, key: bytes, page: Hashable) -> tuple[Rows, int]:
        """Run the statement of a page; return its rows and the total.

        `key` tells what is counted (`Counting.key`), `page` which page of it.
        """
        return await self._reuse(run, key) or await self._single_flight(run, key, page)

    async def _reuse(self, run: Run, key: bytes) -> tuple[Rows, int] | None:
        """The page with the cached total, or with a new one if counting is quick; else None."""
        cached = self._cached.get(key)
        if cached is None:
            return None

        head = Head.REUSE_OR_FAIL if cached.slow else Head.REUSE_OR_COUNT
        rows = await run(head, cached.values)
        total: int | None = rows[0]["_total"]
        if total == -1:
            return None
        if total is not None:
            self._keep(key, rows, total, slow=False)
            return rows, total

        snapshot = rows[0]["_snapshot"]
        if snapshot not in {None, cached.snapshot} and self._cached.get(key) is cached:
            # the count holds in this snapshot as well: with it, it survives a horizon that passes the old snapshot
            again = _CachedTotal.of(cached.total, snapshot, rows[0]["_origin"], slow=cached.slow)
            self._cached.keep(key, again)
        return rows, cached.total

    async def _single_flight(self, run: Run, key: bytes, page: Hashable) -> tuple[Rows, int]:
        """Count, or take the result of a count that began after this request came."""
        arrived = next(self._numbers)
        flight = self._flights.setdefault(key, _SingleFlight())
        flight.requests += 1
        try:
            async with flight.lock:
                # a count that began earlier may have missed a change which this request must see
                if flight.begun > arrived:
                    if flight.page == page:
                        return flight.rows, flight.rows[0]["_total"]
                    reused = await self._reuse(run, key)
                    if reused is not None:
                        return reused
                return await self._count(run, key, flight, page)
        finally:
            flight.requests -= 1
            if not flight.requests:
                del self._flights[key]

    async def _count(self, run: Run, key: bytes, flight: _SingleFlight, page: Hashable) -> tuple[Rows, int]:
        now = asyncio.get_running_loop().time
        begun, started = next(self._numbers), now()
        rows = await run(Head.COUNT_AND_CACHE, {})
        total: int = rows[0]["_total"]
        if self._keep(key, rows, total, slow=now() - started > self._slow):
            flight.begun, flight.page, flight.rows = begun, page, rows
        return rows, total

    def _keep(self, key: bytes, rows: Rows, total: int, *, slow: bool) -> bool:
        """Cache a total, if it may be; whether it was."""
        snapshot, origin = rows[0]["_snapshot"], rows[0]["_origin"]
        if snapshot is None or origin is None:
            return False
        self._cached.keep(key, _CachedTotal.of(total, snapshot, origin, slow=slow))
        return True


def watched(query: Query[Context], context: Context) -> list[Watch] | None:
    """The tables that the list and the relations of its filter read; None if changes of one of them are not logged."""
    found: dict[Watch, None] = {}
    rule = public_rows(query)
    own = query.resource.watches(context) if rule is None else rule.watches
    for some in (own, *(resource.watches(context) for resource in _reached(query.filter))):
        if some is None:
            return None
        found.update(dict.fromkeys(some))
    return list(found)


def _reached(node: Filter) -> list[Resource[Any]]:
    match node:
        case And(items) | Or(items):
            return [resource for item in items for resource in _reached(item)]
        case Not(item):
            return _reached(item)
        case Related(_, target, inner):
            return [target, *_reached(inner)]
        case _:
            return []
