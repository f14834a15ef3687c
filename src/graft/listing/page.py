"""Fetch a page of a list by one statement: its rows, the exact total, and whether there is more on either side."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, LiteralString

import msgspec
from msgspec import Meta

from graft.listing.compile import compile_counted, compile_scope, has_patterns, is_guessed
from graft.listing.cursor import binding, read_cursor, write_cursor
from graft.listing.keyset import key_columns, order_by_columns
from graft.listing.query import Keys, Paging, Query, backwards
from graft.listing.resource import Context
from graft.listing.sql import EMPTY, FALSE, TRUE, Param, Sql, Statement, fill, join, parameter, sql
from graft.listing.stretches import POSITION, around, columns_of, stretch, stretch_of_found
from graft.listing.totals import Counting, Head, Totals, watched
from graft.listing.weights import Keep, Weight, ends_early, keep_all, up_to_the_bound, withholds
from graft.lru import Lru

# An asyncpg connection's `fetch`, or whatever runs a statement with its parameters and returns rows by column name.
Fetch = Callable[..., Awaitable[Sequence[Any]]]

# So many rows are collected where nobody knows how many there are: of more, those of a page are soon found in the order
# of the list.
_MOST_COLLECTED: LiteralString = "10000"
# So few are collected although their number is known: no count is saved, and in the order they stand far apart.
_FEW = 1_000

# True, and nothing to whoever plans it with its value, which is 0. Without, it costs more than anything else, so that
# PostgreSQL never takes a plan without values (a generic one): of unknown patterns that plan reads the whole table, at
# a million rows for seconds, where a plan for their values takes milliseconds in an index.
_PLANNED_WITH_VALUES = sql(
    "($1::int = 0 or (select count(*) from generate_series(1, $1::int) a, generate_series(1, $1::int) b,"
    " generate_series(1, $1::int) c, generate_series(1, $1::int) d) > 0)",
    0,
)

# A parameter that differs from page to page, as those of the cursor do (`POSITION`): the limit.
_LIMIT = Param(None)


class PageInfo(msgspec.Struct, frozen=True, rename="camel"):
    """Where a page stands. Cursors are null on an empty page."""

    total: Annotated[int, Meta(description="How many rows the whole list has.")]
    has_next_page: Annotated[bool, Meta(description="Whether rows come after this page.")]
    has_previous_page: Annotated[bool, Meta(description="Whether rows come before this page.")]
    start_cursor: Annotated[str | None, Meta(description="For `before`: the place of the first row.")] = None
    end_cursor: Annotated[str | None, Meta(description="For `after`: the place of the last row.")] = None


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in the order of the list: as the database returned them, or what `Keep` made of them."""

    rows: Sequence[Any]
    info: PageInfo


