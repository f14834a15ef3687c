"""One install on its way to a version: what it takes, planned from what is there, and then written.

The plain call does both at once; a stored plan is made by the first alone and done by both.
"""

import dataclasses
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from itertools import islice

from msgspec.structs import replace

from graft import ids, jsontext
from graft.errors import raise_if_any
from graft.events.record import MOST_NAMED
from graft.ids import Id
from graft.installs import ends, requirements
from graft.installs import queries as installs
from graft.installs.rows import ActiveInstall, InstalledRows
from graft.jsontext import Json
from graft.manifest import variables
from graft.upgrades.apply import Kind, UpgradedInstall, apply_upgrade, rewrite, write_upgraded
from graft.upgrades.images import images_of
from graft.upgrades.merge_edit import Decisions, Reading, new_version
from graft.upgrades.merge_edits import Merges, merged_lots, merges_of
from graft.upgrades.models import Upgraded
from graft.upgrades.plan import Planner
from graft.upgrades.planned import Change, UpgradePlan
from graft.upgrades.same_edits import same_edits
from graft.versions.members import members_of
from graft.versions.rendering import check_rendered
from graft.versions.rows import FoundVersion
from graft.web.context import ReadContext, WriteContext

# Of planning, as long as the ids of members move: each round lets more go, and mostly the first one is the last.
_MOST_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Move:
    """An install, the version that it goes to, its row afterwards, and what becomes of each of its rows.

    values: those that its members read with from then on
    still_named: slug → who names what goes, of other installs and of the workspace's own
    """

    row: ActiveInstall
    version: FoundVersion
    settled: UpgradedInstall
    rows: InstalledRows
    plan: UpgradePlan
    values: Mapping[str, Json]
    still_named: Mapping[str, list[str]]
    # of a merge: what texts are read with, and what merging them comes to
    reading: Reading | None = None
    merges: Merges = field(default_factory=Merges)

    @property
    def fields(self) -> list[str]:
        """The columns of the install that are other ones afterwards."""
        names = ("version_id", "variables_id", "auth_state_id", "member_policy")
        return [name for name in names if getattr(self.row, name) != getattr(self.settled, name)]

    @property
    def changes_nothing(self) -> bool:
        return not self.fields and self.plan.changes_nothing


async def plan_move(
    ctx: ReadContext,
    row: ActiveInstall,
    version: FoundVersion,
    settled: UpgradedInstall,
    new_id: Callable[[str], Id],
    selected: Collection[str] = (),
    decisions: Decisions | None = None,
) -> Move:
    """What the move takes; nothing is written. `Invalid` where a member would read larger than it may.

    new_id: gives the id of a slug's new row, the same each time
    selected: slugs of members that come in
    decisions: on conflicts of edits with what the version gives; None: edits are left alone, and not merged
    """
    members = await members_of(ctx, {row.version_id, version.id})
    installed, target = members[row.version_id], members[version.id]
    rows = await installs.select_installed(ctx.db, row.id, row.workspace_id, installed)
    before = jsontext.decode(bytes(row.filled))
    after = before if settled.values is None else settled.values.variables
    change = Change(installed, target, settled.member_policy, before, after, selected)

    planner = Planner(rows.members, change, new_id)
    plan, attach = planner.plan, set[Id]()
    if decisions is None:
        attach = await same_edits(ctx, row.workspace_id, plan, after, rows)
        plan = planner.again(attach) if attach else plan
    read = _reading(version, row, rows, change, decisions or {})
    plan, reading, merges = await _merged(ctx, planner, read, attach, edits=decisions is not None)

    raise_if_any(await check_rendered(ctx, plan.given, after, requirements.typed(version, after)))
    settled = _with_solution(settled, row, plan)
    still_named = await _still_named(ctx, row, plan)
    return Move(row, version, settled, rows, plan, after, still_named, reading, merges)


