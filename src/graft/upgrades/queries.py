"""The statements that an upgrade reads by, one a function."""

from collections.abc import Sequence

from graft.db.connection import ReadConnection
from graft.db.rows import columns, each
from graft.ids import Id
from graft.upgrades.rows import NamingEntity


async def select_texts(db: ReadConnection, entity_ids: Sequence[Id], workspace_id: Id) -> dict[Id, bytes]:
    """The texts of those of these clones that have one of their own."""
    rows = await db.rows(
        "select id, definition from entities where workspace_id = $2 and id = any($1) and definition is not null",
        entity_ids,
        workspace_id,
    )
    return {row["id"]: bytes(row["definition"]) for row in rows}


_NAMING = f"""
select {columns(NamingEntity, "e")} from entities e
where e.workspace_id = $1 and e.origin_install_id is distinct from $2 and e.deleted_at is null
  and e.refs is not null and e.refs && $3::uuid[]
order by e.id limit 100
"""


async def select_naming(
    db: ReadConnection, workspace_id: Id, install_id: Id, entity_ids: Sequence[Id]
) -> list[NamingEntity]:
    """Entities of the workspace that are not of this install and name one of these: the first hundred."""
    return await each(db, NamingEntity, _NAMING, workspace_id, install_id, entity_ids)
