"""Load an integration for a caller: what it may not see does not exist."""

from dataclasses import dataclass

from graft.auth.caller import Caller, Tier
from graft.auth.grants import tier_by_grants
from graft.db.connection import Row
from graft.errors import Forbidden, NotFound
from graft.ids import Id
from graft.integrations import queries
from graft.web.context import ReadContext, WriteContext


@dataclass(frozen=True, slots=True)
class AccessedIntegration:
    """An integration as this caller sees it. `by_own_right`: by other means than an install of it."""

    row: Row
    tier: Tier
    by_own_right: bool

    @property
    def id(self) -> Id:
        return self.row["id"]

    @property
    def workspace_id(self) -> Id:
        return self.row["workspace_id"]

    @property
    def deleted(self) -> bool:
        return self.row["deleted_at"] is not None


async def access_integration(ctx: ReadContext, integration_id: Id, need: Tier = Tier.VIEWER) -> AccessedIntegration:
    """The integration, if the caller sees it (else `NotFound`) and has the tier (else `Forbidden`)."""
    row = await queries.shown(ctx.db, integration_id, ctx.caller)
    if row is None:
        raise NotFound
    seen = _seen(row, ctx.caller)
    if seen.tier < Tier.VIEWER:
        raise NotFound
    if seen.tier < need:
        raise Forbidden(f"This needs the tier {need.name.lower()} on the integration.")
    return seen


async def access_locked(ctx: WriteContext, integration_id: Id, need: Tier) -> AccessedIntegration:
    """As `access_integration`, read after a lock, so that what it says stays true until the end.

    What the caller does not see is not waited for.
    """
    if not await queries.lock_seen(ctx.db, integration_id, ctx.caller):
        raise NotFound
    return await access_integration(ctx, integration_id, need)


async def access_shared(ctx: WriteContext, integration_id: Id) -> AccessedIntegration:
    """As `access_integration`, kept from being deleted meanwhile."""
    if not await queries.lock_shared(ctx.db, integration_id, ctx.caller):
        raise NotFound
    return await access_integration(ctx, integration_id)


def _seen(row: Row, caller: Caller) -> AccessedIntegration:
    own = caller.tier_in(row["workspace_id"])
    if row["deleted_at"] is not None and own < Tier.VIEWER:
        return AccessedIntegration(row, Tier.NONE, by_own_right=False)
    tier = own
    if row["subjects"] is not None:
        tier = max(own, tier_by_grants(caller, row))
    if row["visibility"] != "private":
        tier = max(tier, Tier.VIEWER)
    installed = row["installed_version_id"] is not None
    return AccessedIntegration(
        row, max(tier, Tier.VIEWER if installed else Tier.NONE), by_own_right=tier >= Tier.VIEWER
    )
