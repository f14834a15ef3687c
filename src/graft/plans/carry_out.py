"""Do what a plan says, exactly that, or answer with a new plan where what it read has moved."""

from graft import ids
from graft.auth.caller import Tier
from graft.errors import Conflict, invalid
from graft.history.undo import Drawn as DrawnUndo
from graft.history.undo import carry_out
from graft.ids import Id
from graft.installs.access import access_install
from graft.plans import queries
from graft.plans.access import access_plan
from graft.plans.create import store
from graft.plans.draw import draw_again, draw_anew
from graft.plans.models import AppliedInstall, AppliedPlan, ApplyRequest, PlanQuery
from graft.plans.rows import PlanRow
from graft.plans.show import ERROR_BYTES, show
from graft.plans.stored import decode_request
from graft.upgrades import upgrade as upgrades
from graft.upgrades.models import Upgraded, UpgradeRequest
from graft.upgrades.move import Move, apply_move
from graft.web.context import WriteContext
from graft.web.living import refuse_of_deleted_workspace
from graft.workspaces.locks import lock_tenant


async def apply_plan(ctx: WriteContext, plan_id: Id, body: ApplyRequest | None) -> AppliedPlan | Conflict:
    """All installs of the plan move, or none. A `Conflict` is given, not raised, where its new plan is to be kept."""
    row = await access_plan(ctx, plan_id, Tier.EDITOR)
    return await _apply(ctx, row, None if body is None else body.reason)


async def upgrade(ctx: WriteContext, install_id: Id, body: UpgradeRequest | None) -> Upgraded | Conflict:
    """The call that upgrades: at once, or by a plan of this install."""
    if body is None or body.plan_id is None:
        return await upgrades.upgrade(ctx, install_id, body)
    await access_install(ctx, install_id, Tier.EDITOR)
    if body != UpgradeRequest(plan_id=body.plan_id):
        raise invalid("/planId", "plan-alone", "A plan says all; nothing else is given beside it.")
    plan_id = ids.parse("intpln", body.plan_id)
    row = await queries.select_plan(ctx.db, plan_id, ctx.caller) if plan_id else None
    if row is None or row.kind != "upgrade" or list(row.install_ids) != [install_id]:
        raise invalid("/planId", "unknown-plan", "There is no such plan of this install alone.")
    done = await _apply(ctx, row, None)
    return done if isinstance(done, Conflict) else _lists(done.installs[0])


async def _apply(ctx: WriteContext, found: PlanRow, reason: str | None) -> AppliedPlan | Conflict:
    await refuse_of_deleted_workspace(ctx, found.workspace_id)
    await lock_tenant(ctx.db, found.workspace_id)
    row = await access_plan(ctx, found.id, Tier.EDITOR)
    if row.state == "applied":
        raise Conflict("The plan was applied already.", code="plan-applied")

    # where nothing has moved every decision has its conflict
    drawn = await draw_again(ctx, row.id, row.workspace_id, decode_request(bytes(row.request)), lenient=True)
    if drawn.fingerprint != row.fingerprint:
        return await _stale(ctx, row)
    if drawn.waits_for:
        raise Conflict(
            f"The version asks for {', '.join(drawn.waits_for)}; make a plan that accepts exactly these.",
            code="consent-required",
            extra={"permissions": drawn.waits_for},
        )

    installs = [await _move(ctx, move, reason) for move in drawn.moves]
    if drawn.undo is not None:
        installs = [await _undo(ctx, drawn.undo, reason)]
    await queries.update_state(ctx.db, row.id, row.workspace_id, "applied")
    return AppliedPlan(f"intpln_{row.id}", "applied", installs)


async def _stale(ctx: WriteContext, row: PlanRow) -> Conflict:
    """What the plan read has moved: a new one of the same request is stored, and told with the refusal."""
    await queries.update_state(ctx.db, row.id, row.workspace_id, "stale")
    drawn = await draw_anew(ctx, ids.new_id(), row.workspace_id, decode_request(bytes(row.request)))
    new = await store(ctx, row.workspace_id, drawn)
    return Conflict(
        "What the plan was made from has moved; here is a new one.",
        code="plan-stale",
        extra={"plan": show(new, ctx.process.kinds, PlanQuery(), ERROR_BYTES)},
    )


async def _move(ctx: WriteContext, move: Move, reason: str | None) -> AppliedInstall:
    lists, operation_id = await apply_move(ctx, move, reason)
    return AppliedInstall(
        lists.updated,
        lists.added,
        lists.removed,
        lists.skipped,
        integration_install_id=f"intins_{move.row.id}",
        operation_id=operation_id and f"intopn_{operation_id}",
    )


async def _undo(ctx: WriteContext, drawn: DrawnUndo, reason: str | None) -> AppliedInstall:
    operation_id, plan = await carry_out(ctx, drawn, reason), drawn.plan
    return AppliedInstall(
        plan.updated,
        plan.added,
        plan.removed,
        plan.skipped,
        integration_install_id=f"intins_{drawn.row.id}",
        operation_id=operation_id and f"intopn_{operation_id}",
    )


def _lists(done: AppliedInstall) -> Upgraded:
    return Upgraded(done.updated, done.added, done.removed, done.skipped)
