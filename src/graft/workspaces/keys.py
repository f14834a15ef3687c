"""Tokens: keys of a workspace, which its admins make, and sessions of users, which platform admins make."""

from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec.structs import asdict

from graft import ids
from graft.auth.caller import Tier
from graft.auth.tokens import Kind, new_token, token_hash, token_hint
from graft.db.rows import changed
from graft.errors import Conflict, Forbidden, NotFound, Problem, invalid, raise_if_any
from graft.events.record import record
from graft.ids import Id
from graft.jsontext import pointer
from graft.web.context import ReadContext, WriteContext
from graft.web.models import Success, TierName
from graft.web.row import lock_row, read_row
from graft.web.structs import changes_of
from graft.workspaces import queries
from graft.workspaces.access import access_workspace, access_workspace_of_body
from graft.workspaces.listing import KEY_LIST
from graft.workspaces.models import ApiKey, CreateApiKey, NewApiKey, UpdateApiKey
from graft.workspaces.rows import FoundKey, KeyTexts, NewKey

# What the body for a token of each kind must hold beside the name, and what it may not.
_REQUIRED: dict[Kind, tuple[str, ...]] = {
    "secret": ("workspaceId", "tier"),
    "publishable": ("workspaceId",),
    "session": ("userId",),
}
_NOT_ALLOWED: dict[Kind, tuple[str, ...]] = {
    "secret": ("userId",),
    "publishable": ("userId",),
    "session": ("workspaceId", "tier"),
}


async def read_key(ctx: ReadContext, key_id: Id) -> ApiKey:
    return await read_row(KEY_LIST, ctx, key_id)


async def create_key(ctx: WriteContext, body: CreateApiKey) -> NewApiKey:
    """The reply is the only place where the token stands: only its hash is stored."""
    raise_if_any([*_shape_problems(body), *_expiry_problems(body.expires_at, ctx.now)])
    workspace_id, tier, user_id = await _access_scope(ctx, body)

    token = new_token(body.kind)
    new = NewKey(
        name=body.name,
        expires_at=body.expires_at,
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
    )

    key = await queries.insert_key(ctx.db, new)
    await _record(ctx, "api_key.created", workspace_id, new.id)
    return NewApiKey(**asdict(key), token=token)


async def update_key(ctx: WriteContext, key_id: Id, body: UpdateApiKey) -> ApiKey:
    row = await _access_key_locked(ctx, key_id)
    if row.workspace_id is None and not ctx.caller.platform_admin:
        raise Forbidden("Only a platform admin changes a session.")
    if row.deleted_at is not None:
        raise Conflict("The key is revoked.", code="deleted")

    changes = changes_of(body)
    raise_if_any(_expiry_problems(changes.get("expires_at"), ctx.now))
    if changes:
        await queries.update_key(ctx.db, key_id, changed(KeyTexts, row, changes), ctx.now)
        await _record(ctx, "api_key.updated", row.workspace_id, key_id)
    return await read_key(ctx, key_id)


async def delete_key(ctx: WriteContext, key_id: Id) -> Success:
    """Revoke a key. Users revoke their own sessions too, without being platform admins."""
    row = await _access_key_locked(ctx, key_id)
    if row.deleted_at is not None:
        raise NotFound
    await queries.update_deleted(ctx.db, "api_keys", key_id, ctx.now)
    await _record(ctx, "api_key.deleted", row.workspace_id, key_id)
    return Success()


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
    given = {"workspaceId": body.workspace_id, "tier": body.tier, "userId": body.user_id}
    for name in _REQUIRED[body.kind]:
        if given[name] is None:
            yield Problem(pointer(name), "missing-key", f"A token of kind {body.kind} needs {name!r}.")
    for name in _NOT_ALLOWED[body.kind]:
        if given[name] is not None:
            yield Problem(pointer(name), "not-allowed", f"A token of kind {body.kind} has no {name!r}.")
    if body.kind == "publishable" and body.tier not in (None, "viewer"):
        yield Problem("/tier", "publishable-is-viewer", "A publishable key sits in browsers: it only reads.")


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


async def _access_key_locked(ctx: WriteContext, key_id: Id) -> FoundKey:
    """The locked row, for a caller who may revoke it: of a workspace's key an admin.

    A session needs no check here: only its user and platform admins see it.
    """
    row = await lock_row(KEY_LIST, ctx, key_id, FoundKey)
    if row.workspace_id is not None:
        await access_workspace(ctx, row.workspace_id, Tier.ADMIN)
    return row


async def _record(ctx: WriteContext, event: str, workspace_id: Id | None, key_id: Id) -> None:
    # a session belongs to no workspace, and events do
    if workspace_id is not None:
        await record(ctx, event, workspace_id, "apikey", key_id)
