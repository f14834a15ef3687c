"""Auth states: credentials of a workspace, stored encrypted; no reply ever holds them."""

from msgspec import UNSET

from graft import ids
from graft.auth.caller import Tier
from graft.errors import Conflict, NotFound
from graft.events.record import record
from graft.ids import Id
from graft.web.context import ReadContext, WriteContext
from graft.web.models import Success
from graft.web.row import access_row, read_row
from graft.workspaces import queries
from graft.workspaces.access import access_workspace, access_workspace_of_body
from graft.workspaces.credentials import hint, read_credentials, seal
from graft.workspaces.listing import AUTH_STATE_LIST
from graft.workspaces.locks import lock_tenant
from graft.workspaces.models import AuthState, CreateAuthState, UpdateAuthState
from graft.workspaces.rows import FoundAuthState, NewAuthState, SealedCredentials


async def read_auth_state(ctx: ReadContext, auth_state_id: Id) -> AuthState:
    return await read_row(AUTH_STATE_LIST, ctx, auth_state_id)


async def create_auth_state(ctx: WriteContext, body: CreateAuthState) -> AuthState:
    credentials = read_credentials(body.type, body.credentials)
    workspace = await access_workspace_of_body(ctx, body.workspace_id, Tier.EDITOR)

    auth_state_id = ids.new_id()
    new = NewAuthState(
        hint=hint(credentials),
        credentials=seal(ctx.process.secrets.credentials, workspace.id, auth_state_id, credentials),
        id=auth_state_id,
        workspace_id=workspace.id,
        name=body.name,
        type=body.type,
        created_by=ctx.caller.user_id,
        created_at=ctx.now,
        updated_at=ctx.now,
    )

    auth_state = await queries.insert_auth_state(ctx.db, new)
    await record(ctx, "auth_state.created", workspace.id, "ats", auth_state_id, {"type": body.type})
    return auth_state


async def update_auth_state(ctx: WriteContext, auth_state_id: Id, body: UpdateAuthState) -> AuthState:
    row = await _access_auth_state_locked(ctx, auth_state_id, Tier.EDITOR)
    if row.deleted_at is not None:
        raise Conflict("The auth state is deleted; restore it first.", code="deleted")

    workspace_id, fields = row.workspace_id, list[str]()
    if body.credentials is not UNSET:
        credentials = read_credentials(row.type, body.credentials)
        sealed = seal(ctx.process.secrets.credentials, workspace_id, auth_state_id, credentials)
        with_hint = SealedCredentials(hint(credentials), sealed)
        await queries.update_auth_state_credentials(ctx.db, auth_state_id, workspace_id, with_hint, ctx.now)
        fields.append("credentials")
    if body.name is not UNSET:
        await queries.update_auth_state_name(ctx.db, auth_state_id, workspace_id, body.name, ctx.now)
        fields.append("name")

    if fields:
        await record(ctx, "auth_state.updated", workspace_id, "ats", auth_state_id, {"fields": fields})
    return await read_auth_state(ctx, auth_state_id)


async def delete_auth_state(ctx: WriteContext, auth_state_id: Id) -> Success:
    row = await _access_auth_state_locked(ctx, auth_state_id, Tier.EDITOR)
    if row.deleted_at is not None:
        raise NotFound
    await _refuse_while_named(ctx, row)
    await queries.update_deleted_auth_state(ctx.db, auth_state_id, row.workspace_id, ctx.now)
    await record(ctx, "auth_state.deleted", row.workspace_id, "ats", auth_state_id)
    return Success()


async def restore_auth_state(ctx: WriteContext, auth_state_id: Id) -> AuthState:
    row = await _access_auth_state_locked(ctx, auth_state_id, Tier.EDITOR)
    if row.deleted_at is None:
        raise Conflict("The auth state is not deleted.", code="not-deleted")
    await queries.update_restored_auth_state(ctx.db, auth_state_id, row.workspace_id, ctx.now)
    await record(ctx, "auth_state.restored", row.workspace_id, "ats", auth_state_id)
    return await read_auth_state(ctx, auth_state_id)


async def purge_auth_state(ctx: WriteContext, auth_state_id: Id) -> Success:
    row = await _access_auth_state_locked(ctx, auth_state_id, Tier.ADMIN)
    if row.deleted_at is None:
        raise Conflict("Only a deleted auth state can be purged.", code="not-deleted")
    await _refuse_while_named(ctx, row)
    await queries.delete_auth_state(ctx.db, auth_state_id, row.workspace_id)
    await record(ctx, "auth_state.purged", row.workspace_id, "ats", auth_state_id)
    return Success()


async def _access_auth_state_locked(ctx: WriteContext, auth_state_id: Id, need: Tier) -> FoundAuthState:
    """The auth state, read under the lock of its workspace.

    Only installs name auth states, and they take the same lock: so none begins to name it before the end.
    """
    row = await access_row(AUTH_STATE_LIST, ctx, auth_state_id, FoundAuthState)
    await access_workspace(ctx, row.workspace_id, need)
    await lock_tenant(ctx.db, row.workspace_id)
    return await access_row(AUTH_STATE_LIST, ctx, auth_state_id, FoundAuthState)


async def _refuse_while_named(ctx: WriteContext, row: FoundAuthState) -> None:
    """`Conflict` `in-use` while an install names the auth state, deleted installs included: they may be restored."""
    if await queries.select_auth_state_in_use(ctx.db, row.id, row.workspace_id):
        raise Conflict("An install names it, maybe a deleted one.", code="in-use")
