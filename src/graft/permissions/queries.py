"""The statements on grants, one a function."""

from datetime import datetime
from typing import Any

from graft.db.connection import ReadConnection, WriteConnection
from graft.ids import Id


async def insert(db: WriteConnection, *values: Any) -> None:
    """`values`: id, object's kind, id and workspace, subject's kind and id, tier, creator, now."""
    await db.execute(
        """insert into permissions (id, object_kind, object_id, object_workspace_id, subject_kind, subject_id, tier,
             created_by, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)""",
        *values,
    )


async def subject_exists(db: ReadConnection, kind: str, subject_id: Id) -> bool:
    """Whether there is such a user or workspace, not deleted."""
    table = {"user": "users", "workspace": "workspaces"}[kind]
    return await db.value(f"select true from {table} where id = $1 and deleted_at is null", subject_id) or False


async def set_tier(db: WriteConnection, permission_id: Id, tier: str, now: datetime) -> None:
    await db.execute("update permissions set tier = $2, updated_at = $3 where id = $1", permission_id, tier, now)


async def mark_deleted(db: WriteConnection, permission_id: Id, now: datetime) -> None:
    await db.execute("update permissions set deleted_at = $2, updated_at = $2 where id = $1", permission_id, now)