async def _merged(
    ctx: ReadContext,
    planner: Planner,
    reading: Callable[[UpgradePlan], Reading],
    attach: Collection[Id],
    *,
    edits: bool,
) -> tuple[UpgradePlan, Reading | None, Merges]:
    """The plan with what is merged: clones of which places are held, and `edits`.

    What stays because texts name it is decided once more, by the merged ones. That lets go what no merged text names,
    so as a rule it changes no text; where it does, texts are merged anew.
    """
    plan = planner.plan
    clones = [*plan.held, *plan.edited] if edits else plan.held
    read, merges = None, Merges()
    for _ in range(_MOST_ROUNDS if clones else 0):
        read, before = reading(plan), plan.ids
        merges = await merges_of(ctx, read, clones)
        plan = planner.again({*attach, *merges.attach}, merges.by_clone)
        if plan.ids == before:
            break
    return plan, None if read is None else reading(plan), merges


def _reading(
    version: FoundVersion, row: ActiveInstall, rows: InstalledRows, change: Change, decisions: Decisions
) -> Callable[[UpgradePlan], Reading]:
    """With what texts are read once a plan is done."""
    declared = variables.declared(jsontext.decode(bytes(version.variables_schema_snapshot)))

    def of(plan: UpgradePlan) -> Reading:
        gone = {member.id for member, _ in plan.remove}
        living = {found.entity_id for found in rows.members if not found.removed and found.id not in gone}
        return Reading(
            row.workspace_id, change.values, declared, plan.ids, living.union(plan.ids.values()), rows, decisions
        )

    return of


async def apply_move(
    ctx: WriteContext, move: Move, reason: str | None = None, kind: Kind = "upgrade"
) -> tuple[Upgraded, Id | None]:
    """The four lists, and the operation, if anything changed."""
    row, plan = move.row, move.plan
    await apply_upgrade(ctx, row.id, row.workspace_id, row.variables_id, plan)
    reply = Upgraded(plan.updated, plan.added, plan.removed, plan.skipped)
    if move.changes_nothing:
        return reply, None

    moved = {"from": row.version, "to": move.version.version} if kind == "upgrade" else {"fields": move.fields}
    data: dict[str, Json] = {**moved, **_counts(reply)}
    if move.still_named:
        data["stillNamed"] = move.still_named
    if move.reading is not None and plan.merge:
        # they were looked at when they were planned
        reading = dataclasses.replace(move.reading, storable={given.id for given in plan.merge})
        async for lot in merged_lots(ctx, reading, plan.merge):
            texts = [new_version(edit, move.reading, move.settled.variables_id, ctx.process.kinds) for edit in lot]
            await rewrite(ctx, row.workspace_id, [edit.given for edit in lot], texts)
    before = images_of(plan, move.rows, row)
    operation_id = await write_upgraded(
        ctx, row.id, row.workspace_id, row.version_id, move.settled, before, data, reason, kind
    )
    return reply, operation_id


def one_id_each() -> Callable[[str], Id]:
    """A fresh id for each slug, the same one whenever it is asked for."""
    known: dict[str, Id] = {}
    return lambda slug: known[slug] if slug in known else known.setdefault(slug, ids.new_id())


def _with_solution(settled: UpgradedInstall, row: ActiveInstall, plan: UpgradePlan) -> UpgradedInstall:
    """An install gets its solution with its first clone."""
    if row.solution_id is not None or not any(given.clone for _, given in plan.insert):
        return settled
    return replace(settled, solution_id=ids.new_id(), solution_name=row.name)


async def _still_named(ctx: ReadContext, row: ActiveInstall, plan: UpgradePlan) -> dict[str, list[str]]:
    """What goes although other installs or own entities of the workspace name it, and who they are."""
    removed = {member.id: member.slug for member, _ in plan.remove if member.clone}
    if not removed:
        return {}
    registry = ctx.process.kinds
    named: dict[str, list[str]] = {}
    pairs = (
        (slug, registry.wire_id(found.kind, found.id))
        for found in await ends.select_naming(ctx.db, row.workspace_id, [row.id], list(removed))
        for slug in sorted({removed[ref] for ref in found.refs if ref in removed})
    )
    for slug, wire_id in islice(pairs, MOST_NAMED):
        named.setdefault(slug, []).append(wire_id)
    return named


def _counts(reply: Upgraded) -> dict[str, Json]:
    return {name: len(getattr(reply, name)) for name in ("updated", "added", "removed", "skipped")}
