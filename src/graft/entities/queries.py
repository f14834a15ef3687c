"""The statements on entities and their versions, one a function."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from graft import ids
from graft.auth.caller import Caller
from graft.auth.grants import TIERS, delete_grants, grants_to
from graft.db.connection import ReadConnection, WriteConnection
from graft.db.rows import columns
from graft.definitions.queries import OWN, PAGE_RENDERED, PAGE_RENDERING, SHOWN, insert_versions
from graft.definitions.rows import NewVersion
from graft.entities.listing import LIST
from graft.entities.models import Entity
from graft.entities.rows import FoundEntity, NewEntity
from graft.ids import Id
from graft.web.context import ReadContext
from graft.workspaces.locks import lock_tenant

_FOUND = columns(
    FoundEntity,
    "t",
    written="t.definition is not null",
    pinned="t.arm = 1",
    subjects="g.subjects",
    tiers="g.tiers",
    **PAGE_RENDERED,
)
_SHOWN = f"""
select {LIST.projection.columns}, {_FOUND}
from (
  {OWN} where e.id = $1 and (e.workspace_id = any($2) or $5 or e.deleted_at is null and e.id in (
    {grants_to("$3", of="= $1", everybody=True, owner_lives=True)}))
    and ($4::uuid is null or e.origin_install_id = $4)
  union all
  {SHOWN} where (m.workspace_id = any($2) or $6) and (i.workspace_id = any($2) or $6) and m.deleted_at is null
    and m.base_id is not null and v.source_entity_id = $1 and ($4::uuid is null or m.install_id = $4)
  order by arm, installed_version_at desc nulls last, install_id desc limit 1
) t
{PAGE_RENDERING}
left join ({grants_to("$3", of="= $1", everybody=True, columns=TIERS)}) g on true
"""


async def select_shown(
    ctx: ReadContext, entity_id: Id, install_id: Id | None = None
) -> tuple[FoundEntity, Callable[[], Entity]] | None:
    """The entity as this caller sees it: its own or granted to it, else as published, through an install.

    `install_id`: as that install has it, also for who sees the author's present state.
    """
    caller = ctx.caller
    everywhere = caller.platform_admin
    through_any_install = everywhere and install_id is not None
    row = await ctx.db.row(
        _SHOWN, entity_id, caller.workspaces(), caller.subjects(), install_id, everywhere, through_any_install
    )
    if row is None:
        return None
    return FoundEntity(*row[LIST.projection.width :]), partial(LIST.projection.reader(ctx), row)


_NAMED = f"""
select e.id, e.kind from entities e where e.id = any($1)
  and (e.workspace_id = any($2) or $4 or e.deleted_at is null and e.id in (
    {grants_to("$3", of="= any($1)", everybody=True, owner_lives=True)}))
union
select v.source_entity_id, v.kind
from install_members m join version_members v on v.id = m.base_id
where m.workspace_id = any($2) and m.deleted_at is null and m.base_id is not null and v.source_entity_id = any($1)
"""


async def select_visible(db: ReadConnection, entity_ids: Sequence[Id], caller: Caller) -> set[tuple[str, Id]]:
    """(kind, id) of those of these entities that the caller sees in any way."""
    if not entity_ids:
        return set()
    found = await db.rows(_NAMED, entity_ids, caller.workspaces(), caller.subjects(), caller.platform_admin)
    return {(kind, found_id) for found_id, kind in found}


async def select_named(db: ReadConnection, entity_id: Id, workspace_id: Id, rendered: Mapping[str, Id]) -> set[Id]:
    """The entities that an entity's text names; `rendered`: slug → id, of a text that no row holds."""
    refs = await db.value("select refs from entities where id = $1 and workspace_id = $2", entity_id, workspace_id)
    return set(refs) if refs is not None else set(rendered.values())


