"""Exact totals that are not counted each time: a count, the snapshot that it was taken in, and whether it still holds.

The page's own statement tells whether a transaction that changed a watched table has committed since; if so, it counts.
So the total is always the one that counting in the page's snapshot would give, whoever wrote. The database must note
changes, by statement triggers that insert `(table_name, scope)` on conflict do nothing:

    create table changes (
      table_name text collate "C" not null,
      scope uuid not null default '00000000-0000-0000-0000-000000000000',
      xid xid8 not null default pg_current_xact_id(),
      primary key (table_name, scope, xid)
    );
    create table changes_horizon (one boolean primary key default true check (one), xid xid8 not null);

Rows of `changes` below the one horizon may be deleted in the transaction that raises it. Transaction ids mean something
on one server only, and a dump carries them to another: a count is good where it was taken (`ORIGIN`).
"""

import asyncio
import hashlib
import itertools
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, LiteralString

from graft.listing.compile import public_rows
from graft.listing.query import And, Filter, Not, Or, Query, Related
from graft.listing.resource import Context, Resource, Watch
from graft.listing.sql import Param, Sql, fill, sql
from graft.lru import Lru

Rows = Sequence[Any]


class Head(Enum):
    """What a page's statement says beside its rows."""

    # the total, counted
    COUNT = "counted"
    # the same, and what it was counted in
    COUNT_AND_CACHE = "kept"
    # null where a count that is known still holds, else counted
    REUSE_OR_COUNT = "checked"
    # null where it holds, else -1
    REUSE_OR_FAIL = "asked"


# Runs the page's statement with a head, and with values for `SNAPSHOT` and `ORIGIN`.
Run = Callable[[Head, Mapping[Param, object]], Awaitable[Rows]]

SNAPSHOT, ORIGIN = Param(None), Param(None)

# `origin`: the server as it was started, and the table's file, whose path names the database: both are others where a
# dump was restored. `snapshot`: null in a transaction that has written, which sees what nobody else does and may yet be
# rolled back, and on a standby, whose snapshots do not name the transactions that were under way. `offset 0`: once, and
# not in each place of use.
_NOW: LiteralString = """
(select (select h.xid from changes_horizon h) as horizon,
    concat_ws(' ', extract(epoch from pg_postmaster_start_time()), pg_relation_filepath('changes_horizon')) as origin,
    case when pg_current_xact_id_if_assigned() is null and not pg_is_in_recovery()
      then pg_current_snapshot()::text end as snapshot
  offset 0) now"""

# What a snapshot did not see is at or above its xmax, or was under way in it: so the newest change and those few are
# looked up, however many changes there are.
_CHANGED: LiteralString = """
(now.horizon is null or now.horizon > pg_snapshot_xmin($1::text::pg_snapshot) or now.origin <> $2::text or exists (
    select from (select u.table_name, coalesce(u.scope, '00000000-0000-0000-0000-000000000000') as scope
        from unnest($3::text[], $4::uuid[]) u (table_name, scope)) w,
      lateral (select c.xid from changes c where c.table_name = w.table_name and c.scope = w.scope
        order by c.xid desc limit 1) newest
    where newest.xid >= pg_snapshot_xmax($1::text::pg_snapshot) or exists (
      select from changes c where c.table_name = w.table_name and c.scope = w.scope
        and c.xid = any (array(select pg_snapshot_xip($1::text::pg_snapshot))))))"""


@dataclass(frozen=True, slots=True)
class Counting:
    """What is counted, a FROM item with its WHERE, and what it reads; None: not known, so it is always counted."""

    rows: Sql
    watches: Sequence[Watch] | None

    @property
    def key(self) -> bytes:
        """Of text and values: what is known stays small, whatever a filter holds."""
        values = repr([param.value for param in self.rows.parameters])
        return hashlib.blake2b(f"{self.rows.text}\0{values}".encode(), digest_size=16).digest()

    def head(self, head: Head) -> Sql:
        """One row: `_total`, and but for `COUNT` also `_snapshot` and `_origin`."""
        count = fill("(select count(*) from {})", self.rows)
        if head is Head.COUNT:
            return fill("select {} as _total", count)
        if head is not Head.COUNT_AND_CACHE:
            again = count if head is Head.REUSE_OR_COUNT else Sql("-1")
            count = fill("case when {} then {} end", self._changed(), again)
        return fill("select {} as _total, now.snapshot as _snapshot, now.origin as _origin from {}", count, _NOW)

    def _changed(self) -> Sql:
        watches = self.watches or ()
        return sql(_CHANGED, SNAPSHOT, ORIGIN, [table for table, _ in watches], [scope for _, scope in watches])


