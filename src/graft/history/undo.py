"""Undo: an install is again what it was before an operation, but for what was edited by hand since."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from graft import ids
from graft.auth.caller import Tier
from graft.definitions.queries import insert_versions, update_definitions
from graft.errors import Conflict, Problem, invalid, raise_if_any
from graft.events.record import record
from graft.history.alone import Alone, base_of_one
from graft.history.merge_edits import MergedEdits, merge_edits
from graft.history.models import Undone, UndoRequest
from graft.history.plan import plan_undo
from graft.history.planned import UndoPlan, rows_of
from graft.history.queries import select_named
from graft.history.rework import Done
from graft.history.settle import settle
from graft.ids import Id
from graft.installs import queries as installs
from graft.installs.access import access_install_locked
from graft.installs.rows import InstalledRows, InstallRow
from graft.jsontext import Json, pointer
from graft.merge import Resolution
from graft.operations import queries
from graft.operations.before import decode
from graft.operations.compose import compose
from graft.operations.record import NewUndo, record_undo
from graft.upgrades.put_back import Pins, put_back
from graft.versions import queries as versions
from graft.versions.members import members_of
from graft.web.context import ReadContext, WriteContext


@dataclass(frozen=True, slots=True)
class Drawn:
    """An undo as it is planned: of which operation, what is written, and the rows that it was planned from."""

    row: InstallRow
    operations: Sequence[Done]
    found: InstalledRows
    plan: UndoPlan
    merged: MergedEdits
    # what was decided, by clone
    answers: Mapping[Id, Mapping[str, Resolution]]

    @property
    def undone(self) -> Done:
        return self.operations[0]


async def undo(ctx: WriteContext, install_id: Id, body: UndoRequest | None) -> Undone:
    """Members that were edited since keep their edits; undoing an undo does again what it undid."""
    body = body or UndoRequest()
    row = await access_install_locked(ctx, install_id, Tier.EDITOR)
    drawn = await draw(ctx, row, body.operation_id, body.member_id)
    operation_id = await carry_out(ctx, drawn, body.reason)
    plan = drawn.plan
    return Undone(
        plan.updated,
        plan.added,
        plan.removed,
        plan.skipped,
        operation_id=operation_id and f"intopn_{operation_id}",
        undoes=f"intopn_{drawn.undone.id}",
    )


async def draw(
    ctx: ReadContext,
    row: InstallRow,
    wanted: str | None,
    member: str | None,
    decisions: Mapping[str, Mapping[str, Resolution]] | None = None,
    *,
    lenient: bool = False,
) -> Drawn:
    """What undoing takes; nothing is written.

    `wanted`: the operation, the last one where none is named. `member`: the one that goes back; none: all.
    `decisions`: on conflicts, by slug or id of a member, then by pointer; `Invalid` names those that are on none,
    unless `lenient`.
    """
    operations = await _operations(ctx, row, wanted)
    found = await _rows(ctx, row)
    alone = None if member is None else await _alone(ctx, row, operations, found, member)
    plan, merged = plan_undo(operations, found, row, alone=alone), MergedEdits()
    answers = _by_clone(decisions or {}, plan)
    if plan.reworked:
        merged = await merge_edits(ctx, row, operations, found, plan.reworked, answers)
        plan = plan_undo(operations, found, row, merged.names, merged.exact, alone)
    if not lenient:
        slugs = {slug: row_id for row_id, (_, slug) in plan.told.items()}
        raise_if_any(_unknown_decisions(decisions or {}, merged, slugs))
    if plan.target.install is not None:
        await settle(ctx, row, plan.target.install)
    return Drawn(row, operations, found, plan, merged, answers)


def _by_clone(decisions: Mapping[str, Mapping[str, Resolution]], plan: UndoPlan) -> dict[Id, Mapping[str, Resolution]]:
    known = {slug: row_id for row_id, (_, slug) in plan.told.items()}
    known |= {f"intmem_{row_id}": row_id for row_id in plan.told}
    return {known[key]: places for key, places in decisions.items() if key in known}


def _unknown_decisions(
    decisions: Mapping[str, Mapping[str, Resolution]], merged: MergedEdits, slugs: Mapping[str, Id]
) -> Iterator[Problem]:
    for key, places in decisions.items():
        clone_id = slugs.get(key) or ids.parse("intmem", key)
        known = merged.decided.get(clone_id, set()) if clone_id else set[str]()
        unfit = merged.unfit.get(clone_id, set()) if clone_id else set[str]()
        for place in places:
            if place not in known or place in unfit:
                yield Problem(pointer("resolutions", key, place), "unknown-conflict", "The plan has no such conflict.")


async def carry_out(ctx: WriteContext, drawn: Drawn, reason: str | None) -> Id | None:
    """Write it, with its own images, so that it can be undone. The id of the operation; None where nothing changes."""
    row, plan = drawn.row, drawn.plan
    if plan.changes_nothing:
        return None
    pins = Pins(row.variables_id, plan.pins)
    await put_back(ctx.db, row.workspace_id, row.id, plan.target, ctx.now, pins)
    texts = list(drawn.merged.texts.values())
    if texts:
        await insert_versions(ctx.db, row.workspace_id, ctx.caller.user_id, ctx.now, texts)
        await update_definitions(ctx.db, row.workspace_id, ctx.now, texts)

    operation_id, image = ids.new_id(), plan.target.install
    to_version_id = None if image is None or image.version_id == row.version_id else image.version_id
    lists = {"updated": plan.updated, "added": plan.added, "removed": plan.removed, "skipped": plan.skipped}
    counts: dict[str, Json] = {name: len(slugs) for name, slugs in lists.items()}
    new = NewUndo(
        operation_id,
        drawn.undone.id,
        plan.images,
        reason,
        counts,
        None if to_version_id is None else row.version_id,
        to_version_id,
    )
    await record_undo(ctx, row.workspace_id, row.id, new)
    data = {"operationId": f"intopn_{operation_id}", "undoes": f"intopn_{drawn.undone.id}", **counts}
    await record(ctx, "integration_install.undone", row.workspace_id, "intins", row.id, data)
    return operation_id


async def _operations(ctx: ReadContext, row: InstallRow, wanted: str | None) -> list[Done]:
    """The operation that is undone, and all after it."""
    operation_id = None if wanted is None else ids.parse("intopn", wanted)
    if wanted is not None and operation_id is None:
        raise _unknown()
    found = await queries.select_since(ctx.db, row.id, row.workspace_id, operation_id)
    if not found or (operation_id is not None and found[0].id != operation_id):
        raise _unknown()
    if found[0].kind == "install":
        raise Conflict(
            f"An install is undone by uninstalling it: DELETE /api/integration-installs/intins_{row.id}.",
            code="not-undoable",
        )
    return [Done(one.id, one.kind, one.undoes, decode(bytes(one.before))) for one in found]


async def wanted_operation(ctx: ReadContext, row: InstallRow, wanted: str | None) -> str:
    """The wire id of the operation that is undone; the last one's where none is named."""
    if wanted is not None:
        return wanted
    found = await queries.select_since(ctx.db, row.id, row.workspace_id, None)
    if not found:
        raise _unknown()
    return f"intopn_{found[0].id}"


def _unknown() -> Exception:
    return invalid("/operationId", "unknown-operation", "The install has no such operation.")


async def _alone(
    ctx: ReadContext, row: InstallRow, operations: Sequence[Done], found: InstalledRows, text: str
) -> Alone:
    member_id = ids.parse("intmem", text)
    if member_id is None:
        raise invalid("/memberId", "unknown-member", "The operation did not touch such a member.")
    before = compose([operation.before for operation in operations])
    base_id, version_id = base_of_one(before, member_id, rows_of(found))
    bases = [] if base_id is None else await versions.select_members_by_base(ctx.db, [base_id])
    named = None if version_id is None else await select_named(ctx.db, version_id, row.workspace_id)
    return Alone(member_id, bases[0] if bases else None, named)


async def _rows(ctx: ReadContext, row: InstallRow) -> InstalledRows:
    members = await members_of(ctx, [row.version_id])
    return await installs.select_installed(ctx.db, row.id, row.workspace_id, members[row.version_id])
