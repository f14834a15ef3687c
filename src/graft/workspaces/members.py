"""Who is in a workspace, and with which tier.

Changing and ending a membership lock the workspace, so that two at once cannot take its last two admins away.
"""

from msgspec.structs import asdict

from graft import ids
from graft.auth.caller import Tier, tier_of
from graft.errors import Conflict, NotFound, invalid
from graft.events.record import record
from graft.ids import Id
from graft.web.context import ReadContext, WriteContext
from graft.web.row import access_row, read_row
from graft.workspaces import queries
from graft.workspaces.access import access_workspace, access_workspace_of_body, lock_workspace
from graft.workspaces.keys_left import Keys, keys_of
from graft.workspaces.listing import MEMBER_LIST, USER_LIST
from graft.workspaces.models import (
    ChangedWorkspaceMember,
    CreateWorkspaceMember,
    Removed,
    RemoveQuery,
    UpdateWorkspaceMember,
    WorkspaceMember,
)
from graft.workspaces.rows import FoundMember, FoundUser, NewMember


async def read_member(ctx: ReadContext, member_id: Id) -> WorkspaceMember:
    return await read_row(MEMBER_LIST, ctx, member_id)


async def create_member(ctx: WriteContext, body: CreateWorkspaceMember) -> WorkspaceMember:
    if (body.user_id is None) == (body.email is None):
        raise invalid("/userId", "one-of", "Name the user by userId or by email: one of the two.")
    workspace = await access_workspace_of_body(ctx, body.workspace_id, Tier.ADMIN)
    user_id = await (_user_of_id(ctx, body.user_id) if body.user_id is not None else _user_of_email(ctx, body.email))

    new = NewMember(ids.new_id(), workspace.id, user_id, body.tier, ctx.caller.user_id, ctx.now, ctx.now)
    member = await queries.insert_member(ctx.db, new)
    data = {"userId": f"usr_{user_id}", "tier": body.tier}
    await record(ctx, "workspace_member.created", workspace.id, "wspmem", new.id, data)
    return member


async def update_member(ctx: WriteContext, member_id: Id, body: UpdateWorkspaceMember) -> ChangedWorkspaceMember:
    """Change the tier. A lower one leaves the keys alone that the member made, names them, or revokes them if asked."""
    row = await _access_member_locked(ctx, await access_row(MEMBER_LIST, ctx, member_id, FoundMember), Tier.ADMIN)
    if row.deleted_at is not None:
        raise Conflict("The membership has ended.", code="deleted")

    if row.tier != body.tier:
        await _keep_an_admin(ctx, row)
        await queries.update_member_tier(ctx.db, member_id, body.tier, ctx.now)
        data = {"from": row.tier, "to": body.tier}
        await record(ctx, "workspace_member.updated", row.workspace_id, "wspmem", member_id, data)

    lowered = tier_of(body.tier) < tier_of(row.tier)
    keys = await _end_keys(ctx, row, revoke=body.revoke_keys) if lowered else Keys()
    return ChangedWorkspaceMember(**asdict(await read_member(ctx, member_id)), **asdict(keys))


async def delete_member(ctx: WriteContext, member_id: Id, query: RemoveQuery) -> Removed:
    """End a membership: an admin ends anybody's, and every user their own. Keys are left alone as by a lower tier."""
    row = await access_row(MEMBER_LIST, ctx, member_id, FoundMember)
    own = ctx.caller.kind == "session" and row.user_id == ctx.caller.user_id
    row = await _access_member_locked(ctx, row, Tier.VIEWER if own else Tier.ADMIN)
    if row.deleted_at is not None:
        raise NotFound

    await _keep_an_admin(ctx, row)
    await queries.update_deleted(ctx.db, "workspace_members", member_id, ctx.now)
    data = {"userId": f"usr_{row.user_id}"}
    await record(ctx, "workspace_member.deleted", row.workspace_id, "wspmem", member_id, data)
    return Removed(**asdict(await _end_keys(ctx, row, revoke=query.revoke_keys)))


async def _end_keys(ctx: WriteContext, row: FoundMember, *, revoke: bool) -> Keys:
    return await keys_of(ctx, row.user_id, row.workspace_id, revoke_with=f"wspmem_{row.id}" if revoke else None)


async def _user_of_id(ctx: WriteContext, text: str) -> Id:
    """The user with this wire id, whom the caller must see already: they share a workspace."""
    user_id = ids.parse("usr", text)
    try:
        if (
            user_id is not None
            and await access_row(USER_LIST, ctx, user_id, FoundUser)
            and await queries.lock_active_user(ctx.db, user_id)
        ):
            return user_id
    except NotFound:
        pass
    raise invalid("/userId", "unknown-user", "There is no such user, or you may not see it; try the e-mail address.")


async def _user_of_email(ctx: WriteContext, email: str | None) -> Id:
    """The user with this address: any user of the installation.

    Whoever knows an address learns whether a user here has it, and nothing else.
    """
    user_id = await queries.lock_user_of_address(ctx.db, email) if email else None
    if user_id is None:
        raise invalid("/email", "unknown-user", "No user has this address.")
    return user_id


async def _access_member_locked(ctx: WriteContext, row: FoundMember, need: Tier) -> FoundMember:
    """The membership, read again under the lock of its workspace."""
    await access_workspace(ctx, row.workspace_id, need)
    await lock_workspace(ctx, row.workspace_id)
    return await access_row(MEMBER_LIST, ctx, row.id, FoundMember)


async def _keep_an_admin(ctx: WriteContext, row: FoundMember) -> None:
    """`Conflict` `last-admin` where the member is the last admin. Needs the lock of the workspace."""
    if row.tier == "admin" and not await queries.select_has_other_admin(ctx.db, row.workspace_id, row.id):
        raise Conflict("It is the last admin of the workspace.", code="last-admin")
