"""The statements on grants, one a function."""

from collections.abc import Sequence
from datetime import datetime

from graft.db.connection import ReadConnection, WriteConnection
from graft.db.rows import insert
from graft.ids import Id
from graft.permissions.rows import NewPermission


async def insert_permission(db: WriteConnection, new: NewPermission) -> None:
    await insert(db, "permissions", new)


async def select_subject_exists(db: ReadConnection, kind: str, subject_id: Id) -> bool:
    """Whether there is such a user or workspace, not deleted."""
    table = {"user": "users", "workspace": "workspaces"}[kind]
    return await db.value(f"select true from {table} where id = $1 and deleted_at is null", subject_id) or False


async def lock_grants_to(db: WriteConnection, object_id: Id, subjects: Sequence[Id]) -> None:
    """Keep the grants on the object to these subjects as they are until the transaction ends."""
    await db.execute(
        """select 1 from permissions
           where object_id = $1 and subject_id = any($2::uuid[]) and deleted_at is null for share""",
        object_id,
        subjects,
    )


async def update_tier(db: WriteConnection, permission_id: Id, tier: str, now: datetime) -> None:
    await db.execute("update permissions set tier = $2, updated_at = $3 where id = $1", permission_id, tier, now)


async def update_deleted(db: WriteConnection, permission_id: Id, now: datetime) -> None:
    await db.execute("update permissions set deleted_at = $2, updated_at = $2 where id = $1", permission_id, now)
