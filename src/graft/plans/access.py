"""Load a plan for a caller: one of a workspace that it has no role in does not exist."""

from graft.auth.caller import Tier
from graft.errors import Forbidden, NotFound
from graft.ids import Id
from graft.plans import queries
from graft.plans.rows import PlanRow
from graft.web.context import ReadContext


async def access_plan(ctx: ReadContext, plan_id: Id, need: Tier = Tier.VIEWER) -> PlanRow:
    """`NotFound` outside of its workspace, `Forbidden` below the tier."""
    row = await queries.select_plan(ctx.db, plan_id, ctx.caller)
    if row is None:
        raise NotFound
    if ctx.caller.tier_in(row.workspace_id) < need:
        raise Forbidden(f"This needs the tier {need.name.lower()} in the workspace.")
    return row
