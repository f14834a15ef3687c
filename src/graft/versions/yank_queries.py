"""The statements on yanked versions, one a function."""

from msgspec.structs import astuple

from graft.auth.caller import Caller
from graft.db.connection import ReadConnection, WriteConnection
from graft.db.rows import columns, insertion, one
from graft.ids import Id
from graft.versions.queries import sight
from graft.versions.rows import FoundYank, NewYank

# As `semver.currency` has it: the key of a release ends in `~`.
_HIGHEST = """
select v.id, v.version from integration_versions v
where v.integration_id = $1 and v.id not in (select y.id from version_yanks y where y.integration_id = $1)
order by right(v.precedence, 1) = '~' desc, v.precedence desc limit 1
"""


async def select_highest(db: ReadConnection, integration_id: Id) -> tuple[Id, str] | tuple[None, None]:
    """The id and the number of the highest version that is not yanked, a pre-release only while there is no other."""
    row = await db.row(_HIGHEST, integration_id)
    return (None, None) if row is None else (row["id"], row["version"])


_YANK = f"""
{insertion("version_yanks", NewYank)}
on conflict (id) do update set reason = excluded.reason, replacement_id = excluded.replacement_id,
  yanked_by = excluded.yanked_by, yanked_at = excluded.yanked_at
"""


async def upsert_yank(db: WriteConnection, new: NewYank) -> None:
    await db.execute(_YANK, *astuple(new))


async def delete_yank(db: WriteConnection, version_id: Id) -> None:
    await db.execute("delete from version_yanks where id = $1", version_id)


_YANK_COLUMNS = columns(
    FoundYank,
    "y",
    id="t.id",
    integration_id="t.integration_id",
    version="t.version",
    current_version="i.current_version",
)


async def select_visible_yank(db: ReadConnection, version_id: Id, caller: Caller) -> FoundYank | None:
    """As `select_visible`, with what is said of it where it is yanked."""
    rule, parameters = sight(caller, "left join version_yanks y on y.id = t.id")
    return await one(db, FoundYank, f"select {_YANK_COLUMNS} {rule}", version_id, *parameters)


async def select_is_version_of(db: ReadConnection, version_id: Id, integration_id: Id) -> bool:
    found = "select true from integration_versions where id = $1 and integration_id = $2"
    return await db.value(found, version_id, integration_id) or False


_HOLDING = """
select i.id, i.workspace_id, count(*) over () as total from installs i
where i.version_id = $1 and i.deleted_at is null and (i.workspace_id = any($2) or $3)
order by i.id limit $4
"""


async def select_holding(
    db: ReadConnection, version_id: Id, caller: Caller, most: int
) -> tuple[list[tuple[Id, Id]], int]:
    """(install, workspace) of the active installs of a version that the caller sees: the first, and how many in all."""
    rows = await db.rows(_HOLDING, version_id, caller.workspaces(), caller.platform_admin, most)
    return [(row["id"], row["workspace_id"]) for row in rows], rows[0]["total"] if rows else 0
