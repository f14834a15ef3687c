"""What upgrades look like on the wire."""

from typing import Annotated

import msgspec
from msgspec import Meta

from graft.installs.models import Install, Scopes, Slugs, Why
from graft.manifest import MemberPolicy
from graft.web.models import AuthStateId, Document, id_of

_PLAN = id_of("intpln", "A plan of this install, which is done exactly as it is; nothing else is given then.")


class UpgradeRequest(msgspec.Struct, frozen=True, rename="camel"):
    """What the new version needs beyond what the install has."""

    variables: Annotated[
        Document, Meta(description="Values that are new or change, by name; null takes one back.")
    ] = {}
    auth_state_id: AuthStateId | None = None
    accept_permissions: Scopes | None = None
    plan_id: Annotated[str, _PLAN] | None = None


class Upgraded(msgspec.Struct, frozen=True):
    """Four lists of member slugs; what is in none of them did not change."""

    updated: Annotated[list[str], Meta(description="Members that follow the new version.")] = []
    added: Annotated[list[str], Meta(description="Members that are new.")] = []
    removed: Annotated[list[str], Meta(description="Members that the new version has no more.")] = []
    skipped: Annotated[
        list[str], Meta(description="Members that were left alone, as the workspace edited or detached them.")
    ] = []


class Reconfigure(msgspec.Struct, frozen=True, rename="camel"):
    """What is to be otherwise at the version that the install has; an absent key changes nothing."""

    variables: Annotated[Document, Meta(description="Values that change, by name; null takes one back.")] = {}
    auth_state_id: AuthStateId | None = None
    accept_permissions: Scopes | None = None
    member_policy: Annotated[
        MemberPolicy | None,
        Meta(description="Which members later upgrades add; those that are there stay as they are."),
    ] = None
    selected_member_slugs: Annotated[
        Slugs, Meta(description="Members to take in as well; what these need comes along, and nothing goes.")
    ] = []
    reason: Why | None = None


class Reconfigured(Upgraded, frozen=True, kw_only=True):
    """What changed of the members, and the install as it is now."""

    install: Annotated[Install, Meta(description="The install as it is now.")]
