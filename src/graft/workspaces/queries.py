"""The statements on workspaces, members, users, publishers, keys and auth states, one a function."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from msgspec.structs import astuple

from graft.db.connection import ReadConnection, WriteConnection
from graft.db.rows import assignments, columns, each, insert_returning
from graft.ids import Id
from graft.workspaces.listing import (
    AUTH_STATE_LIST,
    MEMBER_LIST,
    PUBLISHER_LIST,
    USER_LIST,
    WORKSPACE_LIST,
)
from graft.workspaces.models import AuthState, Publisher, User, Workspace, WorkspaceMember
from graft.workspaces.rows import (
    EndedMember,
    NamedWorkspace,
    NewAuthState,
    NewMember,
    NewPublisher,
    NewUser,
    NewWorkspace,
    PlatformAdmin,
    SealedCredentials,
    UserTexts,
    WorkspaceTexts,
)

_WORKSPACE = WORKSPACE_LIST.projection


async def insert_workspace(db: WriteConnection, new: NewWorkspace) -> Workspace:
    return await insert_returning(db, "workspaces", new, _WORKSPACE)


async def update_workspace(db: WriteConnection, workspace_id: Id, texts: WorkspaceTexts, now: datetime) -> None:
    statement = f"update workspaces set updated_at = $2, {assignments(WorkspaceTexts, first=3)} where id = $1"
    await db.execute(statement, workspace_id, now, *astuple(texts))


async def lock_integrations(db: WriteConnection, workspace_id: Id) -> None:
    """Keep the integrations of a workspace from being changed. Comes before the lock of the workspace."""
    await db.execute(
        "select 1 from integrations where workspace_id = $1 and purged_at is null order by id for no key update",
        workspace_id,
    )


# The tier `none` keeps them from being purged: they come back with their workspace, however late.
_DELETE_INTEGRATIONS = """
update integrations set deleted_at = $2, updated_at = $2, retention_tier = 'none'
where workspace_id = $1 and deleted_at is null
"""

_RESTORE_INTEGRATIONS = """
update integrations set deleted_at = null, updated_at = $3, retention_tier = null
where workspace_id = $1 and deleted_at = $2 and purged_at is null
"""

_SET_DELETED = f"update workspaces t set deleted_at = $2, updated_at = $3 where id = $1 returning {_WORKSPACE.columns}"


async def update_deleted_workspace(db: WriteConnection, workspace_id: Id, now: datetime) -> int:
    """Delete softly the workspace and its integrations; returns how many integrations that were.

    All get the same `deleted_at`. By it a restore finds the ones that were deleted with the workspace.
    """
    await db.row(_SET_DELETED, workspace_id, now, now)
    return await db.execute(_DELETE_INTEGRATIONS, workspace_id, now)


async def update_restored_workspace(
    db: WriteConnection, workspace_id: Id, deleted_at: datetime, now: datetime
) -> Workspace:
    """Restore the workspace, and the integrations that were deleted with it, at `deleted_at`."""
    await db.execute(_RESTORE_INTEGRATIONS, workspace_id, deleted_at, now)
    row = await db.row(_SET_DELETED, workspace_id, None, now)
    assert row is not None
    return _WORKSPACE.reader()(row)


async def insert_member(db: WriteConnection, new: NewMember) -> WorkspaceMember:
    return await insert_returning(db, "workspace_members", new, MEMBER_LIST.projection)


async def update_member_tier(db: WriteConnection, member_id: Id, tier: str, now: datetime) -> None:
    await db.execute("update workspace_members set tier = $2, updated_at = $3 where id = $1", member_id, tier, now)


_OTHER_ADMIN = """
select true from workspace_members m join users u on u.id = m.user_id
where m.workspace_id = $1 and m.id <> $2 and m.tier = 'admin' and m.deleted_at is null and u.deleted_at is null
limit 1
"""


async def select_has_other_admin(db: ReadConnection, workspace_id: Id, member_id: Id) -> bool:
    """Whether the workspace has an admin beside this member."""
    return await db.value(_OTHER_ADMIN, workspace_id, member_id) or False


async def insert_user(db: WriteConnection, new: NewUser) -> User:
    return await insert_returning(db, "users", new, USER_LIST.projection)


async def update_user(db: WriteConnection, user_id: Id, texts: UserTexts, now: datetime) -> None:
    statement = f"update users set updated_at = $2, {assignments(UserTexts, first=3)} where id = $1"
    await db.execute(statement, user_id, now, *astuple(texts))


async def lock_active_user(db: WriteConnection, user_id: Id) -> bool:
    """Whether there is such a user, not deleted. The lock keeps it there until the end of the transaction."""
    return await db.value("select true from users where id = $1 and deleted_at is null for key share", user_id) or False


async def lock_user_of_address(db: WriteConnection, email: str) -> Id | None:
    """The user with this address; case does not matter. The lock keeps it there until the end of the transaction."""
    return await db.value(
        "select id from users where lower(email) = lower($1) and deleted_at is null for key share", email
    )


async def lock_platform_admins(db: WriteConnection) -> list[Id]:
    """All platform admins by id, locked: no other transaction changes one before the end of this one."""
    found = await db.rows(
        "select id from users where platform_admin and deleted_at is null order by id for no key update"
    )
    return [row["id"] for row in found]


_LOCK_ADMINS = f"""
select {columns(PlatformAdmin, "t")} from users t
where t.platform_admin and t.deleted_at is null order by t.id limit 1000 for key share
"""


async def lock_first_platform_admins(db: WriteConnection) -> list[PlatformAdmin]:
    """The first 1,000 platform admins, oldest first, locked: none is removed before the end of the transaction."""
    return await each(db, PlatformAdmin, _LOCK_ADMINS)


async def lock_user_for_delete(db: WriteConnection, user_id: Id) -> None:
    """Keep the user from being changed, and new members and keys from referring to it (`lock_user` lets them)."""
    await db.execute("select 1 from users where id = $1 for update", user_id)


async def lock_workspaces_of_user(db: WriteConnection, user_id: Id) -> None:
    """Lock the workspaces in which the user has a role: so nobody changes their members until the end."""
    await db.execute(
        """select 1 from workspaces where id in (
             select workspace_id from workspace_members where user_id = $1 and deleted_at is null)
           order by id for no key update""",
        user_id,
    )


_SOLE_ADMIN = """
select w.id from workspace_members m join workspaces w on w.id = m.workspace_id and w.deleted_at is null
where m.user_id = $1 and m.tier = 'admin' and m.deleted_at is null and not exists (
  select 1 from workspace_members o join users u on u.id = o.user_id and u.deleted_at is null
  where o.workspace_id = m.workspace_id and o.user_id <> $1 and o.tier = 'admin' and o.deleted_at is null)
