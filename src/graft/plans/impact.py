"""Run a draft against the installs that there are, before it is published: counts alone, and nothing is written."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import monotonic

import msgspec

from graft import ids, jsontext
from graft.auth.caller import Tier
from graft.errors import Unavailable, invalid
from graft.ids import Id
from graft.installs import adoption_queries
from graft.installs import queries as installs
from graft.installs.adoption_queries import LiveInstall
from graft.installs.rows import ActiveInstall, InstalledRows
from graft.integrations.access import see_integration
from graft.jsontext import Json
from graft.lanes import LanesFull
from graft.manifest import semver
from graft.plans.impact_models import Impact, ImpactOfMembers, ImpactRequest
from graft.plans.impact_needs import Need, Prospect, needs_of
from graft.templates import VariableValue
from graft.upgrades.merge_edits import Merges, Reading, merges_of
from graft.upgrades.move import one_id_each
from graft.upgrades.plan import plan_upgrade
from graft.upgrades.planned import Change, UpgradePlan
from graft.version_members import VersionMember
from graft.versions.access import refuse_deleted
from graft.versions.draft_version import DraftVersion, compose_as_version
from graft.versions.members import members_of
from graft.versions.next_version import compare_with_current
from graft.versions.rendering import measure_problems
from graft.versions.rows import FoundVersion
from graft.web.context import PrepareContext, ReadContext

# What one call may take, whatever is installed: from then on the reply is partial.
MOST_SECONDS = 10.0
MOST_INSTALLS = 5_000
_BATCH = 100


@dataclass(slots=True)
class _Counts:
    """What was found so far, of installs and of their members."""

    planned: int = 0
    clean: int = 0
    merges: int = 0
    conflicts: int = 0
    needs: Counter[Need] = field(default_factory=Counter[Need])
    members: Counter[str] = field(default_factory=Counter[str])

    def add(self, needs: set[Need], plan: UpgradePlan) -> None:
        outcomes = Counter[str](told.outcome for told in plan.told)
        self.planned += 1
        self.needs.update(needs)
        self.members.update(outcomes)
        self.conflicts += outcomes["conflict"] > 0
        self.merges += outcomes["merge"] > 0
        self.clean += not needs and not outcomes["conflict"] and not outcomes["merge"]


async def read_impact(ctx: PrepareContext, integration_id: Id, body: ImpactRequest | None) -> Impact:
    """Each install is planned as an upgrade with merges is. A draft that publish would refuse is refused alike."""
    wanted = None if body is None else body.version
    async with ctx.reading() as reading:
        seen = await see_integration(reading, integration_id, Tier.EDITOR)
        refuse_deleted(seen)
    if wanted is not None and semver.parse(wanted) is None:
        raise invalid("/version", "invalid-version", "A version is strict semver 2.0, such as 1.2.3.")

    try:
        async with ctx.process.impacts.turn(seen.workspace_id):
            draft = await compose_as_version(ctx, seen)
            version = wanted or (await compare_with_current(ctx, seen, draft)).version
            return await _run(ctx, _prospect(seen.id, draft, version))
    except LanesFull:
        raise Unavailable("Too many drafts wait to be run against installs; try again later.", code="busy") from None


def _prospect(integration_id: Id, draft: DraftVersion, version: str) -> Prospect:
    content, texts = draft.content, draft.draft
    row = FoundVersion(
        ids.new_id(),
        integration_id,
        version,
        msgspec.Raw(texts.manifest_text),
        msgspec.Raw(texts.variables_text),
        msgspec.Raw(texts.auth_text),
        msgspec.Raw(jsontext.encode(texts.dependencies)),
        list(content.manifest.permissions),
        content.manifest.allow_multiple_installs,
    )
    return Prospect(row, content.manifest, content.variables, content.members, draft.bodies)


async def _run(ctx: PrepareContext, prospect: Prospect) -> Impact:
    """Install by install, newest first, until all are planned or the budget is spent."""
    until = monotonic() + MOST_SECONDS
    integration_id = prospect.version.integration_id
    async with ctx.reading() as reading:
        total = sum(one.installs for one in await adoption_queries.count_by_version(reading.db, integration_id))

    counts, last, complete = _Counts(), None, False
    while not complete and monotonic() < until and counts.planned < MOST_INSTALLS:
        async with ctx.reading() as reading:
            batch = await adoption_queries.select_live(reading.db, integration_id, last, _BATCH)
        for one in batch:
            if monotonic() >= until:
                break
            await _plan_one(ctx, prospect, one, counts)
            last = one.id
        else:
            complete = len(batch) < _BATCH
    return _impact(prospect, total, counts, complete=complete)


async def _plan_one(ctx: PrepareContext, prospect: Prospect, live: LiveInstall, counts: _Counts) -> None:
    """One install, with a connection while its rows are read; what is decided takes no turn of the loop."""
    async with ctx.reading() as reading:
        async with reading.db.one_snapshot():
            active = await installs.select_active(reading.db, live.workspace_id, [live.id])
            row = next((found for found in active if found.id == live.id), None)
            if row is None:
                # it was uninstalled meanwhile
                return
            installed = (await members_of(reading, [row.version_id]))[row.version_id]
            rows = await installs.select_installed(reading.db, row.id, row.workspace_id, installed)
        needs, values = await asyncio.to_thread(needs_of, prospect, row, active)
        before = jsontext.decode(bytes(row.filled))
        change = Change(installed, prospect.members, row.member_policy, before, values)
        plan = await _planned(reading, prospect, rows, change, row)
    limit = ctx.process.settings.max_definition
    if await asyncio.to_thread(_reads_too_large, plan.given, values, limit):
        needs.add("size")
    counts.add(needs, plan)


async def _planned(
    ctx: ReadContext, prospect: Prospect, rows: InstalledRows, change: Change, row: ActiveInstall
) -> UpgradePlan:
    """The plan with edits merged, as a plan of that strategy is made."""
    again = partial(plan_upgrade, rows.members, change, one_id_each())
    plan = await asyncio.to_thread(again)
    clones = [*plan.held, *plan.edited]
    if not clones:
        return plan
    gone = {member.id for member, _ in plan.remove}
    living = {found.entity_id for found in rows.members if not found.removed and found.id not in gone}
    living.update(plan.ids.values())
    reading = Reading(
        row.workspace_id, change.values, prospect.declared, plan.ids, living, rows, unstored=prospect.bodies
    )
    merges: Merges = await merges_of(ctx, reading, clones)
    return await asyncio.to_thread(again, merges.attach, merges.by_clone)


def _reads_too_large(members: Sequence[VersionMember], values: Mapping[str, Json], limit: int) -> bool:
    """Whether one of these would have more than `limit` bytes, or nest too deep, with these values."""
    known = {name: VariableValue(value) for name, value in values.items()}
    asking = [member for member in members if member.variables]
    return next(measure_problems(asking, known, limit), None) is not None


def _impact(prospect: Prospect, total: int, counts: _Counts, *, complete: bool) -> Impact:
    members = counts.members
    return Impact(
        prospect.version.version,
        total,
        counts.planned,
        not complete,
        counts.clean,
        counts.merges,
        counts.conflicts,
        counts.needs["value"],
        counts.needs["consent"],
        counts.needs["auth"],
        counts.needs["dependency"],
        counts.needs["dependent"],
        counts.needs["size"],
        ImpactOfMembers(
            members["update"], members["merge"], members["conflict"], members["add"], members["remove"], members["skip"]
        ),
    )
