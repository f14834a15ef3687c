"""What authors read of their drafts and versions, on the wire."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from graft.errors import Problem
from graft.manifest import semver
from graft.version_members import Role
from graft.web.models import EntityId, EntityVersionId, IntegrationVersionId, RawDocument


class ProblemsQuery(msgspec.Struct, frozen=True):
    version: Annotated[
        str | None, Meta(description="The version that it is to be published as; absent: it is not looked at.")
    ] = None


class DraftProblems(msgspec.Struct, frozen=True, rename="camel"):
    """What publish would refuse, as its reply would tell it; pointers lead into the draft."""

    problems: Annotated[list[Problem], Meta(description="Everything that is wrong; empty: it can be published.")]
    problems_left_out: Annotated[int, Meta(description="How many more there are at least. Nobody counts on.")]


class PublishedMember(msgspec.Struct, frozen=True, rename="camel"):
    """A member of a version as it was published, before any install fills it in."""

    slug: Annotated[str, Meta(description="The member's slug in the version; `schema:…` are reached by references.")]
    kind: Annotated[str, Meta(description="The kind of the entity.")]
    name: Annotated[str, Meta(description="The entity's name.")]
    description: Annotated[str | None, Meta(description="What it is, for people.")]
    role: Annotated[Role, Meta(description="Whether the manifest names it, or references reach it.")]
    entity_id: Annotated[EntityId, Meta(description="The author's entity.")]
    entity_version_id: Annotated[EntityVersionId, Meta(description="The version of it that was published.")]
    required: Annotated[bool, Meta(description="Whether every install takes it.")]
    default_enabled: Annotated[bool, Meta(description="Whether an install with the policy `auto_defaults` takes it.")]
    fork_on_install: Annotated[bool, Meta(description="Whether the workspace gets a copy of its own.")]
    depends_on: Annotated[list[str], Meta(description="The members that come with it, as the manifest says.")]
    refers_to: Annotated[list[str], Meta(description="The members that its definition names.")]
    variables: Annotated[list[str], Meta(description="The variables that its definition asks for.")]
    definition: Annotated[
        RawDocument,
        Meta(
            description="In symbolic form: `${members.fun:<slug>}` stands for the id of a member, "
            "`${variables.<name>}` for the value of a variable, `$${` for `${`."
        ),
    ]


class Reason(msgspec.Struct, frozen=True, rename="camel"):
    """One difference between the current version and the draft."""

    level: Annotated[semver.Step, Meta(description="What it takes: `major`, `minor` or `patch`.")]
    change: Annotated[str, Meta(description="What changes, such as `member-removed`; it stays the same.")]
    pointer: Annotated[str, Meta(description="Where: an RFC 6901 pointer into the draft.")]
    about: Annotated[str | None, Meta(description="The slug or the name that it is about.")]
    detail: Annotated[str, Meta(description="What changes, for people.")]


class NextVersion(msgspec.Struct, frozen=True, rename="camel"):
    current_version: Annotated[
        str | None, Meta(description="With which the draft was compared; null: it is the first.")
    ]
    version: Annotated[str, Meta(description="The smallest version that says how much changes.")]
    level: Annotated[
        semver.Step | None, Meta(description="How much changes; null: nothing, or there is nothing to compare with.")
    ]
    reasons: Annotated[
        list[Reason], Meta(description="All that changes, what takes most first; of much the first 1,000.")
    ]
    reasons_left_out: Annotated[int, Meta(description="How many more there are.")]


class DiffQuery(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    from_: Annotated[IntegrationVersionId, Meta(description="The version before, of the same integration.")]
    limit: Annotated[int, Meta(ge=1, le=100, description="How many members a page has at most.")] = 100
    after: Annotated[str | None, Meta(description="A member's slug: the members behind it.")] = None


class VersionName(msgspec.Struct, frozen=True, rename="camel"):
    integration_version_id: IntegrationVersionId
    version: Annotated[str, Meta(description="Its number.")]


_VALUE = Meta(extra_json_schema={"description": "What stands there; absent: nothing."})


class FieldChange(msgspec.Struct, frozen=True):
    """A place at which two versions differ."""

    pointer: Annotated[
        str, Meta(description="A JSON pointer; an item of a list that has keys goes by its key, not by its index.")
    ]
    before: Annotated[msgspec.Raw, _VALUE] | UnsetType = UNSET
    after: Annotated[msgspec.Raw, _VALUE] | UnsetType = UNSET


class MemberChange(msgspec.Struct, frozen=True, rename="camel"):
    slug: Annotated[str, Meta(description="The member's slug in the later version, or in the one that has it.")]
    slug_before: Annotated[str | None, Meta(description="Its slug before, where that was another one.")]
    kind: Annotated[str, Meta(description="The kind of the entity.")]
    role: Annotated[Role, Meta(description="Whether the manifest names it, or references reach it.")]
    change: Annotated[Literal["added", "removed", "changed"], Meta(description="What becomes of it.")]
    fields: Annotated[
        list[FieldChange],
        Meta(description="Where it changes: `/name` and the like, and `/definition/…`, in symbolic form."),
    ]


class VersionDiff(
    msgspec.Struct, frozen=True, rename={"from_": "from", "has_next_page": "hasNextPage", "end_cursor": "endCursor"}
):
    from_: Annotated[VersionName, Meta(description="The version before.")]
    to: Annotated[VersionName, Meta(description="The version after.")]
    documents: Annotated[
        list[FieldChange],
        Meta(
            description="Where `/manifest` (but for its members), `/variablesSchema` and `/authConfig` change; on the "
            "first page."
        ),
    ]
    members: Annotated[list[MemberChange], Meta(description="The members that change, by slug.")]
    total: Annotated[int, Meta(description="How many members change, on all pages.")]
    has_next_page: Annotated[bool, Meta(description="Whether there are more; a page ends by bytes, too.")]
    end_cursor: Annotated[str | None, Meta(description="For `after`, where there are more.")]
