"""Detach a clone, so that upgrades leave it alone, or hand it back."""

from graft.auth.caller import Tier
from graft.entities import queries as entities
from graft.errors import Forbidden, NotFound, invalid
from graft.events.record import record
from graft.ids import Id
from graft.installs import queries
from graft.installs.apply import freeze
from graft.installs.models import Detach
from graft.web.context import Writing
from graft.web.models import Success


async def set_detached(ctx: Writing, member_id: Id, body: Detach) -> Success:
    """Detaching writes the clone down as it reads now; handing it back lets the next upgrade overwrite it."""
    row = await queries.member(ctx.db, member_id, ctx.caller)
    if row is None:
        raise NotFound
    if ctx.caller.tier_in(row["workspace_id"]) < Tier.EDITOR:
        raise Forbidden("This needs the tier editor in the workspace.")
    if row["base_id"] is not None:
        raise invalid("", "not-a-clone", "The member is a reference; only a clone can be detached.")
    await entities.lock(ctx.db, member_id, row["workspace_id"], row["install_id"])
    row = await queries.member(ctx.db, member_id, ctx.caller)
    if row is None:
        raise NotFound
    if body.detached == (row["detached_by"] is not None):
        return Success()
    if body.detached:
        await freeze(ctx, row["workspace_id"], [member_id])
        await entities.set_detached(ctx.db, [member_id], row["workspace_id"], "call")
    else:
        await queries.attach(ctx.db, member_id, row["workspace_id"])
    event = "integration_member.detached" if body.detached else "integration_member.attached"
    await record(ctx, event, row["workspace_id"], "intmem", member_id)
    return Success()