async def lock_entity(
    db: WriteConnection, entity_id: Id, workspace_id: Id, install_id: Id | None, *, alone: bool = False
) -> None:
    """Hold the entity; of a clone first the lock of its workspace, shared, or `alone` as who changes many clones."""
    if install_id is not None:
        await lock_tenant(db, workspace_id, shared=not alone)
    await db.execute(
        "select 1 from entities where id = $1 and workspace_id = $2 for no key update", entity_id, workspace_id
    )


# Arrays of arrays cannot be unnested: the references of a row come as one text of hexadecimal uuids.
_INSERT = """
insert into entities (id, workspace_id, kind, slug, name, description, definition, refs, version_id, created_by,
  created_at, updated_at, import_source, import_key, size)
select n.id, $1, n.kind, n.slug, n.name, n.description, n.definition, string_to_array(n.refs, ',')::uuid[],
  n.version_id, $2, $3, $3, $4, n.import_key, octet_length(n.definition::text)
from unnest($5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::json[], $11::text[], $12::uuid[],
  $13::json[]) as n(id, kind, slug, name, description, definition, refs, version_id, import_key)
returning id
"""


async def insert_entities(
    db: WriteConnection,
    workspace_id: Id,
    user_id: Id,
    now: datetime,
    rows: Sequence[NewEntity],
    source: str | None = None,
) -> None:
    """Insert entities and their first versions; `source` names the document that they were imported from."""
    await db.rows(
        _INSERT,
        workspace_id,
        user_id,
        now,
        source,
        [row.id for row in rows],
        [row.kind for row in rows],
        [row.slug for row in rows],
        [row.name for row in rows],
        [row.description for row in rows],
        [row.definition for row in rows],
        [ids.hex_list(row.refs) for row in rows],
        [row.version_id for row in rows],
        [row.import_key for row in rows],
    )
    versions = [NewVersion(row.version_id, row.id, row.definition, row.refs) for row in rows]
    await insert_versions(db, workspace_id, user_id, now, versions)


async def update_texts(
    db: WriteConnection, entity_id: Id, workspace_id: Id, name: str, description: str | None, now: datetime
) -> None:
    await db.execute(
        """update entities set name = $3, description = $4, described_by_base = null, updated_at = $5
           where id = $1 and workspace_id = $2""",
        entity_id,
        workspace_id,
        name,
        description,
        now,
    )


_DELETE = """
update entities e set deleted_at = $3, deleted_by = 'person', updated_at = $3, retention_tier = w.retention_tier
from workspaces w where w.id = e.workspace_id and e.id = $1 and e.workspace_id = $2
"""


async def update_deleted(db: WriteConnection, entity_id: Id, workspace_id: Id, now: datetime) -> None:
    await db.execute(_DELETE, entity_id, workspace_id, now)


async def update_restored(db: WriteConnection, entity_id: Id, workspace_id: Id, now: datetime) -> None:
    await db.execute(
        """update entities set deleted_at = null, deleted_by = null, retention_tier = null, updated_at = $3
           where id = $1 and workspace_id = $2""",
        entity_id,
        workspace_id,
        now,
    )


async def delete_entity(db: WriteConnection, entity_id: Id, workspace_id: Id) -> None:
    await delete_grants(db, [entity_id])
    await db.execute("delete from entities where id = $1 and workspace_id = $2", entity_id, workspace_id)


_PURGED_OF = """
select distinct v.integration_id
from version_members m
join integration_versions v on v.id = m.version_id
join integrations i on i.id = v.integration_id
where m.id = any($1) and i.purged_at is not null
order by v.integration_id
"""


async def delete_purged_versions(db: WriteConnection, base_ids: Sequence[int]) -> None:
    """Take the versions of purged integrations that clones with these bases, gone by now, were the last to name.

    In the order of their ids, as each is held until the end, and the last thing that a transaction holds.
    """
    for (integration_id,) in await db.rows(_PURGED_OF, base_ids):
        await db.value("select purge_versions($1)", integration_id)
