"""The SQL of copy on write: how rows of entities are read, and the texts that a workspace wrote, one a function."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString, cast

from graft import ids
from graft.db.connection import ReadConnection, WriteConnection
from graft.db.rows import columns, each, one
from graft.definitions.rows import FoundBase, FoundClone, NewVersion, Source, WrittenText
from graft.ids import Id
from graft.listing import counted

# How a row without a text of its own is read: its template, a state of variables, and the ids of the members that the
# template names: those of its install, or what it was pinned with. The install is in the row's workspace: the caller's,
# or its owner's where a grant shows it. Grouped, because a cluster takes no other aggregate that names a template's
# column.
RENDERING = """
left join version_members b on b.id = e.base_id and e.definition is null
left join templates t on t.id = b.template_id
left join installs n on n.id = e.install_id and n.workspace_id = e.install_workspace_id and e.definition is null
left join variable_states s on s.id = coalesce(e.pinned_variables_id, n.variables_id)
  and s.workspace_id = e.install_workspace_id and s.workspace_id = n.workspace_id
left join lateral (
  select array_agg(m.slug) as slugs, array_agg(coalesce(o.source_entity_id, m.id)) as ids
  from install_members m left join version_members o on o.id = m.base_id
  where m.install_id = e.install_id and m.workspace_id = e.install_workspace_id and m.slug = any(t.refs)
    and (m.deleted_at is null or m.deleted_at = n.deleted_at)
  group by m.workspace_id
) r on e.definition is null and e.pinned_ids is null
"""

# The columns of `Source` that this joins; the others are the row's own.
RENDERED: dict[LiteralString, LiteralString] = {
    "template_id": "b.template_id",
    "body": "t.body",
    "variables_id": "s.id",
    "variables": "s.filled",
    "slugs": "r.slugs",
    "ids": "r.ids",
}
# The same of many rows of a workspace: values of variables may be large, so of the rows that read with the same state
# one carries it.
RENDERED_TOGETHER: dict[LiteralString, LiteralString] = {
    **RENDERED,
    "variables": "case when row_number() over (partition by s.id) = 1 then s.filled end",
}
_RENDERED: LiteralString = ", ".join([f"{expression} as {name}" for name, expression in RENDERED.items()])

# The same, joined after LIMIT, so that only the rows of a page are rendered: `t` is the page, and a name of `RENDERING`
# as well.
PAGE_RENDERING: LiteralString = f"""
left join lateral (
  select {_RENDERED}, coalesce(t.body_size, {counted("t.body")}) + coalesce(s.size, {counted("s.filled")}) as size
  from (select t.*) e {RENDERING}) w on true"""
# What a row of a page is read from, in bytes: a definition of its own, or what is rendered.
_OWN_SIZE: LiteralString = f"coalesce(t.size, {counted('t.definition')})"
PAGE_WEIGHT: LiteralString = f"case when t.definition is null then w.size else {_OWN_SIZE} end"
PAGE_RENDERED: dict[LiteralString, LiteralString] = {name: f"w.{name}" for name in RENDERED}
# What is large of it, and the bytes of that.
PAGE_DOCUMENTS: dict[LiteralString, LiteralString] = {
    "t.definition": _OWN_SIZE,
    PAGE_RENDERED["body"]: "w.size",
    PAGE_RENDERED["variables"]: "w.size",
}
# A `Source`, of a row of a page.
PAGE_SOURCE: tuple[LiteralString, ...] = tuple(
    [PAGE_RENDERED.get(name, f"t.{name}") for name in cast("tuple[LiteralString, ...]", Source.__struct_fields__)]
)

# The entities that belong to a workspace, as they are.
OWN = """
select 0 as arm, e.id, e.workspace_id, e.kind, e.slug, e.name, case when e.described_by_base
  then (select o.description from version_members o where o.id = e.base_id) else e.description end as description,
  e.definition, e.size, e.base_id, e.version_id,
  e.origin_install_id as install_id, e.workspace_id as install_workspace_id, e.created_by, e.created_at, e.updated_at,
  e.deleted_at, e.retention_tier, e.pinned_variables_id, e.pinned_ids, null::timestamptz as installed_version_at
from entities e
"""

# The entities of others that an install shows, as published; a deleted one those that a kept clone names. Of several
# installs the one with the newest version counts: a reference that no version changed keeps the row of an older one. A
# deleted install counts only where no other shows the entity.
SHOWN = """
select 1 as arm, v.source_entity_id as id, v.source_workspace_id as workspace_id, v.kind, v.entity_slug as slug, v.name,
  v.description, null::json as definition, null::integer as size, v.id as base_id,
  coalesce(m.version_id, v.source_version_id) as version_id, m.install_id,
  m.workspace_id as install_workspace_id, null::uuid as created_by, p.published_at as created_at,
  p.published_at as updated_at, null::timestamptz as deleted_at, null::text as retention_tier, m.pinned_variables_id,
  m.pinned_ids, case when i.deleted_at is null then q.published_at end as installed_version_at
