"""Read or lock one row by its id, under the same predicate of sight as its list, deleted rows among them."""

from typing import Any, LiteralString, TypeVar

import msgspec

from graft.db.connection import Row
from graft.db.rows import columns, value
from graft.errors import NotFound
from graft.ids import Id
from graft.listing import Sql, fill, sql
from graft.web.context import ReadContext, WriteContext
from graft.web.lists import ListEndpoint, Reply, Scope

T = TypeVar("T", bound=msgspec.Struct)


async def read_row(listing: ListEndpoint[Reply], ctx: ReadContext, row_id: Id) -> Reply:
    """The row as the list shows it, deleted or not. `NotFound` if there is none or the caller may not see it."""
    row = await _select_visible(listing, ctx, row_id, sql(listing.projection.columns), listing.joins(Scope(ctx.caller)))
    return listing.projection.reader(ctx)(row)


async def access_row(
    listing: ListEndpoint[Any], ctx: ReadContext, row_id: Id, kind: type[T], **joined: LiteralString
) -> T:
    """The row as a `kind`, for an operation that decides by it. `NotFound` as in `read_row`.

    Each field of `kind` is the column of its name in the list's source, or the expression that `joined` has for it.
    Such an expression may read the list's joins.
    """
    joins = listing.joins(Scope(ctx.caller)) if joined else sql("")
    return value(kind, await _select_visible(listing, ctx, row_id, sql(columns(kind, "t", **joined)), joins))


async def lock_row(
    listing: ListEndpoint[Any],
    ctx: WriteContext,
    row_id: Id,
    kind: type[T],
    strength: LiteralString = "no key update",
) -> T:
    """Lock the row until the transaction ends, then read it as `access_row` does. The list's source must be a table.

    The statement that locks has the predicate of sight, so nobody can wait for, or hold, a row that it may not see.
    """
    scope = Scope(ctx.caller)
    statement = fill(
        "select 1 from {} where t.id = {} and {} for {} of t",
        listing.resource.rows(scope),
        sql("$1::uuid", row_id),
        listing.resource.seen(scope),
        sql(strength),
    )

    text, values = statement.render()
    if await ctx.db.row(text, *values) is None:
        raise NotFound
    return await access_row(listing, ctx, row_id, kind)


async def _select_visible(listing: ListEndpoint[Any], ctx: ReadContext, row_id: Id, selected: Sql, joins: Sql) -> Row:
    scope = Scope(ctx.caller)
    statement = fill(
        "select {} from {} {} where t.id = {} and {}",
        selected,
        listing.resource.rows(scope),
        joins,
        sql("$1::uuid", row_id),
        listing.resource.seen(scope),
    )

    text, values = statement.render()
    row = await ctx.db.row(text, *values)
    if row is None:
        raise NotFound
    return row
