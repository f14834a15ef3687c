"""Load an install for a caller: what it may not see does not exist."""

from graft.auth.caller import Tier
from graft.db.connection import Row
from graft.errors import Forbidden, NotFound
from graft.ids import Id
from graft.installs import queries
from graft.web.context import ReadContext, WriteContext


async def access_install(ctx: ReadContext, install_id: Id, need: Tier = Tier.VIEWER) -> Row:
    """The install, deleted or not: `NotFound` outside its workspace, `Forbidden` below the tier."""
    row = await queries.install(ctx.db, install_id, ctx.caller)
    if row is None:
        raise NotFound
    if ctx.caller.tier_in(row["workspace_id"]) < need:
        raise Forbidden(f"This needs the tier {need.name.lower()} in the workspace.")
    return row


async def access_install_locked(ctx: WriteContext, install_id: Id, need: Tier, *, alone: bool = False) -> Row:
    """As `access_install`, with its workspace held and its integration kept as it is, and read after that."""
    row = await access_install(ctx, install_id, need)
    await queries.lock(ctx.db, row["workspace_id"], row["integration_id"], alone=alone)
    return await access_install(ctx, install_id, need)
