"""One row of a list by its id: who may see it there may read it here."""

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
    """The row as the list shows it, deleted or not; `NotFound` where the caller may not see it."""
    row = await _visible(listing, ctx, row_id, sql(listing.projection.columns), listing.joins(Scope(ctx.caller)))
    return listing.projection.reader(ctx)(row)


async def access_row(
    listing: ListEndpoint[Any], ctx: ReadContext, row_id: Id, kind: type[T], **joined: LiteralString
) -> T:
    """As `read_row`, with what an operation needs: the columns of the list's source that `kind` names.

    `joined` says of those that the source has not what they are in the list's joins.
    """
    joins = listing.joins(Scope(ctx.caller)) if joined else sql("")
    return value(kind, await _visible(listing, ctx, row_id, sql(columns(kind, "t", **joined)), joins))


async def lock_row(
    listing: ListEndpoint[Any],
    ctx: WriteContext,
    row_id: Id,
    kind: type[T],
    strength: LiteralString = "no key update",
) -> T:
    """As `access_row`, with the row locked first, until the end; the list's source is a table.

    Sight is asked in the statement that locks: what the caller may not see is not waited for.
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


async def _visible(listing: ListEndpoint[Any], ctx: ReadContext, row_id: Id, selected: Sql, joins: Sql) -> Row:
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
