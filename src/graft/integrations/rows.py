"""Integrations and reviews as their rows hold them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from graft import jsontext
from graft.db.rows import changed
from graft.ids import Id
from graft.integrations.models import CreateIntegration, Integration, TrustTier, Visibility

# The text of a document.
Text = bytes | msgspec.Raw
_EMPTY = b"{}"


class Draft(msgspec.Struct, frozen=True):
    """What its editors write of an integration, and may change. A purge gives those with a default their default."""

    name: str
    trust_tier: TrustTier
    description: str | None = None
    icon_url: str | None = None
    manifest: Text = _EMPTY
    variables_schema: Text = _EMPTY
    auth_config: Text = _EMPTY


class NewIntegration(Draft, frozen=True, kw_only=True):
    id: Id
    workspace_id: Id
    slug: str
    publisher: str
    created_by: Id
    created_at: datetime
    updated_at: datetime


class FoundIntegration(msgspec.Struct, frozen=True):
    """What decides whether a caller may see it and do something: its state, an install of the caller's, grants."""

    id: Id
    workspace_id: Id
    current_version_id: Id | None
    visibility: Visibility
    deleted_at: datetime | None
    # the version that a workspace of the caller has installed
    installed_version_id: Id | None
    # of the grants to the caller
    subjects: Sequence[Id | None] | None
    tiers: Sequence[str] | None


class NewReview(msgspec.Struct, frozen=True):
    id: Id
    integration_id: Id
    requested_by: Id
    created_at: datetime


class EndedReview(msgspec.Struct, frozen=True):
    state: str
    reason: str | None
    reviewed_by: Id
    reviewed_at: datetime


def first_draft(body: CreateIntegration) -> dict[str, Any]:
    """The fields of a `Draft` that is made now."""
    return {name: _stored(getattr(body, name)) for name in Draft.__struct_fields__}


def changed_draft(shown: Integration, changes: Mapping[str, Any]) -> Draft:
    """The draft as an editor is shown it, with these changes."""
    return changed(Draft, shown, {name: _stored(value) for name, value in changes.items()})


def _stored(value: Any) -> Any:
    """As the column takes it: documents as text."""
    return jsontext.encode(value) if isinstance(value, dict) else value
