"""Make a plan from what was asked for and from what is there; nothing is written."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from msgspec.structs import replace

from graft.errors import Invalid
from graft.history.undo import Drawn as DrawnUndo
from graft.ids import Id
from graft.installs import queries as installs
from graft.installs.requirements import new_permissions
from graft.installs.rows import ActiveInstall
from graft.plans.decisions import read_decisions, refuse_unknown, still_decided
from graft.plans.draw_undo import draw_undo
from graft.plans.fingerprint import fingerprint
from graft.plans.outcomes import outcome_of
from graft.plans.rows import InstallOutcome, MoveRequest, PlanRow, StoredRequest
from graft.plans.stored import new_member_id
from graft.upgrades.merge_edit import Decisions
from graft.upgrades.move import Move, plan_move
from graft.upgrades.settle import Neighbours, settle
from graft.upgrades.target import sighted_version
from graft.upgrades.upgrade import active_install
from graft.versions.members import members_of
from graft.web.context import ReadContext


@dataclass(frozen=True, slots=True)
class Drawn:
    """A plan as it is made: how each install moves, what is told of it, and the fingerprint of what was read.

    `undo`: of a plan of an undo, which has no moves.
    """

    id: Id
    request: StoredRequest
    moves: Sequence[Move]
    outcomes: Sequence[InstallOutcome]
    fingerprint: bytes
    undo: DrawnUndo | None = None

    @property
    def waits_for(self) -> list[str]:
        """The permissions that nobody accepted yet."""
        return sorted({name for outcome in self.outcomes for name in outcome.permissions})


async def draw_again(
    ctx: ReadContext, plan_id: Id, workspace_id: Id, request: StoredRequest, *, lenient: bool = False
) -> Drawn:
    """As `draw`, of a request that is stored; `Conflict` where one of its versions is not to be had any more.

    `lenient`: decisions to which there is no conflict any more do nothing.
    """
    if request.undo is not None:
        found = await draw_undo(ctx, request, lenient=lenient)
        return Drawn(plan_id, request, [], [found.outcome], found.fingerprint, found.drawn)
    asked = {found.install_id: found for found in request.installs}
    active = await installs.select_active(ctx.db, workspace_id, list(asked))
    rows = [active_install(active, install_id) for install_id in asked]
    versions = {row.id: await sighted_version(ctx, row, asked[row.id].version_id) for row in rows}
    return await draw(ctx, plan_id, request, Neighbours(active, versions), lenient=lenient)


async def remembered(ctx: ReadContext, row: PlanRow) -> Drawn | None:
    """The plan as this process made it, if what it was made from is there still and seen still."""
    drawn: Drawn | None = ctx.process.plans.get(row.id)
    if drawn is None or drawn.fingerprint != row.fingerprint:
        return None
    active = await installs.select_active(ctx.db, row.workspace_id, row.install_ids)
    by_id = {found.id: found for found in active}
    moves: list[Move] = []
    for move in drawn.moves:
        found = by_id.get(move.row.id)
        if found is None or found.version_id != move.row.version_id:
            return None
        await sighted_version(ctx, found, move.version.id)
        members = (await members_of(ctx, [found.version_id]))[found.version_id]
        rows = await installs.select_installed(ctx.db, found.id, row.workspace_id, members)
        moves.append(dataclasses.replace(move, row=found, rows=rows))
    return drawn if fingerprint(moves, active) == row.fingerprint else None


async def draw_anew(ctx: ReadContext, plan_id: Id, workspace_id: Id, request: StoredRequest) -> Drawn:
    """As `draw_again`, of a plan that is stale: with those of its decisions that are between the same values still."""
    if request.undo is not None:
        # of these nobody knows between which values they were
        return await draw_again(ctx, plan_id, workspace_id, replace(request, resolutions={}))
    drawn = await draw_again(ctx, plan_id, workspace_id, request, lenient=True)
    kept = still_decided(request.resolutions, request.seen, drawn.request.seen)
    if kept == request.resolutions:
        return drawn
    return await draw_again(ctx, plan_id, workspace_id, replace(request, resolutions=kept))


async def draw(
    ctx: ReadContext, plan_id: Id, request: StoredRequest, neighbours: Neighbours, *, lenient: bool = False
) -> Drawn:
    """`Invalid` and `Conflict` as the call that upgrades; the dependencies of all are judged by the state after all."""
    asked = {found.install_id: found for found in request.installs}
    rows = [active_install(neighbours.before, install_id) for install_id in asked]
    decisions = read_decisions(request.resolutions)
    merging = decisions if request.strategy == "merge" else None
    moves: list[Move] = []
    outcomes: list[InstallOutcome] = []
    for at, row in enumerate(rows):
        try:
            move, waits_for = await _move(ctx, plan_id, row, asked[row.id], neighbours, merging)
        except Invalid as error:
            raise error if len(rows) == 1 else error.under(f"/installs/{at}") from error
        moves.append(move)
        outcomes.append(outcome_of(plan_id, move, waits_for))
    merges = [move.merges for move in moves]
    if not lenient:
        refuse_unknown(decisions, merges)
    seen = {key: places for found in merges for key, places in found.seen.items()}
    request = replace(request, seen=seen)
    drawn = Drawn(plan_id, request, moves, outcomes, fingerprint(moves, neighbours.before))
    ctx.process.plans.keep(plan_id, drawn, sum(len(move.rows.members) for move in moves) or 1)
    return drawn


async def _move(
    ctx: ReadContext,
    plan_id: Id,
    row: ActiveInstall,
    asked: MoveRequest,
    neighbours: Neighbours,
    decisions: Decisions | None,
) -> tuple[Move, list[str]]:
    """How an install moves, and the permissions that this waits for."""
    version = neighbours.moves[row.id]
    settled = await settle(ctx, row, version, asked, neighbours, may_wait=True)
    move = await plan_move(ctx, row, version, settled, partial(new_member_id, plan_id, row.id), decisions=decisions)
    waits_for = [] if asked.accept_permissions is not None else new_permissions(version, row.accepted_permissions)
    return move, waits_for
