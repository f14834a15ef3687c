"""Load an integration for a caller: to it, one that it may not see does not exist."""

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
    """An integration that this caller may see.

    row: what decides whether it may, locked if it was accessed so
    shown: the reply, with the documents that this caller reads
    tier: what the caller may do with it
    by_own_right: whether the caller would see it without an install of it
    """

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
    """The integration. `NotFound` if the caller may not see it, `Forbidden` if it sees it without the tier `need`."""
    found = await queries.select_for_caller(ctx.db, integration_id, ctx.caller)
    if found is None:
        raise NotFound

    seen = _accessed(*found, ctx.caller)
    if seen.tier < Tier.VIEWER:
        raise NotFound
    if seen.tier < need:
        raise Forbidden(f"This needs the tier {need.name.lower()} on the integration.")
    return seen


async def read_integration(ctx: ReadContext, integration_id: Id) -> Integration:
    return (await access_integration(ctx, integration_id)).shown


async def access_locked(ctx: WriteContext, integration_id: Id, need: Tier) -> AccessedIntegration:
    """As `access_integration`, locked for an update first: what it says stays true until the transaction ends.

    An integration that the caller may not see is not waited for.
    """
    if not await queries.lock_visible(ctx.db, integration_id, ctx.caller):
        raise NotFound
    return await access_integration(ctx, integration_id, need)


async def access_shared(ctx: WriteContext, integration_id: Id) -> AccessedIntegration:
    """As `access_integration`, locked in share mode: until the transaction ends nobody changes or deletes it."""
    if not await queries.lock_visible_shared(ctx.db, integration_id, ctx.caller):
        raise NotFound
    return await access_integration(ctx, integration_id)


def _accessed(row: FoundIntegration, shown: Integration, caller: Caller) -> AccessedIntegration:
    """The integration with the caller's tier: the highest of its workspace's, its grants', visibility's and installs'.

    A deleted one is seen by its workspace alone.
    """
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
