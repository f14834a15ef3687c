"""The statements of an import, one a function; their number does not grow with the document."""

from collections.abc import Sequence
from datetime import datetime

from graft import jsontext
from graft.db.connection import ReadConnection, WriteConnection
from graft.ids import Id
from graft.openapi_import.match import Existing, ImportKey, OperationKey, SchemaKey
from graft.openapi_import.plan import Write


async def existing(db: ReadConnection, workspace_id: Id, source: str) -> list[Existing]:
    """What earlier imports of this line of documents made."""
    rows = await db.rows(
        """select e.id, e.slug, e.name, e.description, e.definition, e.import_key, e.deleted_at
           from entities e where e.workspace_id = $1 and e.import_source = $2""",
        workspace_id,
        source,
    )
    return [
        Existing(
            row["id"],
            row["slug"],
            row["name"],
            row["description"],
            bytes(row["definition"]),
            _key(bytes(row["import_key"])),
            row["deleted_at"] is not None,
        )
        for row in rows
    ]


async def taken_slugs(db: ReadConnection, workspace_id: Id, kinds: Sequence[str]) -> dict[str, list[str]]:
    """The slugs of the workspace's own entities of these kinds, deleted ones too."""
    rows = await db.rows(
        """select e.kind, array_agg(e.slug) as slugs from entities e
           where e.workspace_id = $1 and e.origin_install_id is null and e.kind = any($2) group by e.kind""",
        workspace_id,
        kinds,
    )
    return {row["kind"]: row["slugs"] for row in rows}


async def update(db: WriteConnection, workspace_id: Id, writes: Sequence[Write], now: datetime) -> None:
    """Bring name, description and key of these entities up, and revive those that were deleted."""
    await db.execute(
        """update entities e set name = n.name, description = n.description, import_key = n.key, deleted_at = null,
             retention_tier = null, updated_at = $2
           from unnest($3::uuid[], $4::text[], $5::text[], $6::json[]) as n(id, name, description, key)
           where e.id = n.id and e.workspace_id = $1""",
        workspace_id,
        now,
        [write.id for write in writes],
        [write.name for write in writes],
        [write.description for write in writes],
        [stored_key(write.key) for write in writes],
    )


def stored_key(key: ImportKey) -> bytes:
    return jsontext.encode(key._asdict())


def _key(text: bytes) -> ImportKey:
    tree = jsontext.decode(text)
    return SchemaKey(**tree) if "component" in tree else OperationKey(**tree)
