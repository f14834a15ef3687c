"""The statements that an upgrade reads by, one a function."""

from collections.abc import Sequence

from graft.db.connection import ReadConnection, Row
from graft.ids import Id


async def texts(db: ReadConnection, entity_ids: Sequence[Id], workspace_id: Id) -> list[Row]:
    """The texts of clones that have one of their own."""
    return await db.rows(
        "select id, definition from entities where workspace_id = $2 and id = any($1) and definition is not null",
        entity_ids,
        workspace_id,
    )


_NAMED_ELSEWHERE = """
select e.id, e.kind, e.refs from entities e
where e.workspace_id = $1 and e.origin_install_id is distinct from $2 and e.deleted_at is null
  and e.refs is not null and e.refs && $3::uuid[]
order by e.id limit 100
"""


async def named_elsewhere(db: ReadConnection, workspace_id: Id, install_id: Id, entity_ids: Sequence[Id]) -> list[Row]:
    """Entities of the workspace that are not of this install and name one of these: the first hundred."""
    return await db.rows(_NAMED_ELSEWHERE, workspace_id, install_id, entity_ids)