@dataclass(slots=True)
class PreparedList:
    """A list as one caller asks for it, for any of its pages.

    arms: the rows of the list, as FROM items with their WHERE; empty if no row can match
    weight, heavy: of large rows, and whether there were any
    bound: what cursors are bound to (`cursor.binding`)
    counting, key: what its total counts, and the key of that in `Totals`
    condition: true; how the statement wants to be planned
    table: the table of the rows, if the planner can only guess how many there are; then the keys of all are collected
        first, and page and total are taken from them, unless they turned out to be `many`
    statements: those made so far, by their shape
    """

    keys: Keys
    arms: tuple[Sql, ...]
    columns: Sql
    joins: Sql
    bound: bytes
    counting: Counting
    key: bytes
    condition: Sql = TRUE
    weight: Weight | None = None
    table: Sql | None = None
    many: bool = False
    heavy: bool = False
    statements: dict[Hashable, Statement] = field(default_factory=dict[Hashable, Statement])

    def collects(self, known: int | None) -> bool:
        """Whether all rows are collected first. `known`: how many there were a while ago."""
        return self.table is not None and (not self.many if known is None else known < _FEW)

    def statement(
        self, head: Head, towards: Keys, given: tuple[bool, ...] | None, *, collect: bool = False
    ) -> Statement:
        """The statement of a page in the order `towards`: that of the list, or its reverse.

        `given` says for each key whether the cursor has a value, not null, for it; it is None without a cursor. With
        `collect`, the rows have `_found`, how many were collected; if these are too many, the rows are no page.
        """
        shape = (head, towards is self.keys, given, collect, self.heavy)
        found = self.statements.get(shape)
        if found is None:
            made = self._collecting(head, towards, given) if collect else self._walking(head, towards, given)
            found = self.statements[shape] = made.statement()
        return found

    def _walking(self, head: Head, towards: Keys, given: tuple[bool, ...] | None) -> Sql:
        """The rows beyond the cursor, read in the order of the list up to the end of the page; beside it, a count."""
        beyond, behind = around(self.arms, towards, given)
        stretches = [stretch(arm, condition, towards) for arm in self.arms for condition in beyond]
        return self._page_of(stretches, towards, fill("{} as _behind", behind), self.counting.head(head))

    def _collecting(self, head: Head, towards: Keys, given: tuple[bool, ...] | None) -> Sql:
        """The keys of all rows, then the page and the total of these; no more of them than show that there are many."""
        assert self.table is not None
        beyond, behind = around((Sql("found t where true"),), towards, given)
        counted = Sql("(select count(*) from found)")
        columns = columns_of(self.keys)
        found = [fill("select {} from {}", columns, part) for part in self.counting.parts or (self.counting.rows,)]
        return fill(
            "with found as materialized (select t.* from ({}) t limit {} + 1) {}",
            join(" union all ", found),
            _MOST_COLLECTED,
            self._page_of(
                [stretch_of_found(self.table, condition, towards) for condition in beyond],
                towards,
                fill("{} as _behind, {} as _found", behind, counted),
                self.counting.head(head, counted),
            ),
        )

    def _page_of(self, stretches: Sequence[Sql], towards: Keys, beside: Sql, head: Sql) -> Sql:
        """The rows are left-joined to the one row of the head, so that an empty page still has its total.

        The limit stands in it twice. As the number 101 it is the same for all requests: one prepared statement serves
        them, and its plan knows that few rows are wanted. As a parameter it is the caller's limit, plus one row that
        tells whether there is a next page.
        """
        order = order_by_columns(towards)
        columns, weighed = self.columns, EMPTY
        if self.weight is not None:
            columns, weighed = self.weight.summed_rows(columns, order) if self.heavy else self.weight.small_rows()
        page = fill(
            "select {}, s.*, {}{} from (select h.*, {} from ({}) h) s"
            " left join (select t.* from ({}) t order by {} limit {}) t on true {} where {}",
            columns,
            ", ".join([f"t.{name}" for name in key_columns(towards)]),
            weighed,
            beside,
            head,
            join(" union all ", stretches),
            order,
            parameter(_LIMIT, "bigint"),
            self.joins,
            self.condition,
        )
        return fill("{} order by {}", up_to_the_bound(page) if self.heavy else page, order)


class PreparedLists(Lru[Hashable, PreparedList]):
    """LRU cache of prepared lists. A key must have all that the list depends on: caller, parameters."""

    def __init__(self, entries: int = 512) -> None:
        super().__init__(entries)


def prepare(
    query: Query[Context],
    context: Context,
    *,
    columns: Sql,
    joins: Sql = EMPTY,
    weight: Weight | None = None,
    caller: str,
    watch: bool = False,
) -> PreparedList:
    """Prepare all that `query` asks for, except limit and cursor, for this caller.

    columns: the select list, over the row `t` and what `joins` adds
    joins: left joins that do not multiply rows; they are made after the limit, so only for the rows of a page
    weight: of rows that may be large; then a page ends with the row with which they pass `MOST_BYTES`
    caller: who calls, and whatever else decides which rows the list has; cursors are bound to it
    watch: whether pages are fetched with `totals`
    """
    resource = query.resource
    scope = compile_scope(query, context)
    arms = [] if scope == FALSE else resource.arms(context)
    rows = EMPTY if scope == FALSE else fill("{} where {}", resource.rows(context), scope)
    counting = Counting(rows, watched(query, context) if watch else None, compile_counted(query, context))
    filtered = tuple([fill("{} where {}", arm, scope) for arm in arms])
    table = resource.rows(context) if resource.parts is not None and is_guessed(query.filter) else None
    condition = _PLANNED_WITH_VALUES if has_patterns(query.filter) else TRUE
    bound = binding(query, caller)
    return PreparedList(query.keys, filtered, columns, joins, bound, counting, counting.key, condition, weight, table)


