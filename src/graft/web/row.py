"""One row of a list by its id: who may see it there may read it here."""

from typing import LiteralString

from graft.db.connection import Row
from graft.errors import NotFound
from graft.ids import Id
from graft.listing.sql import fill, sql
from graft.web.context import ReadContext, WriteContext
from graft.web.lists import ListEndpoint, Scope


async def read_row(listing: ListEndpoint, ctx: ReadContext, row_id: Id) -> Row:
    """The row with this id, deleted or not; `NotFound` where the caller may not see it."""
    scope = Scope(ctx.caller)
    statement = fill(
        "select {} from {} {} where t.id = {} and {}",
        listing.select_list(scope),
        listing.resource.rows(scope),
        listing.joins(scope),
        sql("$1::uuid", row_id),
        listing.resource.seen(scope),
    )
    text, values = statement.render()
    row = await ctx.db.row(text, *values)
    if row is None:
        raise NotFound
    return row


async def hold_row(
    listing: ListEndpoint, ctx: WriteContext, row_id: Id, strength: LiteralString = "no key update"
) -> Row:
    """As `read_row`, with the row locked first, until the end; the list's source is a table.

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
    return await read_row(listing, ctx, row_id)
