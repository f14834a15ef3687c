"""One row of a list by its id: who may see it there may read it here."""

from graft.db.connection import Row
from graft.errors import NotFound
from graft.ids import Id
from graft.listing.sql import fill, sql
from graft.web.context import Reading
from graft.web.listing import Listing, Scope


async def read_row(listing: Listing, ctx: Reading, row_id: Id) -> Row:
    """The row with this id, deleted or not; `NotFound` where the caller may not see it."""
    scope = Scope(ctx.caller)
    statement = fill(
        "select {} from {} {} where t.id = {} and {}",
        listing.columns(scope),
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
