"""Store a plan of an undo."""

from graft import ids
from graft.auth.caller import Tier
from graft.history.undo import wanted_operation
from graft.ids import Id
from graft.installs.access import access_install_locked
from graft.plans.create import store
from graft.plans.draw import draw_again
from graft.plans.models import Plan, PlanQuery, UndoPlanRequest
from graft.plans.rows import MoveRequest, StoredRequest, UndoOf
from graft.plans.show import show
from graft.web.context import WriteContext


async def create_undo_plan(ctx: WriteContext, install_id: Id, body: UndoPlanRequest | None) -> Plan:
    """What undoing would do with each member; of several edits of one place, what is to be decided."""
    body = body or UndoPlanRequest()
    row = await access_install_locked(ctx, install_id, Tier.EDITOR)
    undo = UndoOf(await wanted_operation(ctx, row, body.operation_id), body.member_id)
    request = StoredRequest([MoveRequest(row.id, row.version_id)], "merge", body.resolutions, undo=undo)
    drawn = await draw_again(ctx, ids.new_id(), row.workspace_id, request)
    return show(await store(ctx, row.workspace_id, drawn), ctx.process.kinds, PlanQuery())
