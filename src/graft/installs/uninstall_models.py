"""What the plan of an uninstallation looks like on the wire; its members have the form that those of plans have."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from graft.web.models import EntityId, InstallId, id_of

Cause = Literal["asked", "child", "dependent"]
KeptReason = Literal["detached", "edited", "named"]

_DEPENDENTS = Meta(description="Whether the installs that need it go as well.")
_FINGERPRINT = Meta(
    max_length=64, description="The fingerprint of a plan: where anything of it has moved, nothing is done."
)


class UninstallQuery(msgspec.Struct, frozen=True, rename="camel"):
    """`withDependents`: the installs that need it go as well, in one transaction."""

    with_dependents: Annotated[bool, _DEPENDENTS] = False
    fingerprint: Annotated[str, _FINGERPRINT] | None = None


class UninstallPlanQuery(msgspec.Struct, frozen=True, rename="camel"):
    with_dependents: Annotated[bool, _DEPENDENTS] = False
    after: Annotated[str, Meta(max_length=20, description="The `endCursor` of the page before.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=1000, description="How many members at most.")] = 1000


class UninstallSummary(msgspec.Struct, frozen=True):
    remove: Annotated[int, Meta(description="How many members go.")]
    keep: Annotated[int, Meta(description="How many stay with the workspace.")]


class NamedStill(msgspec.Struct, frozen=True, rename="camel"):
    """Others name what goes; for them it reads as deleted then."""

    code: Annotated[Literal["still-named"], Meta(description="What is warned of.")]
    slug: Annotated[str, Meta(description="The member that goes.")]
    entity_ids: Annotated[list[EntityId], Meta(description="Entities of the workspace that name it.")]


class LeavingInstall(msgspec.Struct, frozen=True, rename="camel"):
    integration_install_id: InstallId
    integration: Annotated[str, Meta(description="Its integration, as `publisher/slug`.")]
    version: Annotated[str, Meta(description="The version that it has.")]
    cause: Annotated[
        Cause, Meta(description="Why it goes: it was asked for, it is under one that goes, or it depends on one.")
    ]
    summary: Annotated[UninstallSummary, Meta(description="Its members, counted.")]
    warnings: Annotated[list[NamedStill], Meta(description="What to know before, of 500 names at most.")]


class LeavingMember(msgspec.Struct, frozen=True, rename="camel"):
    integration_install_id: InstallId
    slug: Annotated[str, Meta(description="The member's slug in the integration.")]
    kind: Annotated[str, Meta(description="The kind of the entity.")]
    member_id: Annotated[str, id_of("intmem", "The member of the install.")]
    entity_id: Annotated[EntityId, Meta(description="The clone, or the entity of the author.")]
    outcome: Annotated[Literal["remove", "keep"], Meta(description="Whether it goes, or stays with the workspace.")]
    reason: Annotated[
        KeptReason | None,
        Meta(description="Why it stays: it was detached or edited, or what stays names it."),
    ]


class Refusal(msgspec.Struct, frozen=True):
    conflict: Annotated[Literal["has-children", "dependent-breaks"], Meta(description="The code of the refusal.")]
    installs: Annotated[list[InstallId], Meta(description="The installs that need it.")]


class LeavingPage(msgspec.Struct, frozen=True, rename="camel"):
    total: Annotated[int, Meta(description="How many members the plan has.")]
    has_next_page: Annotated[bool, Meta(description="Whether members come after this page.")]
    end_cursor: Annotated[str | None, Meta(description="For `after`: the place of the last member.")]


class UninstallPlan(msgspec.Struct, frozen=True, rename="camel"):
    """All that uninstalling would do, before it is done. It is computed when it is read, and stored nowhere."""

    kind: Annotated[Literal["uninstall"], Meta(description="What it does.")]
    integration_install_id: InstallId
    with_dependents: Annotated[bool, _DEPENDENTS]
    fingerprint: Annotated[str, Meta(description="What `DELETE` takes, to do exactly this or nothing.")]
    refused: Annotated[
        Refusal | None, Meta(description="Why it would be refused: others need it, and are not to go along.")
    ]
    summary: Annotated[UninstallSummary, Meta(description="The members of all installs, counted.")]
    installs: Annotated[list[LeavingInstall], Meta(description="The installs that go, those first that nothing needs.")]
    members: Annotated[list[LeavingMember], Meta(description="Their members, by install and slug.")]
    page_info: Annotated[LeavingPage, Meta(description="Where the page of members stands.")]