from install_members m
join version_members v on v.id = m.base_id
join integration_versions p on p.id = v.version_id
join installs i on i.id = m.install_id and i.workspace_id = m.workspace_id
join integration_versions q on q.id = i.version_id
"""


_CLONES = f"""
select {columns(FoundClone, "e", **RENDERED_TOGETHER)}
from ({OWN} where e.workspace_id = $2 and e.id = any($1)) e
{RENDERING}
"""


async def select_to_read(db: ReadConnection, entity_ids: Sequence[Id], workspace_id: Id) -> list[FoundClone]:
    """These clones; of those that read with the same state of variables one carries it (`Reader.remember`)."""
    return await each(db, FoundClone, _CLONES, entity_ids, workspace_id)


_BASE_COLUMNS = columns(
    FoundBase,
    "ev",
    template_id="t.id",
    body="t.body",
    template_refs="t.refs",
    template_variables="t.variables",
    variables="s.filled",
)
_BASE = f"""
select {_BASE_COLUMNS}
from entity_versions ev
join version_members b on b.id = ev.base_id
join templates t on t.id = b.template_id
join variable_states s on s.id = ev.variables_id and s.workspace_id = ev.workspace_id
where ev.id = $1 and ev.workspace_id = $2 and s.workspace_id = $2
"""


async def select_base(db: ReadConnection, version_id: Id, workspace_id: Id) -> FoundBase | None:
    """The base of a clone's own text, with what it was rendered with; None where it has none."""
    return await one(db, FoundBase, _BASE, version_id, workspace_id)


_WRITTEN_COLUMNS = columns(
    WrittenText,
    "ev",
    template_id="t.id",
    body="t.body",
    template_refs="t.refs",
    template_variables="t.variables",
    variables="case when row_number() over (partition by s.id) = 1 then s.filled else 'null'::json end",
)
_WRITTEN = f"""
select {_WRITTEN_COLUMNS}
from entity_versions ev
join version_members b on b.id = ev.base_id
join templates t on t.id = b.template_id
join variable_states s on s.id = ev.variables_id and s.workspace_id = ev.workspace_id
where ev.id = any($1) and ev.workspace_id = $2 and s.workspace_id = $2
"""


async def select_written(db: ReadConnection, version_ids: Sequence[Id], workspace_id: Id) -> list[WrittenText]:
    """Those of these texts that were written over a base, each with it."""
    return await each(db, WrittenText, _WRITTEN, version_ids, workspace_id)


async def select_states(db: ReadConnection, state_ids: Sequence[Id], workspace_id: Id) -> dict[Id, bytes]:
    """State of variables → its values, as definitions read them."""
    rows = await db.rows(
        "select id, filled from variable_states where id = any($1) and workspace_id = $2", state_ids, workspace_id
    )
    return {row["id"]: bytes(row["filled"]) for row in rows}


_INSERT_VERSIONS = """
insert into entity_versions (id, workspace_id, entity_id, definition, refs, base_id, variables_id, base_ids, edited,
  created_by, created_at, size)
select n.id, $1, n.entity_id, n.definition, string_to_array(n.refs, ',')::uuid[], n.base_id, n.variables_id, n.ids,
  n.edited, $2, $3, octet_length(n.definition::text)
from unnest($4::uuid[], $5::uuid[], $6::json[], $7::text[], $8::bigint[], $9::uuid[], $10::json[], $11::boolean[])
  as n(id, entity_id, definition, refs, base_id, variables_id, ids, edited)
returning id
"""

_UPDATE_DEFINITIONS = """
update entities e set definition = n.definition, refs = string_to_array(n.refs, ',')::uuid[], version_id = n.version_id,
  updated_at = $2, pinned_variables_id = null, pinned_ids = null, size = octet_length(n.definition::text)
from unnest($3::uuid[], $4::uuid[], $5::json[], $6::text[]) as n(version_id, id, definition, refs)
where e.id = n.id and e.workspace_id = $1
"""


async def insert_versions(
    db: WriteConnection, workspace_id: Id, user_id: Id | None, now: datetime, rows: Sequence[NewVersion]
) -> None:
    await db.rows(
        _INSERT_VERSIONS,
        workspace_id,
        user_id,
        now,
        [row.id for row in rows],
        [row.entity_id for row in rows],
        [row.definition for row in rows],
        [ids.hex_list(row.refs) for row in rows],
        [row.base_id for row in rows],
        [row.variables_id for row in rows],
        [row.ids for row in rows],
        [row.edited for row in rows],
    )


async def update_definitions(db: WriteConnection, workspace_id: Id, now: datetime, rows: Sequence[NewVersion]) -> None:
    """Make these versions the present ones of their entities."""
    await db.execute(
        _UPDATE_DEFINITIONS,
        workspace_id,
        now,
        [row.id for row in rows],
        [row.entity_id for row in rows],
        [row.definition for row in rows],
        [ids.hex_list(row.refs) for row in rows],
    )


# A state is free when its install is gone and no text names it.
_FREE = """
not exists (select 1 from installs i where i.id = s.install_id and i.workspace_id = $1)
  and not exists (select 1 from entity_versions v where v.variables_id = s.id and v.workspace_id = $1)
"""
_DELETE_STATES_OF_INSTALL = f"""
delete from variable_states s where s.workspace_id = $1 and s.install_id = $2 and {_FREE}
"""
_DELETE_STATES = f"""
delete from variable_states s where s.workspace_id = $1 and s.id = any($2) and {_FREE}
"""
_NAMED_STATES = """
select distinct v.variables_id from entity_versions v
where v.entity_id = any($1) and v.workspace_id = $2 and v.variables_id is not null
"""


async def delete_states_of_install(db: WriteConnection, install_id: Id, workspace_id: Id) -> None:
    """Take the states of variables of an install that is gone, but for those that a kept clone's text names."""
    await db.execute(_DELETE_STATES_OF_INSTALL, workspace_id, install_id)


async def select_named_states(db: ReadConnection, entity_ids: Sequence[Id], workspace_id: Id) -> list[Id]:
    """The states of variables that the texts of these entities name."""
    return [state_id for (state_id,) in await db.rows(_NAMED_STATES, entity_ids, workspace_id)]


async def delete_free_states(db: WriteConnection, state_ids: Sequence[Id], workspace_id: Id) -> None:
    """Take those of these states that only clones named which outlived their install and are gone by now."""
    if state_ids:
        await db.execute(_DELETE_STATES, workspace_id, state_ids)
