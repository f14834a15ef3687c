"""Tokens: keys of a workspace, which its admins make, and sessions of users, which platform admins make."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import asdict

from graft import ids
from graft.auth.caller import Tier
from graft.auth.tokens import Kind, new_token, token_hash, token_hint
from graft.db.rows import changed
from graft.errors import Conflict, Forbidden, NotFound, Problem, invalid, raise_if_any
from graft.events.record import record, record_each, record_on_platform
from graft.ids import Id
from graft.jsontext import Json, pointer
from graft.web.context import ReadContext, WriteContext
from graft.web.models import TierName, rfc3339
from graft.web.row import lock_row, read_row
from graft.web.structs import changes_of
from graft.workspaces import key_queries, queries
from graft.workspaces.access import access_workspace, access_workspace_of_body
from graft.workspaces.keys_left import record_revoked
from graft.workspaces.listing import KEY_LIST
from graft.workspaces.models import ApiKey, CreateApiKey, NewApiKey, RevokedKey, UpdateApiKey
from graft.workspaces.origins import distinct, origin_problems
from graft.workspaces.rows import FoundKey, KeyTexts, NewKey

# What the body for a token of each kind must hold beside the name, and what it may not.
_REQUIRED: dict[Kind, tuple[str, ...]] = {
    "secret": ("workspaceId", "tier"),
    "publishable": ("workspaceId",),
    "session": ("userId",),
}
_NOT_ALLOWED: dict[Kind, tuple[str, ...]] = {
    "secret": ("userId", "origins"),
    "publishable": ("userId",),
    "session": ("workspaceId", "tier", "origins"),
}


async def read_key(ctx: ReadContext, key_id: Id) -> ApiKey:
    return await read_row(KEY_LIST, ctx, key_id)


async def create_key(ctx: WriteContext, body: CreateApiKey) -> NewApiKey:
    """The reply is the only place where the token stands: only its hash is stored."""
    raise_if_any([*_shape_problems(body), *_expiry_problems(body.expires_at, ctx.now)])
    workspace_id, tier, user_id = await _access_scope(ctx, body)
    made_by = None if ctx.caller.kind == "session" else ctx.caller.key_id
    expires_at = body.expires_at if made_by is None else await _end_by_maker(ctx, made_by, body.expires_at)

    token = new_token(body.kind)
    new = NewKey(
        name=body.name,
        expires_at=expires_at,
        origins=distinct(body.origins or ()),
        id=ids.new_id(),
        kind=body.kind,
        workspace_id=workspace_id,
        user_id=user_id,
        tier=tier,
        hash=token_hash(ctx.process.secrets.tokens, token),
        hint=token_hint(token),
        created_by=ctx.caller.user_id,
        created_at=ctx.now,
        updated_at=ctx.now,
        made_by_key_id=made_by,
    )

    key = await key_queries.insert_key(ctx.db, new)
    if workspace_id is not None:
        await record(ctx, "api_key.created", workspace_id, "apikey", new.id)
    else:
        data: dict[str, Json] = {"userId": f"usr_{user_id}"}
        await record_on_platform(ctx, "session.created", "apikey", new.id, data)
    return NewApiKey(**asdict(key), token=token)


async def update_key(ctx: WriteContext, key_id: Id, body: UpdateApiKey) -> ApiKey:
    row = await _access_key_locked(ctx, key_id)
    if row.workspace_id is None and not ctx.caller.platform_admin:
        raise Forbidden("Only a platform admin changes a session.")
    changes = changes_of(body)
    if key_id == ctx.caller.key_id and "expires_at" in changes:
        raise Forbidden("A token does not change its own end; it may revoke itself.")
    if row.deleted_at is not None:
        raise Conflict("The key is revoked.", code="deleted")

    raise_if_any([*_change_problems(row.kind, changes), *_expiry_problems(changes.get("expires_at"), ctx.now)])
    if "expires_at" in changes:
        await _refuse_later_than_makers(ctx, row, changes["expires_at"])
    if changes:
        await _update(ctx, row, changes)
    return await read_key(ctx, key_id)


async def _update(ctx: WriteContext, row: FoundKey, changes: dict[str, Any]) -> None:
    if "origins" in changes:
        changes["origins"] = distinct(changes["origins"])
    await key_queries.update_key(ctx.db, row.id, changed(KeyTexts, row, changes), ctx.now)
    sooner = list[Id]()
    if changes.get("expires_at") is not None:
        sooner = await key_queries.update_expired_with(ctx.db, row.id, changes["expires_at"], ctx.now)

    data: dict[str, Json] = {"fields": sorted(changes)}
    if row.workspace_id is None:
        await record_on_platform(ctx, "session.updated", "apikey", row.id, data)
        return
    await record(ctx, "api_key.updated", row.workspace_id, "apikey", row.id, data)
    if sooner:
        with_it: dict[str, Json] = {"fields": ["expires_at"], "with": f"apikey_{row.id}"}
        await record_each(ctx, row.workspace_id, [("api_key.updated", "apikey", key_id) for key_id in sooner], with_it)


async def delete_key(ctx: WriteContext, key_id: Id) -> RevokedKey:
    """Revoke a key, and with it those that it made. Users revoke their own sessions, and every key itself."""
    row = await _access_key_locked(ctx, key_id, itself=True)
    if row.deleted_at is not None:
        raise NotFound

    await queries.update_deleted(ctx.db, "api_keys", key_id, ctx.now)
    if row.workspace_id is None:
        data: dict[str, Json] = {"userId": f"usr_{row.user_id}"}
        await record_on_platform(ctx, "session.deleted", "apikey", key_id, data)
        return RevokedKey(revoked_keys=[])

    await record(ctx, "api_key.deleted", row.workspace_id, "apikey", key_id)
    made = await key_queries.update_revoked_with(ctx.db, key_id, ctx.now)
    await record_revoked(ctx, row.workspace_id, made, f"apikey_{key_id}")
    return RevokedKey(revoked_keys=[f"apikey_{made_id}" for made_id in made[: key_queries.MOST_NAMED]])


async def _access_scope(ctx: WriteContext, body: CreateApiKey) -> tuple[Id | None, TierName | None, Id]:
    """Workspace, tier and user of the new token, for a caller who may make it; a session has only the user."""
    if body.workspace_id is not None:
        workspace = await access_workspace_of_body(ctx, body.workspace_id, Tier.ADMIN)
        return workspace.id, body.tier or "viewer", ctx.caller.user_id

    if not ctx.caller.platform_admin:
        raise Forbidden("Only a platform admin makes sessions.")
    user_id = ids.parse("usr", body.user_id or "")
    if user_id is None or not await queries.lock_active_user(ctx.db, user_id):
        raise invalid("/userId", "unknown-user", "There is no such user.")
    return None, None, user_id


def _shape_problems(body: CreateApiKey) -> Iterator[Problem]:
    given = {"workspaceId": body.workspace_id, "tier": body.tier, "userId": body.user_id, "origins": body.origins}
    for name in _REQUIRED[body.kind]:
        if given[name] is None:
            yield Problem(pointer(name), "missing-key", f"A token of kind {body.kind} needs {name!r}.")
    for name in _NOT_ALLOWED[body.kind]:
        if given[name] is not None:
            yield Problem(pointer(name), "not-allowed", f"A token of kind {body.kind} has no {name!r}.")
    if body.kind == "publishable" and body.tier not in (None, "viewer"):
        yield Problem("/tier", "publishable-is-viewer", "A publishable key sits in browsers: it only reads.")
    yield from origin_problems(body.origins or ())


def _expiry_problems(moment: datetime | None, now: datetime) -> Iterator[Problem]:
    if moment is None:
        return
    try:
        future = moment.astimezone(UTC) > now
    except OverflowError:
        yield Problem("/expiresAt", "out-of-range", "In UTC this moment is beyond the years 1 to 9999.")
        return
    if not future:
        yield Problem("/expiresAt", "in-the-past", "A token cannot expire before it is given.")


async def _end_by_maker(ctx: WriteContext, made_by: Id, wanted: datetime | None) -> datetime | None:
    """When the key that this key makes ends: as wanted, and with its maker at the latest."""
    maker = await key_queries.select_maker(ctx.db, made_by)
    if maker.generation >= key_queries.MOST_GENERATIONS:
        raise Forbidden(f"Behind this key stand {maker.generation - 1} others, each made by the one before: no more.")
    raise_if_any(_later_problems(wanted or maker.expires_at, [maker.expires_at] if maker.expires_at else []))
    return wanted or maker.expires_at


async def _refuse_later_than_makers(ctx: WriteContext, row: FoundKey, wanted: datetime | None) -> None:
    """`Invalid` where the key would outlive the one that made it, or, where a key calls, that one."""
    above = [row.made_by_key_id] if row.made_by_key_id is not None else list[Id]()
    if ctx.caller.kind != "session":
        above.append(ctx.caller.key_id)
    if above:
        raise_if_any(_later_problems(wanted, await key_queries.lock_ends(ctx.db, above)))


def _later_problems(wanted: datetime | None, others: Sequence[datetime]) -> Iterator[Problem]:
    if others and (wanted is None or wanted > min(others)):
        end = rfc3339(min(others))
        yield Problem("/expiresAt", "outlives-maker", f"It would outlive the key that makes it, which ends at {end}.")


def _change_problems(kind: Kind, changes: Mapping[str, Any]) -> Iterator[Problem]:
    if "origins" not in changes:
        return
    if kind != "publishable":
        yield Problem("/origins", "not-allowed", f"A token of kind {kind} has no 'origins'.")
    yield from origin_problems(changes["origins"])


async def _access_key_locked(ctx: WriteContext, key_id: Id, *, itself: bool = False) -> FoundKey:
    """The locked row, for a caller who may change it: of a workspace's key an admin, or the key `itself`.

    A session needs no check here: only its user and platform admins see it.
    """
    row = await lock_row(KEY_LIST, ctx, key_id, FoundKey)
    if row.workspace_id is not None and not (itself and key_id == ctx.caller.key_id):
        await access_workspace(ctx, row.workspace_id, Tier.ADMIN)
    return row
