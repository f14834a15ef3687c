"""Users of the installation. Platform admins make, change and delete them; the last platform admin always stays."""

from msgspec.structs import asdict

from graft import ids
from graft.db.rows import changed
from graft.errors import Conflict, Forbidden, NotFound
from graft.events.record import record, record_on_platform
from graft.ids import Id
from graft.jsontext import Json
from graft.web.context import ReadContext, WriteContext
from graft.web.row import access_row, read_row
from graft.web.structs import changes_of
from graft.workspaces import queries
from graft.workspaces.keys_left import keys_of
from graft.workspaces.listing import USER_LIST
from graft.workspaces.models import CreateUser, Removed, RemoveQuery, UpdateUser, User
from graft.workspaces.rows import FoundUser, NewUser, UserTexts


async def read_user(ctx: ReadContext, user_id: Id) -> User:
    return await read_row(USER_LIST, ctx, user_id)


async def create_user(ctx: WriteContext, body: CreateUser) -> User:
    if not ctx.caller.platform_admin:
        raise Forbidden("Only a platform admin makes users.")
    new = NewUser(body.email, body.name, body.platform_admin, ids.new_id(), ctx.caller.user_id, ctx.now, ctx.now)
    user = await queries.insert_user(ctx.db, new)
    await record_on_platform(ctx, "user.created", "usr", new.id, {"platformAdmin": body.platform_admin})
    return user


async def update_user(ctx: WriteContext, user_id: Id, body: UpdateUser) -> User:
    changes = changes_of(body)
    await access_row(USER_LIST, ctx, user_id, FoundUser)
    own = ctx.caller.kind == "session" and ctx.caller.user_id == user_id
    if not ctx.caller.platform_admin and not (own and changes.keys() <= {"name"}):
        raise Forbidden("A user changes their own name; everything else is a platform admin's to change.")
    if changes.get("platform_admin") is False:
        await _keep_a_platform_admin(ctx, user_id)

    await queries.lock_user(ctx.db, user_id)
    row = await access_row(USER_LIST, ctx, user_id, FoundUser)
    if row.deleted_at is not None:
        raise Conflict("The user is deleted.", code="deleted")

    if changes:
        texts = changed(UserTexts, row, changes)
        await queries.update_user(ctx.db, user_id, texts, ctx.now)
        data: dict[str, Json] = {"fields": sorted(changes), "platformAdmin": texts.platform_admin}
        await record_on_platform(ctx, "user.updated", "usr", user_id, data)
    return await read_user(ctx, user_id)


async def delete_user(ctx: WriteContext, user_id: Id, query: RemoveQuery) -> Removed:
    """Delete a user. Sessions and roles end with them. Keys that they made are named, or revoked if asked."""
    await access_row(USER_LIST, ctx, user_id, FoundUser)
    if not ctx.caller.platform_admin:
        raise Forbidden("Only a platform admin deletes users.")
    await _keep_a_platform_admin(ctx, user_id)

    await queries.lock_user_for_delete(ctx.db, user_id)
    if (await access_row(USER_LIST, ctx, user_id, FoundUser)).deleted_at is not None:
        raise NotFound

    await queries.lock_workspaces_of_user(ctx.db, user_id)
    sole_admin_of = [
        f"wsp_{workspace_id}" for workspace_id in await queries.select_sole_admin_workspaces(ctx.db, user_id)
    ]
    if sole_admin_of:
        raise Conflict(
            f"The user is the last admin of {', '.join(sole_admin_of)}.",
            code="last-admin",
            extra={"workspaces": sole_admin_of},
        )

    await _end(ctx, user_id)
    revoke_with = f"usr_{user_id}" if query.revoke_keys else None
    return Removed(**asdict(await keys_of(ctx, user_id, None, revoke_with=revoke_with)))


async def _end(ctx: WriteContext, user_id: Id) -> None:
    """The user, their sessions and their roles end, each with its event."""
    sessions = await queries.update_deleted_user(ctx.db, user_id, ctx.now)
    await record_on_platform(ctx, "user.deleted", "usr", user_id, {"sessions": sessions})
    for role in await queries.update_ended_roles(ctx.db, user_id, ctx.now):
        data = {"userId": f"usr_{user_id}"}
        await record(ctx, "workspace_member.deleted", role.workspace_id, "wspmem", role.id, data)


async def _keep_a_platform_admin(ctx: WriteContext, user_id: Id) -> None:
    """`Conflict` where the user is the last platform admin. Locks all of them, so that two at once cannot both go."""
    if await queries.lock_platform_admins(ctx.db) == [user_id]:
        raise Conflict("It is the last platform admin.", code="last-platform-admin")