order by w.id
"""


async def select_sole_admin_workspaces(db: ReadConnection, user_id: Id) -> list[Id]:
    """The workspaces whose only admin this user is."""
    return [row["id"] for row in await db.rows(_SOLE_ADMIN, user_id)]


_END_ROLES = f"""
update workspace_members t set deleted_at = $2, updated_at = $2 where user_id = $1 and deleted_at is null
returning {columns(EndedMember, "t")}
"""


async def update_deleted_user(db: WriteConnection, user_id: Id, now: datetime) -> int:
    """Delete the user softly, with all sessions; returns how many sessions that were."""
    await db.execute("update users set deleted_at = $2, updated_at = $2 where id = $1", user_id, now)
    return await db.execute(
        """update api_keys set deleted_at = $2, updated_at = $2
           where user_id = $1 and kind = 'session' and deleted_at is null""",
        user_id,
        now,
    )


async def update_ended_roles(db: WriteConnection, user_id: Id, now: datetime) -> Sequence[EndedMember]:
    """End all roles of a user; returns them."""
    return await each(db, EndedMember, _END_ROLES, user_id, now)


async def insert_publisher(db: WriteConnection, new: NewPublisher) -> Publisher:
    return await insert_returning(db, "publishers", new, PUBLISHER_LIST.projection)


async def select_is_slug(db: ReadConnection, workspace_id: Id, name: str) -> bool:
    """Whether this publisher name is the workspace's own slug."""
    return await db.value("select slug = $2 from workspaces where id = $1", workspace_id, name)


