"""The statements of an import, one a function. How many are sent does not depend on the size of the document."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from graft import jsontext
from graft.db.connection import ReadConnection, WriteConnection
from graft.db.rows import columns, each
from graft.ids import Id
from graft.imports.rows import ImportedRow, TakenSlugs
from graft.jsontext import Json
from graft.openapi_import import Existing, ImportKey, OperationKey, SchemaKey, Write, written_mark

# The key of `import_key` under which `written_mark` stands, beside the fields of the `ImportKey`.
_WRITTEN = "written"


_IMPORTED = f"""
select {columns(ImportedRow, "e", deleted="e.deleted_at is not null")}
from entities e where e.workspace_id = $1 and e.import_source = $2
"""


async def select_imported_entities(db: ReadConnection, workspace_id: Id, source: str) -> list[Existing]:
    """The entities that earlier imports of this source made, deleted ones too."""
    rows = await each(db, ImportedRow, _IMPORTED, workspace_id, source)
    # in a thread, because thousands of keys take a while to decode
    return await asyncio.to_thread(lambda: [_to_existing(row) for row in rows])


async def select_imported_bytes(db: ReadConnection, workspace_id: Id, source: str) -> int:
    """The bytes of their definitions, of rows of earlier releases as stored."""
    return await db.value(
        """select coalesce(sum(coalesce(e.size, pg_column_size(e.definition))), 0)::bigint from entities e
           where e.workspace_id = $1 and e.import_source = $2""",
        workspace_id,
        source,
    )


async def select_sources(db: ReadConnection, workspace_id: Id, entity_ids: Collection[Id]) -> list[str]:
    """The sources that these entities were imported from."""
    rows = await db.rows(
        """select distinct e.import_source from entities e
           where e.workspace_id = $1 and e.id = any($2) and e.import_source is not null""",
        workspace_id,
        list(entity_ids),
    )
    return [source for (source,) in rows]


async def select_members_aside(db: ReadConnection, integration_id: Id) -> dict[str, Any]:
    """The members of a draft that were put aside (`plan.Aside`)."""
    text = await db.value("select members_aside from integrations where id = $1", integration_id)
    return {} if text is None else jsontext.decode(bytes(text))


async def update_members_aside(db: WriteConnection, integration_id: Id, members: Mapping[str, Json]) -> None:
    await db.execute(
        "update integrations set members_aside = $2 where id = $1",
        integration_id,
        jsontext.encode(members) if members else None,
    )


_TAKEN_SLUGS = """
select e.kind, array_agg(e.slug) as slugs from entities e
where e.workspace_id = $1 and e.origin_install_id is null and e.kind = any($2) group by e.kind
"""


async def select_taken_slugs(db: ReadConnection, workspace_id: Id, kinds: Sequence[str]) -> dict[str, list[str]]:
    """The slugs that the workspace's own entities have, deleted ones too, by kind."""
    found = await each(db, TakenSlugs, _TAKEN_SLUGS, workspace_id, kinds)
    return {taken.kind: taken.slugs for taken in found}


async def update_entities(db: WriteConnection, workspace_id: Id, writes: Sequence[Write], now: datetime) -> None:
    """Write name, description and `import_key` of these entities, and restore those that were deleted."""
    await db.execute(
        """update entities e set name = n.name, description = n.description, import_key = n.key, deleted_at = null,
             retention_tier = null, deleted_by = null, updated_at = $2
           from unnest($3::uuid[], $4::text[], $5::text[], $6::json[]) as n(id, name, description, key)
           where e.id = n.id and e.workspace_id = $1""",
        workspace_id,
        now,
        [write.id for write in writes],
        [write.name for write in writes],
        [write.description for write in writes],
        [stored_key(write) for write in writes],
    )


def stored_key(write: Write) -> bytes:
    """The value of `import_key`: what the entity is in its document, and a mark by which edits are noticed later."""
    mark = written_mark(write.name, write.description, write.definition)
    return jsontext.encode({**write.key._asdict(), _WRITTEN: mark})


def _to_existing(row: ImportedRow) -> Existing:
    tree = jsontext.decode(bytes(row.import_key))
    written = tree.pop(_WRITTEN, None)
    key: ImportKey = SchemaKey(**tree) if "component" in tree else OperationKey(**tree)
    return Existing(row.id, row.slug, row.name, row.description, bytes(row.definition), key, row.deleted, written)
