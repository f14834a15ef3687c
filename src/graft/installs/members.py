"""The members of an install: what each is, where it came from, and whether it was edited."""

from graft import jsontext
from graft.ids import Id
from graft.installs import queries, wire
from graft.installs.access import access_install
from graft.installs.models import Members
from graft.web.context import ReadContext


async def read_members(ctx: ReadContext, install_id: Id) -> Members:
    """Those of the install as it is, all of one moment; of a deleted one, those that it had."""
    async with ctx.db.one_snapshot():
        install = await access_install(ctx, install_id)
        rows = await queries.members(ctx.db, install_id, install["workspace_id"])
    variables = jsontext.decode(bytes(install["variables"]))
    registry = ctx.process.kinds
    return Members(
        [
            wire.member(install, row, clone, registry, variables)
            for row, clone in rows
            if row["deleted_at"] is None or row["deleted_at"] == install["deleted_at"]
        ]
    )
