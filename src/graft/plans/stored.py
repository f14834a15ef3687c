"""How a plan is stored: its outcomes as slugs and letters, and beside them the ids that cannot be computed: pure.

An id takes 16 bytes that nothing compresses. That of a new member follows from the plan's own, so it is not stored.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec

from graft import jsontext
from graft.ids import Id, derived_id
from graft.plans.models import ConflictPlace, Outcome, OutcomeReason
from graft.plans.rows import InstallOutcome, MemberOutcome, StoredRequest

_OUTCOMES: dict[str, Outcome] = {
    "u": "update", "m": "merge", "c": "conflict", "a": "add", "r": "remove", "s": "skip", "=": "unchanged"
}  # fmt: skip
_REASONS: dict[str, OutcomeReason | None] = {
    "-": None, "d": "detached", "h": "held", "c": "conflict", "p": "pending-consent"
}  # fmt: skip
_OUTCOME_LETTERS = {outcome: letter for letter, outcome in _OUTCOMES.items()}
_REASON_LETTERS = {reason: letter for letter, reason in _REASONS.items()}


class _Member(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """`letters`: of outcome, shape (`c` a clone, `r` a reference, upper case: a new one) and reason."""

    slug: str
    kind: str
    letters: str
    conflicts: list[tuple[str, str]] = []


class _Install(msgspec.Struct, frozen=True, omit_defaults=True):
    id: Id
    from_version: tuple[Id, str]
    to_version: tuple[Id, str]
    unchanged: int
    members: list[_Member]
    permissions: list[str] = []
    still_named: dict[str, list[str]] = {}


_installs = msgspec.json.Decoder(list[_Install])
_request = msgspec.json.Decoder(StoredRequest, float_hook=Decimal)


def new_member_id(plan_id: Id, install_id: Id, slug: str) -> Id:
    """The id of the row that a plan makes for a member of an install."""
    return derived_id(plan_id, install_id, slug)


def encode_request(request: StoredRequest) -> bytes:
    return jsontext.encode(request)


def decode_request(text: bytes) -> StoredRequest:
    return _request.decode(text)


def encode_outcomes(outcomes: Sequence[InstallOutcome]) -> tuple[bytes, list[Id]]:
    """The text of the outcomes, and the ids of members and entities in their order."""
    row_ids: list[Id] = []
    installs: list[_Install] = []
    for found in outcomes:
        for member in found.members:
            row_ids += _ids_of(member)
        installs.append(
            _Install(
                found.install_id,
                found.from_version,
                found.to_version,
                found.unchanged,
                [_stored(member) for member in found.members],
                list(found.permissions),
                {slug: list(names) for slug, names in found.still_named.items()},
            )
        )
    return msgspec.json.encode(installs), row_ids


def decode_outcomes(plan_id: Id, text: bytes, row_ids: Sequence[Id]) -> list[InstallOutcome]:
    """What `encode_outcomes` was given."""
    rest = iter(row_ids)
    return [
        InstallOutcome(
            found.id,
            found.from_version,
            found.to_version,
            found.unchanged,
            found.permissions,
            found.still_named,
            [_read(plan_id, found.id, member, rest) for member in found.members],
        )
        for found in _installs.decode(text)
    ]


def _stored(member: MemberOutcome) -> _Member:
    shape = "c" if member.clone else "r"
    letters = (
        _OUTCOME_LETTERS[member.outcome] + (shape.upper() if member.new else shape) + _REASON_LETTERS[member.reason]
    )
    return _Member(member.slug, member.kind, letters, [(place.pointer, place.kind) for place in member.conflicts])


def _ids_of(member: MemberOutcome) -> list[Id]:
    own = [] if member.new else [member.member_id]
    return own if member.clone else [*own, member.entity_id]


def _read(plan_id: Id, install_id: Id, member: _Member, rest: Iterator[Id]) -> MemberOutcome:
    outcome, shape, reason = member.letters
    new, clone = shape.isupper(), shape in "cC"
    member_id = new_member_id(plan_id, install_id, member.slug) if new else next(rest)
    return MemberOutcome(
        member.slug,
        member.kind,
        member_id,
        member_id if clone else next(rest),
        clone,
        _OUTCOMES[outcome],
        _REASONS[reason],
        new,
        [ConflictPlace(pointer, kind) for pointer, kind in member.conflicts],
    )
