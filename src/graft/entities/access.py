"""Load an entity for a caller, as that caller may see it."""

from collections.abc import Callable
from dataclasses import dataclass

from graft import ids
from graft.auth.caller import Caller, Tier
from graft.auth.grants import tier_by_grants
from graft.entities import queries
from graft.entities.models import Entity, EntityQuery
from graft.entities.rows import FoundEntity
from graft.errors import Forbidden, NotFound
from graft.ids import Id
from graft.kinds.registry import Kind
from graft.web.context import Process, ReadContext, WriteContext
from graft.web.living import refuse_of_deleted_workspace

EntityId = tuple[Kind, Id]


def path_id(text: str, process: Process) -> EntityId | None:
    """The entity that a path names: any kind's prefix."""
    return process.kinds.parse(text)


@dataclass(frozen=True, slots=True)
class AccessedEntity:
    """An entity as this caller sees it. `show` renders it, which most operations need not do."""

    row: FoundEntity
    show: Callable[[], Entity]
    tier: Tier

    @property
    def id(self) -> Id:
        return self.row.id

    @property
    def workspace_id(self) -> Id:
        return self.row.workspace_id

    @property
    def install_id(self) -> Id | None:
        """Of a clone: the install that made it."""
        return None if self.row.pinned else self.row.install_id

    @property
    def deleted(self) -> bool:
        return self.row.deleted_at is not None


async def access_entity(
    ctx: ReadContext, entity: EntityId, need: Tier = Tier.VIEWER, install_id: Id | None = None
) -> AccessedEntity:
    """The entity, if the caller sees it under this kind (else `NotFound`) and has the tier (else `Forbidden`)."""
    kind, entity_id = entity
    found = await queries.select_shown(ctx, entity_id, install_id)
    if found is None or found[0].kind != kind.name:
        raise NotFound
    row, show = found
    seen = AccessedEntity(row, show, _tier(row, ctx.caller))
    if seen.deleted and ctx.caller.tier_in(seen.workspace_id) < Tier.VIEWER:
        raise NotFound
    if seen.tier < need:
        raise Forbidden(f"This needs the tier {need.name.lower()} on the entity.")
    return seen


async def read_entity(ctx: ReadContext, entity: EntityId, query: EntityQuery) -> Entity:
    """The own one as it is; one seen through installs as published there, in the newest or the named install."""
    install_id = None
    if query.integration_install_id is not None:
        install_id = ids.parse("intins", query.integration_install_id)
        if install_id is None:
            raise NotFound
    return (await access_entity(ctx, entity, install_id=install_id)).show()


async def access_entity_locked(
    ctx: WriteContext, entity: EntityId, need: Tier, *, alone: bool = False
) -> AccessedEntity:
    """As `access_entity`, held against other changes until the end.

    `alone`: of a clone, against changes of others of its install as well.
    """
    seen = await access_entity(ctx, entity, need)
    await refuse_of_deleted_workspace(ctx, seen.workspace_id)
    await queries.lock_entity(ctx.db, seen.id, seen.workspace_id, seen.install_id, alone=alone)
    return await access_entity(ctx, entity, need)


def _tier(row: FoundEntity, caller: Caller) -> Tier:
    if row.pinned:
        return Tier.VIEWER
    return max(caller.tier_in(row.workspace_id), tier_by_grants(caller, row.subjects, row.tiers))