async def select_publisher_in_use(db: ReadConnection, name: str) -> bool:
    """Whether an integration bears this publisher name, deleted ones included."""
    return (
        await db.value("select true from integrations where publisher = $1 and purged_at is null limit 1", name)
        or False
    )


async def delete_publisher(db: WriteConnection, publisher_id: Id) -> None:
    await db.execute("delete from publishers where id = $1", publisher_id)


async def select_named(db: ReadConnection, workspace_ids: Sequence[Id], most: int) -> list[NamedWorkspace]:
    """The first of these workspaces by slug."""
    statement = f"select {columns(NamedWorkspace, 'w')} from workspaces w where w.id = any($1) order by w.slug limit $2"
    return await each(db, NamedWorkspace, statement, workspace_ids, most)


async def lock_user(db: WriteConnection, user_id: Id) -> None:
    """Keep the user from being changed by other transactions; members and keys may still come to refer to it."""
    await db.execute("select 1 from users where id = $1 for no key update", user_id)


async def update_deleted(
    db: WriteConnection, table: Literal["workspace_members", "api_keys"], row_id: Id, now: datetime
) -> None:
    await db.execute(f"update {table} set deleted_at = $2, updated_at = $2 where id = $1", row_id, now)


async def insert_auth_state(db: WriteConnection, new: NewAuthState) -> AuthState:
    return await insert_returning(db, "auth_states", new, AUTH_STATE_LIST.projection)


async def update_auth_state_name(
    db: WriteConnection, auth_state_id: Id, workspace_id: Id, name: str, now: datetime
) -> None:
    await db.execute(
        "update auth_states set name = $3, updated_at = $4 where id = $1 and workspace_id = $2",
        auth_state_id,
        workspace_id,
        name,
        now,
    )


_SET_CREDENTIALS = f"""
update auth_states set updated_at = $3, {assignments(SealedCredentials, first=4)} where id = $1 and workspace_id = $2
"""


async def update_auth_state_credentials(
    db: WriteConnection, auth_state_id: Id, workspace_id: Id, sealed: SealedCredentials, now: datetime
) -> None:
    await db.execute(_SET_CREDENTIALS, auth_state_id, workspace_id, now, *astuple(sealed))


async def select_auth_state_in_use(db: ReadConnection, auth_state_id: Id, workspace_id: Id) -> bool:
    """Whether an install, deleted or not, names this auth state."""
    return (
        await db.value(
            "select true from installs where auth_state_id = $1 and workspace_id = $2 limit 1",
            auth_state_id,
            workspace_id,
        )
        or False
    )


_DELETE_AUTH_STATE = """
update auth_states a set deleted_at = $3, updated_at = $3, retention_tier = w.retention_tier
from workspaces w where w.id = a.workspace_id and a.id = $1 and a.workspace_id = $2
"""


async def update_deleted_auth_state(db: WriteConnection, auth_state_id: Id, workspace_id: Id, now: datetime) -> None:
    await db.execute(_DELETE_AUTH_STATE, auth_state_id, workspace_id, now)


async def update_restored_auth_state(db: WriteConnection, auth_state_id: Id, workspace_id: Id, now: datetime) -> None:
    await db.execute(
        """update auth_states set deleted_at = null, retention_tier = null, updated_at = $3
           where id = $1 and workspace_id = $2""",
        auth_state_id,
        workspace_id,
        now,
    )


async def delete_auth_state(db: WriteConnection, auth_state_id: Id, workspace_id: Id) -> None:
    await db.execute("delete from auth_states where id = $1 and workspace_id = $2", auth_state_id, workspace_id)
