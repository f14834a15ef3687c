"""What plans look like on the wire; plans of upgrades, of undoing and of uninstalling have one form."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from graft.history.models import OperationId
from graft.installs.models import Scopes, Why
from graft.upgrades.models import Upgraded
from graft.web.models import (
    AuthStateId,
    CreatedAt,
    CreatedBy,
    Document,
    EntityId,
    InstallId,
    IntegrationVersionId,
    WorkspaceId,
    id_of,
)

PlanKind = Literal["upgrade", "undo", "uninstall"]
PlanState = Literal["open", "applied", "stale"]
Strategy = Literal["reapply", "merge"]
Outcome = Literal["unchanged", "update", "merge", "conflict", "add", "remove", "skip"]
OutcomeReason = Literal["detached", "held", "conflict", "pending-consent"]
By = Literal["theirs", "mine", "both", "variables", "resolved", "held", "conflict"]

PlanId = Annotated[str, id_of("intpln", "The plan.")]
MemberId = Annotated[str, id_of("intmem", "The member of the install.")]
Slug = Annotated[str, Meta(description="The member's slug, as it is after the plan; of what goes, as it was.")]
# slug or id of a member → pointer → `mine`, `theirs` or `{"value": …}`
Resolutions = Annotated[
    dict[str, dict[str, Any]],
    Meta(
        description="By member (its slug, or its id where several installs have the slug), then by pointer: `mine`, "
        '`theirs` or `{"value": …}`.'
    ),
]
_VERSION = Meta(description="The version to go to, older ones too; absent: the current one.")
_VARIABLES = Meta(description="Values that are new or change, by name; null takes one back.")
_STRATEGY = Meta(description="What becomes of clones that were edited: `reapply` leaves them alone, `merge` merges.")


class PlanRequest(msgspec.Struct, frozen=True, rename="camel"):
    """What a plan of one install is to do."""

    integration_version_id: Annotated[IntegrationVersionId | None, _VERSION] = None
    strategy: Annotated[Strategy, _STRATEGY] = "reapply"
    variables: Annotated[Document, _VARIABLES] = {}
    auth_state_id: AuthStateId | None = None
    accept_permissions: Scopes | None = None
    resolutions: Resolutions = {}


class InstallOfRequest(msgspec.Struct, frozen=True, rename="camel"):
    """What a plan of several installs is to do with one of them."""

    integration_install_id: InstallId
    integration_version_id: Annotated[IntegrationVersionId | None, _VERSION] = None
    variables: Annotated[Document, _VARIABLES] = {}
    auth_state_id: AuthStateId | None = None
    accept_permissions: Scopes | None = None


class PlansRequest(msgspec.Struct, frozen=True, rename="camel"):
    """What a plan of several installs is to do."""

    workspace_id: WorkspaceId
    installs: Annotated[
        list[InstallOfRequest],
        Meta(min_length=1, max_length=100, description="The installs, which move together or not at all."),
    ]
    strategy: Annotated[Strategy, _STRATEGY] = "reapply"
    resolutions: Resolutions = {}


class UndoPlanRequest(msgspec.Struct, frozen=True, rename="camel"):
    """What a plan of an undo is to do."""

    operation_id: Annotated[
        OperationId | None,
        Meta(description="The operation before which the install is to be; absent: the last one."),
    ] = None
    member_id: Annotated[MemberId | None, Meta(description="The one member that goes back; absent: all.")] = None
    resolutions: Resolutions = {}


class ResolveRequest(msgspec.Struct, frozen=True):
    resolutions: Resolutions


class ApplyRequest(msgspec.Struct, frozen=True):
    reason: Why | None = None


class Summary(msgspec.Struct, frozen=True):
    """How many members have each outcome."""

    unchanged: Annotated[int, Meta(description="Stay as they are.")] = 0
    update: Annotated[int, Meta(description="Follow the version, or move with it.")] = 0
    merge: Annotated[int, Meta(description="Were edited, and get what the version changed beside the edit.")] = 0
    conflict: Annotated[int, Meta(description="Were edited where the version changed, and wait for a decision.")] = 0
    add: Annotated[int, Meta(description="Are new, or come back.")] = 0
    remove: Annotated[int, Meta(description="Go.")] = 0
    skip: Annotated[int, Meta(description="Are left alone although the version would change or remove them.")] = 0


class ConflictPlace(msgspec.Struct, frozen=True):
    """A conflict of a member, without its values, which are among the fields."""

    pointer: Annotated[str, Meta(description="Where, by the keys of lists that have some; names it in resolutions.")]
    kind: Annotated[str, Meta(description="What clashes.")]


class PlannedMember(msgspec.Struct, frozen=True, rename="camel"):
    """What becomes of a member."""

    integration_install_id: InstallId
    slug: Slug
    kind: Annotated[str, Meta(description="The kind of the entity.")]
    member_id: MemberId
    entity_id: Annotated[
        EntityId, Meta(description="The clone, or the entity of the author; of a new one as it will be.")
    ]
    outcome: Annotated[Outcome, Meta(description="What becomes of it.")]
    reason: Annotated[OutcomeReason | None, Meta(description="Why it is left alone, or waits.")]
    conflicts: Annotated[list[ConflictPlace], Meta(description="What is to be decided; of many the first 100.")]


class VersionOfPlan(msgspec.Struct, frozen=True, rename="camel"):
    """A version of the integration, by id and number."""

    integration_version_id: IntegrationVersionId
    version: Annotated[str, Meta(description="Its semantic version.")]


class Warned(msgspec.Struct, frozen=True, rename="camel"):
    """What is told before it happens: others name what goes."""

    code: Annotated[str, Meta(description="What is warned of: `still-named`.")]
    slug: Slug
    entity_ids: Annotated[list[str], Meta(description="The entities of the workspace that name it.")]


class PlannedInstall(msgspec.Struct, frozen=True, rename="camel"):
    """What becomes of an install."""

    integration_install_id: InstallId
    from_: VersionOfPlan = msgspec.field(name="from")
    to: VersionOfPlan
    summary: Annotated[Summary, Meta(description="Its members, counted by outcome.")]
    permissions: Annotated[
        list[str],
        Meta(description="What the version asks for and nobody accepted yet: until then the plan is not applied."),
    ]
    warnings: Annotated[list[Warned], Meta(description="What to know before.")]


class PlanPage(msgspec.Struct, frozen=True, rename="camel"):
    """Where a page of members stands."""

    total: Annotated[int, Meta(description="How many members the plan lists: all but the unchanged ones.")]
    has_next_page: Annotated[bool, Meta(description="Whether members come after this page.")]
    end_cursor: Annotated[str | None, Meta(description="For `after`: the place of the last member.")] = None


class Plan(msgspec.Struct, frozen=True, rename="camel"):
    """A plan; of one install with its id and versions at the top."""

    id: PlanId
    kind: Annotated[PlanKind, Meta(description="What it does.")]
    workspace_id: WorkspaceId
    integration_install_id: InstallId | None
    from_: Annotated[VersionOfPlan | None, Meta(description="Of one install: the version before.")] = msgspec.field(
        name="from"
    )
    to: Annotated[VersionOfPlan | None, Meta(description="Of one install: the version after.")]
    strategy: Annotated[Strategy, _STRATEGY]
    state: Annotated[PlanState, Meta(description="`applied`: it was done. `stale`: what it read has moved.")]
    created_by: CreatedBy
    created_at: CreatedAt
    resolutions: Resolutions
    summary: Annotated[Summary, Meta(description="The members of all installs, counted by outcome.")]
    installs: Annotated[list[PlannedInstall], Meta(description="The installs that it moves.")]
    members: Annotated[list[PlannedMember], Meta(description="The members that do not stay as they are, by slug.")]
    page_info: Annotated[PlanPage, Meta(description="Where the page of members stands.")]


class AppliedInstall(Upgraded, frozen=True, rename="camel", kw_only=True):
    """What was done with an install: the four lists of an upgrade."""

    integration_install_id: InstallId
    operation_id: Annotated[OperationId | None, Meta(description="Its operation; null where nothing changed.")]


class AppliedPlan(msgspec.Struct, frozen=True):
    """What a plan did."""

    id: PlanId
    state: Annotated[PlanState, Meta(description="Always `applied`.")]
    installs: Annotated[list[AppliedInstall], Meta(description="What was done with each install.")]


class Field(msgspec.Struct, frozen=True, rename="camel"):
    """A place of a member where the sides differ. A side that is absent has no key; null is a value.

    A value that is too large for the reply is left out, and `leftOut` names it.
    """

    integration_install_id: InstallId
    slug: Slug
    member_id: MemberId
    pointer: Annotated[str, Meta(description="Where, by the keys of lists that have some.")]
    by: Annotated[By, Meta(description="Who decided the result.")]
    base: Annotated[Any, Meta(description="What the member was last given, read with the values after the plan.")] = (
        UNSET
    )
    current: Annotated[Any, Meta(description="What it is now.")] = UNSET
    target: Annotated[Any, Meta(description="What the version gives.")] = UNSET
    result: Annotated[Any, Meta(description="What it will be; of a member in conflict, once that is decided.")] = UNSET
    conflict: Annotated[str | UnsetType, Meta(description="What clashes, where it does.")] = UNSET
    suggestion: Annotated[Any, Meta(description="What might be meant, where both changed a text.")] = UNSET
    left_out: Annotated[list[str] | UnsetType, Meta(description="The sides that are too large to be shown.")] = UNSET


class FieldsPage(msgspec.Struct, frozen=True, rename="camel"):
    has_next_page: Annotated[bool, Meta(description="Whether fields come after this page.")]
    end_cursor: Annotated[str | None, Meta(description="For `after`: the place of the last field.")] = None


class Fields(msgspec.Struct, frozen=True, rename="camel"):
    """The fields of a plan, member by member."""

    data: Annotated[list[Field], Meta(description="The fields.")]
    page_info: Annotated[FieldsPage, Meta(description="Where the page stands.")]


class PlanQuery(msgspec.Struct, frozen=True):
    """Which members are listed."""

    after: Annotated[str | None, Meta(description="The `endCursor` of the page before.")] = None
    limit: Annotated[int, Meta(ge=1, le=1000, description="How many members at most.")] = 1000
    outcome: Annotated[Outcome | None, Meta(description="Only members with this outcome.")] = None


class FieldsQuery(msgspec.Struct, frozen=True):
    """Which fields are listed."""

    after: Annotated[str | None, Meta(description="The `endCursor` of the page before.")] = None
    limit: Annotated[int, Meta(ge=1, le=1000, description="How many fields at most.")] = 100
    member: Annotated[str | None, Meta(description="Only of this member: its slug or its id.")] = None
