"""Keys, with whose they are, as their rows hold them."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from graft.auth.tokens import Kind
from graft.ids import Id


class FoundKey(msgspec.Struct, frozen=True):
    """A key or session that is valid now, with what its caller may do by it."""

    id: Id
    kind: Kind
    user_id: Id
    # of a key; a session has the workspaces of its user
    workspace_id: Id | None
    tier: str | None
    expires_at: datetime | None
    # of a publishable key
    origins: Sequence[str]
    platform_admin: bool
    workspaces: Sequence[Id] | None
    tiers: Sequence[str] | None
