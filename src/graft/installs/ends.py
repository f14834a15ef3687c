"""The statements that end an install and bring it back, one a function."""

from collections.abc import Sequence
from datetime import datetime

from graft.auth.grants import delete_grants
from graft.db.connection import ReadConnection, WriteConnection
from graft.db.rows import columns, each
from graft.definitions.queries import delete_states_of_install
from graft.ids import Id
from graft.installs.rows import NamingEntity
from graft.operations.before import InstallEnd

_UNINSTALL = """
with tier as (select coalesce($6, retention_tier) as retention_tier from workspaces where id = $2),
clones as (
  update entities set deleted_at = $3, deleted_by = 'uninstall', updated_at = $7,
    retention_tier = (select retention_tier from tier)
  where origin_install_id = $1 and workspace_id = $2 and deleted_at is null and id <> all($4)),
members as (
  update install_members set deleted_at = $3, deleted_by = 'uninstall',
    retention_tier = (select retention_tier from tier)
  where install_id = $1 and workspace_id = $2 and deleted_at is null and id <> all($5)),
solution as (
  update solutions set deleted_at = $3, updated_at = $7, retention_tier = (select retention_tier from tier)
  where workspace_id = $2 and deleted_at is null
    and id in (select i.solution_id from installs i where i.id = $1 and i.workspace_id = $2))
update installs set deleted_at = $3, updated_at = $7, retention_tier = (select retention_tier from tier),
  needs_unpurged = null
where id = $1 and workspace_id = $2
"""


async def update_uninstalled(
    db: WriteConnection, install_id: Id, workspace_id: Id, end: InstallEnd, now: datetime
) -> None:
    """Delete softly the install, its members and clones, all at one moment, but for those that stay."""
    await db.execute(_UNINSTALL, install_id, workspace_id, end.at, end.clones, end.members, end.tier, now)


_NAMING = f"""
select {columns(NamingEntity, "e")} from entities e
where e.workspace_id = $1 and (e.origin_install_id is null or e.origin_install_id <> all($2)) and e.deleted_at is null
  and e.refs is not null and e.refs && $3::uuid[]
order by e.id limit 100
"""


async def select_naming(
    db: ReadConnection, workspace_id: Id, install_ids: Sequence[Id], entity_ids: Sequence[Id]
) -> list[NamingEntity]:
    """Entities of the workspace that are of none of these installs and name one of these: the first hundred."""
    return await each(db, NamingEntity, _NAMING, workspace_id, install_ids, entity_ids)


_STAYED = """
select e.id, true as clone from entities e
where e.origin_install_id = $1 and e.workspace_id = $2 and e.deleted_at is null
union all
select m.id, false from install_members m
where m.install_id = $1 and m.workspace_id = $2 and m.deleted_at is null
"""


async def select_stayed(db: ReadConnection, install_id: Id, workspace_id: Id) -> tuple[list[Id], list[Id]]:
    """The clones and the members of a deleted install that did not go with it."""
    rows = await db.rows(_STAYED, install_id, workspace_id)
    return [row["id"] for row in rows if row["clone"]], [row["id"] for row in rows if not row["clone"]]


_RESTORE = """
with clones as (
  update entities set deleted_at = null, deleted_by = null, updated_at = $4, retention_tier = null
  where origin_install_id = $1 and workspace_id = $2 and deleted_at = $3),
members as (
  update install_members set deleted_at = null, deleted_by = null, retention_tier = null
  where install_id = $1 and workspace_id = $2 and deleted_at = $3),
solution as (
  update solutions set deleted_at = null, updated_at = $4, retention_tier = null
  where workspace_id = $2 and deleted_at = $3
    and id in (select i.solution_id from installs i where i.id = $1 and i.workspace_id = $2))
update installs set deleted_at = null, updated_at = $4, retention_tier = null, needs_unpurged = true
where id = $1 and workspace_id = $2
"""