async def fetch_prepared(
    fetch: Fetch,
    listed: PreparedList,
    paging: Paging,
    *,
    key: bytes,
    totals: Totals | None = None,
    keep: Keep = keep_all,
) -> Page:
    """Fetch the page of `listed` that `paging` asks for; `key`, at most 64 bytes, signs cursors.

    `keep` makes of the rows what the page has, and may end it earlier. With `totals`, `fetch` must run the statement
    outside of any transaction. Without, each page counts its total. Raises `InvalidCursor`.
    """
    towards = listed.keys if paging.before is None else backwards(listed.keys)
    position = _position(listed, paging, key)
    if not listed.arms:
        return Page((), PageInfo(0, has_next_page=False, has_previous_page=False))

    given = None if position is None else tuple([value is not None for value in position])
    values = {_LIMIT: paging.limit + 1, **dict(zip(POSITION, position or (), strict=False))}

    async def send(head: Head, more: Mapping[Param, object], *, collect: bool) -> Sequence[Any]:
        statement = listed.statement(head, towards, given, collect=collect)
        return await fetch(statement.text, *statement.values({**values, **more}))

    async def run(head: Head, more: Mapping[Param, object]) -> Sequence[Any]:
        rows = await look(head, more)
        if listed.weight is not None and withholds(rows):
            listed.heavy = True
            rows = await look(head, more)
        return rows

    async def look(head: Head, more: Mapping[Param, object]) -> Sequence[Any]:
        reuses = head in {Head.REUSE_OR_COUNT, Head.REUSE_OR_FAIL}
        if listed.collects(totals.known(listed.key) if totals is not None and reuses else None):
            rows = await send(head, more, collect=True)
            if rows[0]["_found"] <= int(_MOST_COLLECTED):
                return rows
            listed.many = True
        return await send(head, more, collect=False)

    if totals is None or listed.counting.watches is None:
        rows = await run(Head.COUNT, {})
        total: int = rows[0]["_total"]
    else:
        rows, total = await totals.page(run, listed.key, (paging.limit, paging.after, paging.before))
    return _page(listed, paging, rows, total, key, keep)


async def fetch_page(
    fetch: Fetch,
    query: Query[Context],
    context: Context,
    *,
    columns: Sql,
    joins: Sql = EMPTY,
    weight: Weight | None = None,
    key: bytes,
    caller: str,
    totals: Totals | None = None,
) -> Page:
    """`prepare` and `fetch_prepared` in one, for a list that is asked for once."""
    watch = totals is not None
    listed = prepare(query, context, columns=columns, joins=joins, weight=weight, caller=caller, watch=watch)
    return await fetch_prepared(fetch, listed, query, key=key, totals=totals)


def _position(listed: PreparedList, paging: Paging, key: bytes) -> list[Any] | None:
    """The key values in the cursor; None without one."""
    if paging.after is not None:
        return read_cursor("after", paging.after, listed.keys, key=key, bound=listed.bound)
    if paging.before is not None:
        return read_cursor("before", paging.before, listed.keys, key=key, bound=listed.bound)
    return None


def _page(listed: PreparedList, paging: Paging, rows: Sequence[Any], total: int, key: bytes, keep: Keep) -> Page:
    names = key_columns(listed.keys)
    behind = rows[0]["_behind"]
    # the id, the last key, is null only in the row of the head of an empty page
    found = [] if rows[0][names[-1]] is None else list(rows)
    kept = keep(found[: paging.limit])
    ahead = len(found) > len(kept) or ends_early(found)
    found = found[: len(kept)]
    if paging.before is not None:
        found, kept = found[::-1], kept[::-1]

    def cursor(row: Any) -> str:
        return write_cursor(listed.keys, [row[name] for name in names], key=key, bound=listed.bound)

    return Page(
        kept,
        PageInfo(
            total=total,
            has_next_page=ahead if paging.before is None else behind,
            has_previous_page=behind if paging.before is None else ahead,
            start_cursor=cursor(found[0]) if found else None,
            end_cursor=cursor(found[-1]) if found else None,
        ),
    )
