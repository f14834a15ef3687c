"""A plan as replies show it."""

from collections.abc import Sequence
from itertools import islice

import msgspec
from msgspec.structs import replace

from graft.auth.caller import Tier
from graft.errors import invalid
from graft.ids import Id
from graft.kinds.registry import Kinds
from graft.plans.access import access_plan
from graft.plans.models import (
    Plan,
    PlannedInstall,
    PlannedMember,
    PlanPage,
    PlanQuery,
    VersionOfPlan,
    Warned,
)
from graft.plans.outcomes import summary_of
from graft.plans.rows import InstallOutcome, MemberOutcome, PlanRow
from graft.plans.stored import decode_outcomes, decode_request
from graft.web.context import ReadContext

# Bytes of the members of a page; of one in an error, which is smaller.
PAGE_BYTES = 2 * 1024 * 1024
ERROR_BYTES = 64 * 1024


async def read_plan(ctx: ReadContext, plan_id: Id, query: PlanQuery) -> Plan:
    """The plan as it was made; whether what it read has moved since is found out where it is applied."""
    row = await access_plan(ctx, plan_id, Tier.VIEWER)
    return show(row, ctx.process.kinds, query)


def show(row: PlanRow, kinds: Kinds, query: PlanQuery, room: int = PAGE_BYTES) -> Plan:
    """A page of its members, of at most `room` bytes.

    Decisions and warnings that are larger are left out: whoever reads the plan by its id has all of them.
    """
    installs = decode_outcomes(row.id, bytes(row.outcomes), row.row_ids)
    request = decode_request(bytes(row.request))
    members, page = _page(installs, kinds, query, room)
    only = _install(installs[0]) if len(installs) == 1 else None
    return Plan(
        id=f"intpln_{row.id}",
        kind=row.kind,
        workspace_id=f"wsp_{row.workspace_id}",
        integration_install_id=only and only.integration_install_id,
        from_=only and only.from_,
        to=only and only.to,
        strategy=request.strategy,
        state=row.state,
        created_by=row.created_by and f"usr_{row.created_by}",
        created_at=row.created_at,
        resolutions=request.resolutions if len(bytes(row.request)) <= room else {},
        summary=summary_of(installs),
        installs=_within([_install(found) for found in installs], room),
        members=members,
        page_info=page,
    )


def _within(installs: list[PlannedInstall], room: int) -> list[PlannedInstall]:
    if len(msgspec.json.encode(installs)) <= room:
        return installs
    return [replace(install, warnings=[]) for install in installs]


def _install(found: InstallOutcome) -> PlannedInstall:
    return PlannedInstall(
        f"intins_{found.install_id}",
        _version(found.from_version),
        _version(found.to_version),
        summary_of([found]),
        list(found.permissions),
        [Warned("still-named", slug, list(names)) for slug, names in found.still_named.items()],
    )


def _version(version: tuple[Id, str]) -> VersionOfPlan:
    return VersionOfPlan(f"intver_{version[0]}", version[1])


def _page(
    installs: Sequence[InstallOutcome], kinds: Kinds, query: PlanQuery, room: int
) -> tuple[list[PlannedMember], PlanPage]:
    """Members in the order of the plan. A cursor is the number of the first one that comes after."""
    all_of_them = [
        (found.install_id, member)
        for found in installs
        for member in found.members
        if query.outcome in (None, member.outcome)
    ]
    start = cursor(query.after)
    shown: list[PlannedMember] = []
    for install_id, member in islice(all_of_them, start, start + query.limit):
        told = _member(install_id, member, kinds)
        room -= len(msgspec.json.encode(told))
        if room < 0 and shown:
            break
        shown.append(told)
    end = start + len(shown)
    return shown, PlanPage(len(all_of_them), end < len(all_of_them), str(end) if shown else None)


def cursor(text: str | None) -> int:
    """The place that an `after` names; `Invalid` where it is none."""
    if text is None:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise invalid("after", "invalid-cursor", "This is no `endCursor` of this list.")
    return int(text)


def _member(install_id: Id, member: MemberOutcome, kinds: Kinds) -> PlannedMember:
    return PlannedMember(
        f"intins_{install_id}",
        member.slug,
        member.kind,
        f"intmem_{member.member_id}",
        kinds.wire_id(member.kind, member.entity_id),
        member.outcome,
        member.reason,
        list(member.conflicts),
    )