async def update_restored(db: WriteConnection, install_id: Id, workspace_id: Id, went: datetime, now: datetime) -> None:
    """Bring back the install and what went with it at that moment."""
    await db.execute(_RESTORE, install_id, workspace_id, went, now)


# A clone that was restored by hand after its install was deleted may name others that went with the install.
_KEEP_NAMED = """
with recursive reach(id) as (
  select e.id from entities e where e.origin_install_id = $1 and e.workspace_id = $2 and e.deleted_at is null
  union
  select named.id
  from reach r
  join entities e on e.id = r.id and e.workspace_id = $2 and e.origin_install_id = $1
    and (e.deleted_at is null or e.deleted_by <> 'person')
  cross join lateral (
    select unnest(e.refs) as id
    union all
    select m.id
    from version_members b join templates t on t.id = b.template_id
    join install_members m on m.install_id = $1 and m.workspace_id = $2 and m.slug = any(t.refs)
    join installs n on n.id = m.install_id and n.workspace_id = $2
      and (m.deleted_at is null or m.deleted_at = n.deleted_at)
    where e.refs is null and b.id = e.base_id
  ) named
)
update entities e set deleted_at = null, deleted_by = null, retention_tier = null, updated_at = $3
where e.origin_install_id = $1 and e.workspace_id = $2 and e.deleted_by <> 'person'
  and e.id in (select r.id from reach r)
"""


async def update_named(db: WriteConnection, install_id: Id, workspace_id: Id, now: datetime) -> None:
    """Bring back what the clones that stay behind a deleted install name, directly or through others of it."""
    await db.execute(_KEEP_NAMED, install_id, workspace_id, now)


_UNWRITTEN = """
select e.id from entities e
where e.origin_install_id = $1 and e.workspace_id = $2 and e.deleted_at is null and e.definition is null
order by e.id
"""


async def select_unwritten(db: ReadConnection, install_id: Id, workspace_id: Id) -> list[Id]:
    """The kept clones of an install that have no text of their own."""
    return [row["id"] for row in await db.rows(_UNWRITTEN, install_id, workspace_id)]


# Two clones of one install may have the same slug: the entities were an own one and a clone of another author.
_FREE_KEPT = """
update entities e set origin_install_id = null, updated_at = $3, slug = case when exists (
    select 1 from entities o where o.workspace_id = $2 and o.kind = e.kind and o.slug = e.slug
      and (o.origin_install_id is null or o.origin_install_id = $1 and o.id < e.id))
  then left(e.slug, 100) || '-' || right(e.id::text, 12) else e.slug end
where e.origin_install_id = $1 and e.workspace_id = $2
"""


# With plans of several installs those of the others go as well: they could not be done any more.
_DELETE_HISTORY = """
with plans as (delete from upgrade_plans where workspace_id = $2 and $1 = any(install_ids))
delete from operations where install_id = $1 and workspace_id = $2
"""


async def delete_install(
    db: WriteConnection, install_id: Id, workspace_id: Id, now: datetime, solution_id: Id | None
) -> int:
    """Remove the install for ever; kept clones stay behind as the workspace's own entities. How many stayed.

    Those without a text of their own have been given one before.
    """
    await db.execute(
        "delete from install_members where install_id = $1 and workspace_id = $2", install_id, workspace_id
    )
    deleted = await db.rows(
        """delete from entities
           where origin_install_id = $1 and workspace_id = $2 and (deleted_at is not null or definition is null)
           returning id""",
        install_id,
        workspace_id,
    )
    await delete_grants(db, [row["id"] for row in deleted])
    kept = await db.execute(_FREE_KEPT, install_id, workspace_id, now)
    await db.execute(_DELETE_HISTORY, install_id, workspace_id)
    await db.execute("delete from installs where id = $1 and workspace_id = $2", install_id, workspace_id)
    await db.execute("delete from solutions where id = $1 and workspace_id = $2", solution_id, workspace_id)
    await delete_states_of_install(db, install_id, workspace_id)
    return kept
