"""What becomes of each member, as a plan tells it: pure."""

from collections.abc import Sequence

from graft.ids import Id
from graft.plans.models import ConflictPlace, Outcome, OutcomeReason, Summary
from graft.plans.rows import InstallOutcome, MemberOutcome
from graft.plans.stored import new_member_id
from graft.upgrades.move import Move
from graft.upgrades.planned import Told

# Of a member's conflicts so many are told with it.
MOST_PLACES = 100


def outcome_of(plan_id: Id, move: Move, permissions: Sequence[str]) -> InstallOutcome:
    """Of an install; `permissions`: what the version asks for and nobody accepted, so that all that moves waits."""
    members = [_member(plan_id, move, told, waits=bool(permissions)) for told in move.plan.told]
    touched = {told.row.id for told in move.plan.told if told.row is not None}
    unchanged = sum(not row.removed and row.id not in touched for row in move.rows.members)
    return InstallOutcome(
        move.row.id,
        (move.row.version_id, move.row.version),
        (move.version.id, move.version.version),
        unchanged,
        permissions,
        move.still_named,
        sorted(members, key=lambda member: (member.slug, member.outcome)),
    )


def summary_of(found: Sequence[InstallOutcome]) -> Summary:
    counts: dict[Outcome, int] = {"unchanged": sum(install.unchanged for install in found)}
    for install in found:
        for member in install.members:
            counts[member.outcome] = counts.get(member.outcome, 0) + 1
    return Summary(**counts)


def _member(plan_id: Id, move: Move, told: Told, *, waits: bool) -> MemberOutcome:
    row, choice = told.row, told.to
    reason: OutcomeReason | None = None
    if told.outcome == "skip" and row is not None:
        reason = "held" if row.merges else "detached" if row.detached_by is not None else None
    elif waits:
        reason = "pending-consent"

    if told.outcome == "conflict":
        reason = "held" if row is not None and row.merges else "conflict"
    if row is not None:
        clashes = move.merges.clashes.get(row.id, ())[:MOST_PLACES] if told.outcome == "conflict" else ()
        places = [ConflictPlace(pointer, kind) for pointer, kind in clashes]
        return MemberOutcome(
            told.slug, row.base.kind, row.id, row.entity_id, row.clone, told.outcome, reason, conflicts=places
        )
    assert choice is not None
    made = new_member_id(plan_id, move.row.id, told.slug)
    entity_id = made if choice.clone else choice.member.source_entity_id
    return MemberOutcome(told.slug, choice.member.kind, made, entity_id, choice.clone, told.outcome, reason, new=True)
