"""Give, change and take grants. Only an admin of the object may, so nobody gives more than they have."""

from dataclasses import dataclass

from graft import ids
from graft.auth.caller import Tier
from graft.entities.access import access_entity, access_entity_locked
from graft.errors import Conflict, Forbidden, NotFound, Problem, invalid, raise_if_any
from graft.events.record import record
from graft.ids import Id
from graft.integrations.access import see_integration, see_shared
from graft.permissions import queries
from graft.permissions.listing import LIST
from graft.permissions.models import CreatePermission, Permission, UpdatePermission
from graft.permissions.rows import INTEGRATION, SUBJECT_PREFIXES, FoundPermission, NewPermission
from graft.web.context import ReadContext, WriteContext
from graft.web.living import refuse_of_deleted_workspace
from graft.web.models import Success
from graft.web.row import lock_row, read_row


@dataclass(frozen=True, slots=True)
class _Object:
    """The integration or entity of a grant. `kind` is the column `object_kind`."""

    kind: str
    id: Id
    workspace_id: Id
    deleted: bool


async def read_permission(ctx: ReadContext, permission_id: Id) -> Permission:
    return await read_row(LIST, ctx, permission_id)


async def create_permission(ctx: WriteContext, body: CreatePermission) -> Permission:
    raise_if_any(_tier_problems(body.subject_id, body.tier))

    target = await _access_object_locked(ctx, body.entity_id)
    subject_kind, subject_id = await _find_subject(ctx, body.subject_id)
    if target.deleted:
        raise Conflict("It is deleted; restore it first.", code="deleted")

    new = NewPermission(
        ids.new_id(),
        target.kind,
        target.id,
        target.workspace_id,
        subject_kind,
        subject_id,
        body.tier,
        ctx.caller.user_id,
        ctx.now,
        ctx.now,
    )

    await queries.insert_permission(ctx.db, new)
    data = {"entityId": body.entity_id, "subjectId": body.subject_id, "tier": body.tier}
    await record(ctx, "permission.created", target.workspace_id, "per", new.id, data)
    return await read_permission(ctx, new.id)


async def update_permission(ctx: WriteContext, permission_id: Id, body: UpdatePermission) -> Permission:
    row = await _access_permission_locked(ctx, permission_id)
    if row.deleted_at is not None:
        raise Conflict("The grant has ended.", code="deleted")
    await refuse_of_deleted_workspace(ctx, row.object_workspace_id)
    raise_if_any(_tier_problems(row.subject_id, body.tier))

    if row.tier != body.tier:
        await queries.update_tier(ctx.db, permission_id, body.tier, ctx.now)
        data = {"from": row.tier, "to": body.tier}
        await record(ctx, "permission.updated", row.object_workspace_id, "per", permission_id, data)
    return await read_permission(ctx, permission_id)


async def delete_permission(ctx: WriteContext, permission_id: Id) -> Success:
    row = await _access_permission_locked(ctx, permission_id)
    if row.deleted_at is not None:
        raise NotFound
    await queries.update_deleted(ctx.db, permission_id, ctx.now)
    await record(ctx, "permission.deleted", row.object_workspace_id, "per", permission_id)
    return Success()


async def _access_object_locked(ctx: WriteContext, text: str) -> _Object:
    """The integration or entity with the wire id `text`, locked so that it is not purged before the grant is stored.

    `Invalid` `unknown-object` where there is none that the caller sees.
    """
    integration_id, entity = ids.parse("int", text), ctx.process.kinds.parse(text)

    try:
        if integration_id is not None:
            await _hold_grants(ctx, integration_id)
            seen = await see_shared(ctx, integration_id, Tier.ADMIN)
            return _Object(INTEGRATION, seen.id, seen.workspace_id, seen.deleted)
        if entity is not None:
            await _hold_grants(ctx, entity[1])
            found = await access_entity_locked(ctx, entity, Tier.ADMIN)
            return _Object(entity[0].name, found.id, found.workspace_id, found.deleted)
    except NotFound:
        pass

    raise invalid("/entityId", "unknown-object", "There is no such integration or entity, or you may not see it.")


async def _find_subject(ctx: WriteContext, text: str | None) -> tuple[str | None, Id | None]:
    """Kind and id of the user or workspace with the wire id `text`; both `None` for everybody.

    It need not be one that the caller sees: a grant is how strangers come to share something. This tells whether an
    id exists, but nobody finds one by trying: 74 bits of it are random.
    """
    if text is None:
        return None, None

    for kind, prefix in SUBJECT_PREFIXES.items():
        subject_id = ids.parse(prefix, text)
        if subject_id is not None and await queries.select_subject_exists(ctx.db, kind, subject_id):
            return kind, subject_id
    raise invalid("/subjectId", "unknown-subject", "There is no such user or workspace.")


async def _access_permission_locked(ctx: WriteContext, permission_id: Id) -> FoundPermission:
    """The locked grant, for an admin of its object.

    The subject of the grant sees it too, and is `Forbidden` to change it.
    """
    row = await lock_row(LIST, ctx, permission_id, FoundPermission)
    await _hold_grants(ctx, row.object_id)
    if await _tier_on_object(ctx, row) < Tier.ADMIN:
        raise _forbidden()
    return row


async def _hold_grants(ctx: WriteContext, object_id: Id) -> None:
    """Nobody takes or lowers, until the end, a grant on the object by which the caller may give others."""
    await queries.lock_grants_to(ctx.db, object_id, ctx.caller.subjects(Tier.ADMIN))


async def _tier_on_object(ctx: WriteContext, row: FoundPermission) -> Tier:
    """The caller's tier on what the grant is on; `NONE` where the caller does not see it."""
    kind, object_id = row.object_kind, row.object_id
    if ctx.caller.tier_in(row.object_workspace_id) >= Tier.ADMIN:
        return Tier.ADMIN

    try:
        if kind == INTEGRATION:
            return (await see_integration(ctx, object_id)).tier
        return (await access_entity(ctx, (ctx.process.kinds.by_name[kind], object_id))).tier
    except NotFound:
        return Tier.NONE


def _tier_problems(subject_id: str | None, tier: str) -> list[Problem]:
    if subject_id is None and tier != "viewer":
        return [Problem("/tier", "public-is-viewer", "Everybody can be viewer and nothing more.")]
    return []


def _forbidden() -> Forbidden:
    return Forbidden("Only an admin of the integration or entity gives grants on it.")
