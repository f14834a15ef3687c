"""Load an integration for a caller: to it, one that it may not see does not exist."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from graft.auth.caller import Caller, Tier
from graft.auth.grants import tier_by_grants
from graft.db.connection import WriteConnection
from graft.db.errors import TryAgain
from graft.errors import Forbidden, NotFound
from graft.ids import Id
from graft.integrations import queries
from graft.integrations.models import Integration
from graft.integrations.rows import FoundIntegration
from graft.web.context import ReadContext, WriteContext


@dataclass(frozen=True, slots=True)
class SeenIntegration:
    """An integration that this caller may see.

    row: what decides what it may do, locked if it was seen so
    tier: what the caller may do with it
    by_own_right: whether the caller would see it without an install of it
    """

    row: FoundIntegration
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


@dataclass(frozen=True, slots=True)
class AccessedIntegration(SeenIntegration):
    """`shown`: the reply, with the documents that this caller reads."""

    shown: Integration


async def see_integration(ctx: ReadContext, integration_id: Id, need: Tier = Tier.VIEWER) -> SeenIntegration:
    """The integration, without its documents.

    `NotFound` if the caller may not see it, `Forbidden` if it sees it without the tier `need`.
    """
    row = await queries.select_seen(ctx.db, integration_id, ctx.caller)
    if row is None:
        raise NotFound
    return SeenIntegration(row, *_rights(row, ctx.caller, need))


async def access_integration(ctx: ReadContext, integration_id: Id, need: Tier = Tier.VIEWER) -> AccessedIntegration:
    """As `see_integration`, with its documents."""
    found = await queries.select_for_caller(ctx.db, integration_id, ctx.caller)
    if found is None:
        raise NotFound
    row, shown = found
    return AccessedIntegration(row, *_rights(row, ctx.caller, need), shown)


async def read_integration(ctx: ReadContext, integration_id: Id) -> Integration:
    return (await access_integration(ctx, integration_id)).shown


async def see_locked(ctx: WriteContext, integration_id: Id, need: Tier) -> SeenIntegration:
    """As `see_integration`, locked for an update first: what it says stays true until the transaction ends.

    An integration that the caller may not change is not waited for. `need`: editor or admin.
    """
    await _locked(ctx, integration_id, need, queries.lock_with_tier)
    return await see_integration(ctx, integration_id, need)


async def access_locked(ctx: WriteContext, integration_id: Id, need: Tier) -> AccessedIntegration:
    """As `see_locked`, with its documents."""
    await _locked(ctx, integration_id, need, queries.lock_with_tier)
    return await access_integration(ctx, integration_id, need)


async def see_shared(ctx: WriteContext, integration_id: Id, need: Tier) -> SeenIntegration:
    """As `see_locked`, in share mode: until the transaction ends nobody changes or deletes it."""
    await _locked(ctx, integration_id, need, queries.lock_with_tier_shared)
    return await see_integration(ctx, integration_id, need)


async def _locked(
    ctx: WriteContext,
    integration_id: Id,
    need: Tier,
    lock: Callable[[WriteConnection, Id, Caller, Tier], Awaitable[bool]],
) -> None:
    if not await lock(ctx.db, integration_id, ctx.caller, need):
        await see_integration(ctx, integration_id, need)
        raise TryAgain("The caller was given the right to it a moment ago; try again.")


def _rights(row: FoundIntegration, caller: Caller, need: Tier) -> tuple[Tier, bool]:
    """The caller's tier, and whether it would see the integration without an install; `Forbidden` below `need`.

    The tier is the highest of its workspace's, its grants', visibility's and installs'. For a publishable key
    visibility alone counts: not even a grant to everybody opens it anything.
    """
    if caller.kind == "publishable" and row.visibility == "private":
        raise NotFound

    own = caller.tier_in(row.workspace_id)
    if row.subjects is not None:
        own = max(own, tier_by_grants(caller, row.subjects, row.tiers))
    if row.visibility != "private":
        own = max(own, Tier.VIEWER)

    # an install shows it where nothing else does
    tier = max(own, Tier.VIEWER)
    if tier < need:
        raise Forbidden(f"This needs the tier {need.name.lower()} on the integration.")
    return tier, own >= Tier.VIEWER
