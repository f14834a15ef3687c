"""What a draft's impact looks like on the wire: counts, and nothing of whose they are."""

from typing import Annotated

import msgspec
from msgspec import Meta


class ImpactRequest(msgspec.Struct, frozen=True):
    version: (
        Annotated[
            str,
            Meta(max_length=256, description="As what it is to be published; absent: the smallest honest version."),
        ]
        | None
    ) = None


class ImpactOfMembers(msgspec.Struct, frozen=True):
    """Members of the installs that were planned, by what becomes of them."""

    update: Annotated[int, Meta(description="Follow the version, or move with it.")]
    merge: Annotated[int, Meta(description="Were edited, and get what the draft changed beside the edit.")]
    conflict: Annotated[int, Meta(description="Were edited where the draft changed.")]
    add: Annotated[int, Meta(description="Are new, or come back.")]
    remove: Annotated[int, Meta(description="Go.")]
    skip: Annotated[int, Meta(description="Are left alone although the draft would change or remove them.")]


class Impact(msgspec.Struct, frozen=True, rename="camel"):
    """An install counts wherever something is true of it; `clean` are those of which nothing else is."""

    version: Annotated[str, Meta(description="As what the draft was run: ranges of dependents are judged by it.")]
    installs: Annotated[int, Meta(description="How many active installs there are.")]
    planned: Annotated[int, Meta(description="How many of them were planned; the newest come first.")]
    partial: Annotated[bool, Meta(description="Whether the time, or the number of installs, was spent before the end.")]
    clean: Annotated[int, Meta(description="Installs that can move as they are, with no text of their own touched.")]
    merges: Annotated[int, Meta(description="Installs with edits that the draft is merged with.")]
    conflicts: Annotated[int, Meta(description="Installs with edits that somebody has to decide on.")]
    needs_value: Annotated[int, Meta(description="Installs whose variables do not fit the draft's schema.")]
    needs_consent: Annotated[int, Meta(description="Installs that have not accepted a permission.")]
    needs_auth: Annotated[int, Meta(description="Installs without credentials of the type.")]
    lacks_dependency: Annotated[int, Meta(description="Installs whose workspace lacks what the draft depends on.")]
    breaks_dependent: Annotated[int, Meta(description="Installs that another one needs as they are.")]
    too_large: Annotated[int, Meta(description="Installs in which a definition would read too large.")]
    members: Annotated[ImpactOfMembers, Meta(description="The members of the planned installs.")]
