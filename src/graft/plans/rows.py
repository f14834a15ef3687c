"""Plans as the program holds them, and what their rows store."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from graft.ids import Id
from graft.plans.models import ConflictPlace, Outcome, OutcomeReason, PlanKind, PlanState, Strategy


class MoveRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was asked for one install, its version decided."""

    install_id: Id
    version_id: Id
    variables: dict[str, Any] = {}
    auth_state_id: str | None = None
    accept_permissions: list[str] | None = None


class UndoOf(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which operation a plan undoes, and of which member alone, if of one."""

    operation_id: str
    member_id: str | None = None


class StoredRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was asked for; made again from it, a plan is the same as long as nothing that it reads moves.

    `undo`: of a plan of an undo, which has one install.
    """

    installs: list[MoveRequest]
    strategy: Strategy = "reapply"
    resolutions: dict[str, dict[str, Any]] = {}
    # key → pointer → a digest of what was decided between
    seen: dict[str, dict[str, str]] = {}
    undo: UndoOf | None = None


class MemberOutcome(msgspec.Struct, frozen=True, gc=False):
    """What becomes of a member. `new`: it has no row yet, and gets an id that follows from the plan's."""

    slug: str
    kind: str
    member_id: Id
    entity_id: Id
    clone: bool
    outcome: Outcome
    reason: OutcomeReason | None = None
    new: bool = False
    conflicts: Sequence[ConflictPlace] = ()


class InstallOutcome(msgspec.Struct, frozen=True):
    """What becomes of an install.

    `permissions`: what nobody accepted yet; `still_named`: slug → who names what goes.
    """

    install_id: Id
    from_version: tuple[Id, str]
    to_version: tuple[Id, str]
    unchanged: int
    permissions: Sequence[str]
    still_named: Mapping[str, Sequence[str]]
    members: Sequence[MemberOutcome]


class PlanRow(msgspec.Struct, frozen=True):
    """The row of a plan."""

    id: Id
    workspace_id: Id
    kind: PlanKind
    state: PlanState
    install_ids: Sequence[Id]
    request: msgspec.Raw
    outcomes: msgspec.Raw
    row_ids: Sequence[Id]
    fingerprint: bytes
    created_by: Id | None
    created_at: datetime
