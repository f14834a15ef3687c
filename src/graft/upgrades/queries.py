"""The statements that an upgrade reads by, one a function."""

from collections.abc import Sequence

from graft.db.connection import ReadConnection
from graft.ids import Id


async def select_texts(db: ReadConnection, entity_ids: Sequence[Id], workspace_id: Id) -> dict[Id, bytes]:
    """The texts of those of these clones that have one of their own."""
    rows = await db.rows(
        "select id, definition from entities where workspace_id = $2 and id = any($1) and definition is not null",
        entity_ids,
        workspace_id,
    )
    return {row["id"]: bytes(row["definition"]) for row in rows}
