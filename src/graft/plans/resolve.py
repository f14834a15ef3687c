"""Decide conflicts of a plan: that makes a new plan, which shows what comes of it."""

from msgspec.structs import replace

from graft import ids
from graft.auth.caller import Tier
from graft.errors import Conflict
from graft.ids import Id
from graft.plans.access import access_plan
from graft.plans.create import store
from graft.plans.draw import draw_again
from graft.plans.models import Plan, PlanQuery, ResolveRequest
from graft.plans.rows import StoredRequest
from graft.plans.show import show
from graft.plans.stored import decode_request
from graft.web.context import WriteContext
from graft.web.living import refuse_of_deleted_workspace
from graft.workspaces.locks import lock_tenant


async def resolve_plan(ctx: WriteContext, plan_id: Id, body: ResolveRequest) -> Plan:
    """The decisions of the plan go on; those of the body come to them, or take their place."""
    found = await access_plan(ctx, plan_id, Tier.EDITOR)
    await refuse_of_deleted_workspace(ctx, found.workspace_id)
    await lock_tenant(ctx.db, found.workspace_id)
    row = await access_plan(ctx, plan_id, Tier.EDITOR)
    if row.state == "applied":
        raise Conflict("The plan was applied already.", code="plan-applied")
    request = _decided(decode_request(bytes(row.request)), body)
    drawn = await draw_again(ctx, ids.new_id(), row.workspace_id, request)
    return show(await store(ctx, row.workspace_id, drawn), ctx.process.kinds, PlanQuery())


def _decided(request: StoredRequest, body: ResolveRequest) -> StoredRequest:
    before = request.resolutions
    added = {key: {**before.get(key, {}), **places} for key, places in body.resolutions.items()}
    return replace(request, resolutions={**before, **added})
