"""One page of a list by one statement: its rows, the exact total, and whether there is more on either side."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import msgspec

from graft.listing.compile import compile_scope
from graft.listing.cursor import binding, read_cursor, write_cursor
from graft.listing.keyset import expression, key_columns, order_by, order_by_columns, ranges
from graft.listing.query import Keys, Query, backwards
from graft.listing.resource import Context
from graft.listing.sql import EMPTY, FALSE, TRUE, Sql, disjunction, fill, join, parameter
from graft.listing.totals import Counting, Totals, watched

# An asyncpg connection's `fetch`, or whatever runs a statement with its parameters and returns rows by column name.
Fetch = Callable[..., Awaitable[Sequence[Any]]]

# the largest page and the row after it
_MOST_ROWS: LiteralString = "101"


class PageInfo(msgspec.Struct, frozen=True, rename="camel"):
    """Where a page stands. Cursors are null on an empty page."""

    total: int
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None = None
    end_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """`rows` are what the database gave, in the order of the list; beside the columns asked for they carry `_k0`, …"""

    rows: Sequence[Any]
    info: PageInfo


async def fetch_page(
    fetch: Fetch,
    query: Query[Context],
    context: Context,
    *,
    columns: Sql,
    joins: Sql = EMPTY,
    key: bytes,
    caller: str,
    totals: Totals | None = None,
) -> Page:
    """The page that `query` asks for.

    `columns` is the select list over the row `t` and whatever `joins` adds; joins are made after the limit, must be
    left joins and must not multiply rows. `key` signs cursors. `caller` is what they are bound to beside list, filter
    and order: who calls, and whatever else decides which rows the list has. With `totals`, `fetch` runs the statement
    alone, outside of any transaction; without, each page counts. Raises `InvalidCursor`.
    """
    bound = binding(query, caller)
    towards = query.keys if query.before is None else backwards(query.keys)
    position = _position(query, key, bound)
    scope = compile_scope(query, context)
    if scope == FALSE:
        return Page((), PageInfo(0, has_next_page=False, has_previous_page=False))
    scope_rows = fill("{} where {}", query.resource.rows(context), scope)

    async def run(statement: Sql) -> Sequence[Any]:
        text, values = statement.render()
        return await fetch(text, *values)

    def statement(head: Sql) -> Sql:
        return _statement(head, scope_rows, towards, position, query.limit, columns=columns, joins=joins)

    watches = None if totals is None else watched(query, context)
    counting = Counting(scope_rows, watches or ())
    if totals is None or watches is None:
        rows = await run(statement(fill("{} as _total", counting.total)))
        total: int = rows[0]["_total"]
    else:
        rows, total = await totals.page(run, statement, counting)
    return _page(query, rows, total, key, bound)


def _position(query: Query[Any], key: bytes, bound: bytes) -> list[Any] | None:
    if query.after is not None:
        return read_cursor("after", query.after, query.keys, key=key, bound=bound)
    if query.before is not None:
        return read_cursor("before", query.before, query.keys, key=key, bound=bound)
    return None


def _statement(
    head: Sql, scope_rows: Sql, towards: Keys, position: Sequence[Any] | None, limit: int, *, columns: Sql, joins: Sql
) -> Sql:
    """The page hangs on a row that is always there, `head`, so that an empty page still has its total.

    The limit stands twice. As a number it is the same for every request, so that one prepared statement serves all and
    its plan knows that few rows are wanted; as a parameter it is the caller's, and one row more tells of a next page.
    """
    order = order_by_columns(towards)
    if position is None:
        stretches, behind = _stretch(scope_rows, TRUE, towards), FALSE
    else:
        arms = [_stretch(scope_rows, condition, towards) for condition in ranges(towards, position)]
        stretches, behind = join(" union all ", arms), _anything_behind(scope_rows, backwards(towards), position)
    return fill(
        "select s.*, {}, {} from (select {}, {} as _behind) s"
        " left join (select t.* from ({}) t order by {} limit {}) t on true {} order by {}",
        ", ".join([f"t.{name}" for name in key_columns(towards)]),
        columns,
        head,
        behind,
        stretches,
        order,
        parameter(limit + 1, "bigint"),
        joins,
        order,
    )


def _stretch(scope_rows: Sql, condition: Sql, keys: Keys) -> Sql:
    """The first rows that fulfil `condition`, enough for a page, with their keys beside them."""
    carried: LiteralString = ", ".join(
        [f"{expression(key)} as {name}" for key, name in zip(keys, key_columns(keys), strict=True)]
    )
    return fill(
        "(select t.*, {} from {} and {} order by {} limit {})",
        carried, scope_rows, condition, order_by(keys), _MOST_ROWS,
    )  # fmt: skip


def _anything_behind(scope_rows: Sql, away: Keys, position: Sequence[Any]) -> Sql:
    """Whether a row stands at the cursor or on its other side.

    Not by EXISTS, which forgets the order, and may read half the table where the order has the row next to the cursor.
    """
    order = order_by(away)
    return disjunction(
        fill("(select true from {} and {} order by {} limit 1) is not null", scope_rows, condition, order)
        for condition in ranges(away, position, inclusive=True)
    )


def _page(query: Query[Any], rows: Sequence[Any], total: int, key: bytes, bound: bytes) -> Page:
    names = key_columns(query.keys)
    behind = rows[0]["_behind"]
    found = [] if rows[0][names[-1]] is None else list(rows)
    ahead = len(found) > query.limit
    del found[query.limit :]
    if query.before is not None:
        found.reverse()

    def cursor(row: Any) -> str:
        return write_cursor(query.keys, [row[name] for name in names], key=key, bound=bound)

    return Page(
        found,
        PageInfo(
            total=total,
            has_next_page=ahead if query.before is None else behind,
            has_previous_page=behind if query.before is None else ahead,
            start_cursor=cursor(found[0]) if found else None,
            end_cursor=cursor(found[-1]) if found else None,
        ),
    )
