"""Load an integration for a caller: what it may not see does not exist."""

from dataclasses import dataclass

from graft.auth.caller import Caller, Tier
from graft.auth.grants import tier_by_grants
from graft.errors import Forbidden, NotFound
from graft.ids import Id
from graft.integrations import queries
from graft.integrations.models import Integration
from graft.integrations.rows import FoundIntegration
from graft.web.context import ReadContext, WriteContext


@dataclass(frozen=True, slots=True)
class AccessedIntegration:
    """An integration as this caller sees it, and is shown it. `by_own_right`: by other means than an install of it."""

    row: FoundIntegration
    shown: Integration
    tier: Tier
    by_own_right: bool

    @property
    def id(self) -> Id:
        return self.row.id

    @property
    def workspace_id(self) -> Id:
        return self.row.workspace_id

    @property
    def deleted(self) -> bool:
        return self.row.deleted_at is not None


async def access_integration(ctx: ReadContext, integration_id: Id, need: Tier = Tier.VIEWER) -> AccessedIntegration:
    """The integration, if the caller sees it (else `NotFound`) and has the tier (else `Forbidden`)."""
    found = await queries.select_visible(ctx.db, integration_id, ctx.caller)
    if found is None:
        raise NotFound
    seen = _seen(*found, ctx.caller)
    if seen.tier < Tier.VIEWER:
        raise NotFound
    if seen.tier < need:
        raise Forbidden(f"This needs the tier {need.name.lower()} on the integration.")
    return seen


async def read_integration(ctx: ReadContext, integration_id: Id) -> Integration:
    return (await access_integration(ctx, integration_id)).shown


async def access_locked(ctx: WriteContext, integration_id: Id, need: Tier) -> AccessedIntegration:
    """As `access_integration`, read after a lock, so that what it says stays true until the end.

    What the caller does not see is not waited for.
    """
    if not await queries.lock_visible(ctx.db, integration_id, ctx.caller):
        raise NotFound
    return await access_integration(ctx, integration_id, need)


async def access_shared(ctx: WriteContext, integration_id: Id) -> AccessedIntegration:
    """As `access_integration`, kept from being deleted meanwhile."""
    if not await queries.lock_visible_shared(ctx.db, integration_id, ctx.caller):
        raise NotFound
    return await access_integration(ctx, integration_id)


def _seen(row: FoundIntegration, shown: Integration, caller: Caller) -> AccessedIntegration:
    own = caller.tier_in(row.workspace_id)
    if row.deleted_at is not None and own < Tier.VIEWER:
        return AccessedIntegration(row, shown, Tier.NONE, by_own_right=False)
    tier = own
    if row.subjects is not None:
        tier = max(own, tier_by_grants(caller, row.subjects, row.tiers))
    if row.visibility != "private":
        tier = max(tier, Tier.VIEWER)
    installed = Tier.VIEWER if row.installed_version_id is not None else Tier.NONE
    return AccessedIntegration(row, shown, max(tier, installed), by_own_right=tier >= Tier.VIEWER)
