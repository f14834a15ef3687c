"""What upgrades look like on the wire."""

from typing import Annotated

import msgspec
from msgspec import Meta

from graft.installs.models import Scopes
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
