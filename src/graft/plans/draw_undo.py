"""Make a plan of an undo from what was asked for and from what is there; nothing is written."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from graft.history.undo import Drawn as DrawnUndo
from graft.history.undo import draw
from graft.installs.access import access_install
from graft.installs.rows import InstalledMember
from graft.operations.before import encode
from graft.plans.decisions import read_decisions
from graft.plans.models import ConflictPlace, OutcomeReason
from graft.plans.outcomes import MOST_PLACES
from graft.plans.rows import InstallOutcome, MemberOutcome, StoredRequest
from graft.upgrades.target import read_version
from graft.web.context import ReadContext


@dataclass(frozen=True, slots=True)
class PlannedUndo:
    """An undo, what is told of it, and the fingerprint of what was read."""

    drawn: DrawnUndo
    outcome: InstallOutcome
    fingerprint: bytes


async def draw_undo(ctx: ReadContext, request: StoredRequest, *, lenient: bool = False) -> PlannedUndo:
    """`Invalid` and `Conflict` as the call that undoes. `lenient`: decisions on no conflict do nothing."""
    assert request.undo is not None
    row = await access_install(ctx, request.installs[0].install_id)
    wanted, member = request.undo.operation_id, request.undo.member_id
    drawn = await draw(ctx, row, wanted, member, read_decisions(request.resolutions), lenient=lenient)

    image = drawn.plan.target.install
    before = await read_version(ctx, row.version_id)
    after = before if image is None else await read_version(ctx, image.version_id)
    outcome = InstallOutcome(
        row.id, (before.id, before.version), (after.id, after.version), _unchanged(drawn), [], {}, _members(drawn)
    )
    return PlannedUndo(drawn, outcome, _fingerprint(drawn))


def _unchanged(drawn: DrawnUndo) -> int:
    return sum(not row.removed and row.id not in drawn.plan.told for row in drawn.found.members)


def _members(drawn: DrawnUndo) -> list[MemberOutcome]:
    rows = {row.id: row for row in drawn.found.members}
    members = [_member(drawn, rows[row_id], slug) for row_id, (_, slug) in drawn.plan.told.items() if row_id in rows]
    return sorted(members, key=lambda member: (member.slug, member.outcome))


def _member(drawn: DrawnUndo, row: InstalledMember, slug: str) -> MemberOutcome:
    outcome, _ = drawn.plan.told[row.id]
    reasons: dict[str, OutcomeReason] = {"skip": "detached", "conflict": "conflict"}
    clashes = drawn.merged.conflicts.get(row.id, ())[:MOST_PLACES]
    places = [ConflictPlace(clash.pointer, clash.kind) for clash in clashes]
    return MemberOutcome(
        slug, row.base.kind, row.id, row.entity_id, row.clone, outcome, reasons.get(outcome), conflicts=places
    )


def _fingerprint(drawn: DrawnUndo) -> bytes:
    """Over the install, its rows, the operations that are gone over, and what is written."""
    digest = hashlib.sha256()
    for text in _texts(drawn):
        digest.update(len(text).to_bytes(8, "big"))
        digest.update(text)
    return digest.digest()


def _texts(drawn: DrawnUndo) -> Sequence[bytes]:
    write = msgspec.json.Encoder().encode
    clones = sorted(drawn.found.clones.values(), key=lambda clone: clone.image.id)
    return [
        write(drawn.row),
        write([operation.id for operation in drawn.operations]),
        write([*drawn.found.images.values()]),
        write([[clone.image, clone.base_id, clone.version_id] for clone in clones]),
        encode(drawn.plan.target),
    ]
