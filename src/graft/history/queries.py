"""The statements that undoing reads by, one a function."""

from collections.abc import Collection, Sequence

from graft.db.connection import ReadConnection
from graft.ids import Id


async def select_values(db: ReadConnection, state_ids: Collection[Id], workspace_id: Id) -> dict[Id, bytes]:
    """Values of variables with which definitions read, by the ids of their states."""
    rows = await db.rows(
        "select id, filled from variable_states where id = any($1) and workspace_id = $2", list(state_ids), workspace_id
    )
    return {row["id"]: bytes(row["filled"]) for row in rows}


async def select_named(db: ReadConnection, version_id: Id, workspace_id: Id) -> Sequence[Id] | None:
    """The ids that a text of a workspace's own names; None where no row holds a text of this id."""
    return await db.value(
        "select refs from entity_versions where id = $1 and workspace_id = $2", version_id, workspace_id
    )
