"""The lock of a workspace: a row of its own, which whoever changes what it has holds until the end."""

from graft.db.connection import WriteConnection
from graft.ids import Id


async def insert_lock(db: WriteConnection, workspace_id: Id) -> None:
    """The row that `lock_tenant` locks, unless it is there."""
    await db.execute(
        "insert into workspace_locks (id, workspace_id) values ($1, $1) on conflict do nothing", workspace_id
    )


# Of a row of the tenant's own: a lock on a row of the catalogue would keep strangers waiting, on a cluster everybody.
_LOCK_TENANT = """
select w.deleted_at is null from workspace_locks l join workspaces w on w.id = l.workspace_id
where l.id = $1 and l.workspace_id = $1 for no key update of l
"""
_LOCK_TENANT_SHARED = """
select w.deleted_at is null from workspace_locks l join workspaces w on w.id = l.workspace_id
where l.id = $1 and l.workspace_id = $1 for share of l
"""


async def lock_tenant(db: WriteConnection, workspace_id: Id, *, shared: bool = False) -> bool:
    """Hold the lock of a workspace until the transaction ends; whether the workspace is there and not deleted.

    One at a time changes what a workspace has installed, its auth states, or many of its entities. `shared`: to change
    one clone, beside others that do, and beside nobody who holds it alone.
    """
    statement = _LOCK_TENANT_SHARED if shared else _LOCK_TENANT
    lives = await db.value(statement, workspace_id)
    if lives is None and await db.value("select true from workspaces where id = $1", workspace_id):
        # a server of the release before made the workspace
        await insert_lock(db, workspace_id)
        lives = await db.value(statement, workspace_id)
    return lives or False
