"""Store a plan, of one install or of several; it alone is written."""

from collections.abc import Mapping, Sequence

import msgspec

from graft import ids
from graft.auth.caller import Tier
from graft.errors import Forbidden, NotFound, Problem, raise_if_any
from graft.ids import Id
from graft.installs import queries as installs
from graft.installs.access import access_install
from graft.installs.rows import ActiveInstall
from graft.jsontext import pointer
from graft.plans import queries
from graft.plans.draw import Drawn, draw
from graft.plans.models import InstallOfRequest, Plan, PlanQuery, PlanRequest, PlansRequest
from graft.plans.rows import MoveRequest, PlanRow, StoredRequest
from graft.plans.show import show
from graft.plans.stored import encode_outcomes, encode_request
from graft.upgrades.settle import Neighbours
from graft.upgrades.target import current_version, named_version, read_version
from graft.upgrades.upgrade import active_install
from graft.versions.rows import FoundVersion
from graft.web.context import WriteContext
from graft.web.living import refuse_of_deleted_workspace
from graft.workspaces.locks import lock_tenant


async def create_plan(ctx: WriteContext, install_id: Id, body: PlanRequest | None) -> Plan:
    """A plan of one install."""
    body = body or PlanRequest()
    found = await access_install(ctx, install_id, Tier.EDITOR)
    await refuse_of_deleted_workspace(ctx, found.workspace_id)
    await lock_tenant(ctx.db, found.workspace_id)
    active = await installs.select_active(ctx.db, found.workspace_id, [install_id])
    row = active_install(active, install_id)
    versions = {install_id: await _version(ctx, row, body.integration_version_id, "")}
    request = StoredRequest([_request(row, versions, body)], body.strategy, body.resolutions)
    return await _made(ctx, found.workspace_id, request, Neighbours(active, versions))


async def create_plans(ctx: WriteContext, body: PlansRequest) -> Plan:
    """A plan of several installs of a workspace, which move together."""
    workspace_id = ids.parse("wsp", body.workspace_id)
    if workspace_id is None or not ctx.caller.tier_in(workspace_id):
        raise NotFound
    if ctx.caller.tier_in(workspace_id) < Tier.EDITOR:
        raise Forbidden("This needs the tier editor in the workspace.")
    await refuse_of_deleted_workspace(ctx, workspace_id)
    if not await lock_tenant(ctx.db, workspace_id):
        raise NotFound
    install_ids = [found for one in body.installs if (found := ids.parse("intins", one.integration_install_id))]
    active = await installs.select_active(ctx.db, workspace_id, install_ids)
    rows = _named(body.installs, {row.id: row for row in active})
    versions = {
        row.id: await _version(ctx, row, asked.integration_version_id, pointer("installs", at))
        for at, (row, asked) in enumerate(zip(rows, body.installs, strict=True))
    }
    moves = [_request(row, versions, asked) for row, asked in zip(rows, body.installs, strict=True)]
    request = StoredRequest(moves, body.strategy, body.resolutions)
    return await _made(ctx, workspace_id, request, Neighbours(active, versions))


async def store(ctx: WriteContext, workspace_id: Id, drawn: Drawn) -> PlanRow:
    """Write a plan; the caller has the workspace's lock."""
    row = _row(ctx, workspace_id, drawn)
    await queries.insert_plan(ctx.db, row)
    return row


async def _made(ctx: WriteContext, workspace_id: Id, request: StoredRequest, neighbours: Neighbours) -> Plan:
    drawn = await draw(ctx, ids.new_id(), request, neighbours)
    return show(await store(ctx, workspace_id, drawn), ctx.process.kinds, PlanQuery())


def _row(ctx: WriteContext, workspace_id: Id, drawn: Drawn) -> PlanRow:
    outcomes, row_ids = encode_outcomes(drawn.outcomes)
    return PlanRow(
        drawn.id,
        workspace_id,
        "upgrade" if drawn.undo is None else "undo",
        "open",
        [found.install_id for found in drawn.request.installs],
        msgspec.Raw(encode_request(drawn.request)),
        msgspec.Raw(outcomes),
        row_ids,
        drawn.fingerprint,
        ctx.caller.user_id,
        ctx.now,
    )


def _named(asked: Sequence[InstallOfRequest], active: Mapping[Id, ActiveInstall]) -> list[ActiveInstall]:
    """The installs that a body names, each once."""
    found: dict[Id, ActiveInstall] = {}
    problems: list[Problem] = []
    for at, one in enumerate(asked):
        install_id, place = ids.parse("intins", one.integration_install_id), pointer("installs", at)
        row = active.get(install_id) if install_id else None
        if row is None:
            detail = "There is no such active install in the workspace."
            problems.append(Problem(f"{place}/integrationInstallId", "unknown-install", detail))
        elif row.id in found:
            problems.append(Problem(f"{place}/integrationInstallId", "repeated-install", "It is named twice."))
        else:
            found[row.id] = row
    raise_if_any(problems)
    return list(found.values())


async def _version(ctx: WriteContext, row: ActiveInstall, text: str | None, place: str) -> FoundVersion:
    """The version that is asked for; where none is, and all are yanked, the one that the install has."""
    if text is not None:
        return await named_version(ctx, row, text, f"{place}/integrationVersionId")
    return await current_version(ctx, row) or await read_version(ctx, row.version_id)


def _request(
    row: ActiveInstall, versions: Mapping[Id, FoundVersion], asked: PlanRequest | InstallOfRequest
) -> MoveRequest:
    """What is asked for, with the version that it means now: one that is published later makes no other plan of it."""
    return MoveRequest(row.id, versions[row.id].id, asked.variables, asked.auth_state_id, asked.accept_permissions)
