"""The rows of integrations and reviews."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from graft import jsontext
from graft.db.rows import changed
from graft.db.sweep import Swept
from graft.ids import Id
from graft.integrations.models import CreateIntegration, Integration, TrustTier, Visibility

# A document as JSON text.
Text = bytes | msgspec.Raw
_EMPTY = b"{}"
_DOCUMENTS = ("manifest", "variables_schema", "auth_config")


class Draft(msgspec.Struct, frozen=True):
    """The columns of an integration that its editors write and may change. A purge resets those that have a default."""

    name: str
    trust_tier: TrustTier
    description: str | None = None
    icon_url: str | None = None
    manifest: Text = _EMPTY
    variables_schema: Text = _EMPTY
    auth_config: Text = _EMPTY
    # bytes of the three documents
    size: int = 3 * len(_EMPTY)


class NewIntegration(Draft, frozen=True, kw_only=True):
    id: Id
    workspace_id: Id
    slug: str
    publisher: str
    created_by: Id
    created_at: datetime
    updated_at: datetime


class FoundIntegration(msgspec.Struct, frozen=True):
    """What decides whether a caller may see an integration and what it may do: its state, an install, the grants."""

    id: Id
    workspace_id: Id
    name: str
    current_version_id: Id | None
    visibility: Visibility
    deleted_at: datetime | None
    # the version that a workspace of the caller has installed; of several, the last
    installed_version_id: Id | None
    # of the grants to the caller, in pairs; None in `subjects` is everybody
    subjects: Sequence[Id | None] | None
    tiers: Sequence[str] | None


class ExpiredIntegration(Swept, frozen=True):
    """One whose retention is over."""

    workspace_id: Id


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
    """The fields of the `Draft` of a new integration, by name."""
    return _sized({name: _stored(getattr(body, name)) for name in Draft.__struct_fields__ if name != "size"})


def changed_draft(shown: Integration, changes: Mapping[str, Any]) -> Draft:
    """The draft, as `shown` to an editor, with these changes; `changes` are values by Python name."""
    stored = {name: _stored(value) for name, value in changes.items()}
    return changed(Draft, shown, _sized({**{name: getattr(shown, name) for name in _DOCUMENTS}, **stored}))


def _sized(draft: dict[str, Any]) -> dict[str, Any]:
    """Fields of a draft, all documents among them, with the size of these."""
    return {**draft, "size": sum(len(draft[name]) for name in _DOCUMENTS)}


def _stored(value: Any) -> Any:
    """The value as its column takes it: a document becomes JSON text."""
    return jsontext.encode(value) if isinstance(value, dict) else value