@dataclass(frozen=True, slots=True)
class _Known:
    """`slow`: counting takes so long that only one request does it at a time."""

    total: int
    snapshot: str
    origin: str
    slow: bool


@dataclass(slots=True)
class _SingleFlight:
    """Requests that count the same rows, one after the other; `rows` are of the count that `begun` last."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    requests: int = 0
    begun: int = 0
    page: Hashable = None
    rows: Rows = ()


class Totals:
    """The counts that this process knows: at most `entries`, the one used longest ago goes first.

    For statements that stand alone, each in a snapshot of its own. A count that takes more than `slow` seconds is made
    by one request at a time; one that waited takes what was counted since it came.
    """

    def __init__(self, *, entries: int = 4096, slow: float = 0.01) -> None:
        self._slow = slow
        self._known: Lru[bytes, _Known] = Lru(entries)
        self._turns: dict[bytes, _SingleFlight] = {}
        self._numbers = itertools.count(1)

    def __len__(self) -> int:
        return len(self._known)

    async def page(self, run: Run, key: bytes, page: Hashable) -> tuple[Rows, int]:
        """What `run` gives, and the total. `key` names what is counted, and `page` the statement among its pages."""
        return await self._checked(run, key) or await self._single_flight(run, key, page)

    async def _checked(self, run: Run, key: bytes) -> tuple[Rows, int] | None:
        """The page beside what is known, or counted again where that is quick; else None."""
        known = self._known.get(key)
        if known is None:
            return None
        found = await run(
            Head.REUSE_OR_FAIL if known.slow else Head.REUSE_OR_COUNT, {SNAPSHOT: known.snapshot, ORIGIN: known.origin}
        )
        total: int | None = found[0]["_total"]
        if total == -1:
            return None
        if total is not None:
            self._keep(key, found, total, slow=False)
            return found, total
        if self._known.get(key) is known and found[0]["_snapshot"] is not None:
            # it held in this snapshot too, and so outlives a horizon that moves beyond the old one
            self._known.keep(key, _Known(known.total, found[0]["_snapshot"], known.origin, known.slow))
        return found, known.total

    async def _single_flight(self, run: Run, key: bytes, page: Hashable) -> tuple[Rows, int]:
        arrived = next(self._numbers)
        turn = self._turns.setdefault(key, _SingleFlight())
        turn.requests += 1
        try:
            async with turn.lock:
                if turn.begun > arrived:
                    if turn.page == page:
                        return turn.rows, turn.rows[0]["_total"]
                    checked = await self._checked(run, key)
                    if checked is not None:
                        return checked
                return await self._counted(run, key, turn, page)
        finally:
            turn.requests -= 1
            if not turn.requests:
                del self._turns[key]

    async def _counted(self, run: Run, key: bytes, turn: _SingleFlight, page: Hashable) -> tuple[Rows, int]:
        now = asyncio.get_running_loop().time
        begun, started = next(self._numbers), now()
        found = await run(Head.COUNT_AND_CACHE, {})
        total: int = found[0]["_total"]
        if self._keep(key, found, total, slow=now() - started > self._slow):
            turn.begun, turn.page, turn.rows = begun, page, found
        return found, total

    def _keep(self, key: bytes, found: Rows, total: int, *, slow: bool) -> bool:
        snapshot, origin = found[0]["_snapshot"], found[0]["_origin"]
        if snapshot is None or origin is None:
            return False
        self._known.keep(key, _Known(total, snapshot, origin, slow))
        return True


def watched(query: Query[Context], context: Context) -> list[Watch] | None:
    """What the list and the relations of its filter watch; None where a table that is read is not watched."""
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
