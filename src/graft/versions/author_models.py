"""What authors read of their drafts and versions, on the wire."""

from typing import Annotated

import msgspec
from msgspec import Meta

from graft.errors import Problem
from graft.manifest import semver
from graft.version_members import Role
from graft.web.models import EntityId, EntityVersionId, RawDocument


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
