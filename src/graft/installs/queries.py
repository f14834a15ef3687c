"""The statements that read installs and their members, one a function."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from graft import jsontext
from graft.auth.caller import Caller
from graft.db.connection import ReadConnection, Row, WriteConnection
from graft.entities.queries import OWN, RENDERED, RENDERING
from graft.ids import Id
from graft.installs.plan import Present
from graft.versions import queries as versions
from graft.versions.models import VersionMember

COLUMNS = """
  i.id, i.workspace_id, i.integration_id, i.version_id, i.variables, i.auth_state_id, i.member_policy,
  i.parent_install_id, i.solution_id, i.accepted_permissions, i.installed_by, i.installed_at, i.last_upgraded_at,
  i.deleted_at, i.retention_tier
"""


async def install(db: ReadConnection, install_id: Id, caller: Caller) -> Row | None:
    """The install, in any workspace of the caller."""
    return await db.row(
        f"select {COLUMNS} from installs i where i.id = $1 and (i.workspace_id = any($2) or $3)",
        install_id,
        caller.workspaces(),
        caller.platform_admin,
    )


async def lock(db: WriteConnection, workspace_id: Id, integration_id: Id, *, alone: bool = False) -> Row | None:
    """Hold the workspace (one at a time changes its installs), and keep the integration from being changed.

    `alone`: for a purge, which may remove the integration. Two that shared it and then both wanted it would deadlock.
    """
    return await db.row(
        f"""select (select i.id from integrations i where i.id = $2
              for {"no key update" if alone else "share"}) as integration_id,
             (select w.id from workspaces w where w.id = $1 and w.deleted_at is null
              for no key update) as workspace_id""",
        workspace_id,
        integration_id,
    )


_ACTIVE = f"""
select {COLUMNS}, g.publisher, g.slug, v.version, v.dependencies, a.type as auth_type,
  a.deleted_at is null as auth_living
from installs i
join integrations g on g.id = i.integration_id
join integration_versions v on v.id = i.version_id
left join auth_states a on a.id = i.auth_state_id and a.workspace_id = i.workspace_id
where i.workspace_id = $1 and i.deleted_at is null
order by i.id
"""


async def active(db: ReadConnection, workspace_id: Id) -> list[Row]:
    """All active installs of a workspace, each with its integration's name and its version's dependencies."""
    return await db.rows(_ACTIVE, workspace_id)


async def auth_state(db: ReadConnection, auth_state_id: Id, workspace_id: Id) -> Row | None:
    return await db.row(
        "select type from auth_states where id = $1 and workspace_id = $2 and deleted_at is null",
        auth_state_id,
        workspace_id,
    )


_MEMBERS = """
select m.id, m.slug, m.base_id, m.added_at, m.added_by, m.deleted_at, m.enabled, m.detached_by, m.held_paths,
  m.permissions, m.retention_tier, v.kind, v.name, v.version_id as source_version, v.source_entity_id,
  v.source_version_id, t.variables
from install_members m
left join version_members v on v.id = m.base_id
left join templates t on t.id = v.template_id
where m.install_id = $1 and m.workspace_id = $2
order by m.id
"""

_CLONES = """
select e.id, e.kind, e.name, e.version_id, e.deleted_at, e.definition is not null as literal,
  coalesce(ev.edited, false) as edited, v.version_id as source_version, t.variables
from entities e
join version_members v on v.id = e.base_id
join templates t on t.id = v.template_id
left join entity_versions ev on ev.id = e.version_id and ev.workspace_id = e.workspace_id and e.definition is not null
where e.origin_install_id = $1 and e.workspace_id = $2
"""


async def members(db: ReadConnection, install_id: Id, workspace_id: Id) -> list[tuple[Row, Row | None]]:
    """Each member row, gone ones too, with its clone; a reference has none.

    Two statements joined here: in SQL the planner takes the two conditions for independent and goes quadratic.
    """
    rows = await db.rows(_MEMBERS, install_id, workspace_id)
    clones = {row["id"]: row for row in await db.rows(_CLONES, install_id, workspace_id)}
    return [(row, clones.get(row["id"])) for row in rows if row["base_id"] is not None or row["id"] in clones]


# The base of a row is known by its number; what each is stands in the version's members.
_MEMBER_ROWS = """
select m.id, m.slug, m.base_id, m.pinned_ids, m.detached_by is not null as detached, m.deleted_at is not null as gone
from install_members m
where m.install_id = $1 and m.workspace_id = $2
order by m.id
"""

# Only of a literal clone is there something to look up.
_CLONE_ROWS = """
select e.id, e.base_id, e.refs, e.deleted_at is not null as deleted, e.definition is not null as literal,
  case when e.definition is not null then (
    select v.edited from entity_versions v where v.id = e.version_id and v.workspace_id = $2) end as edited
from entities e
where e.origin_install_id = $1 and e.workspace_id = $2
"""


async def present(
    db: ReadConnection, install_id: Id, workspace_id: Id, members: Iterable[VersionMember]
) -> list[Present]:
    """The rows of an install as the upgrade planner takes them; `members`: of the versions that most bases are of."""
    rows = await db.rows(_MEMBER_ROWS, install_id, workspace_id)
    clones = {row["id"]: row for row in await db.rows(_CLONE_ROWS, install_id, workspace_id)}
    bases = {member.base_id: member for member in members}
    named = {row["base_id"] for row in (*rows, *clones.values())} - {None}
    older = named - bases.keys()
    if older:
        bases |= {member.base_id: member for member in await versions.members_by_base(db, older)}
    found: list[Present] = []
    for row in rows:
        clone = clones.get(row["id"])
        if clone is not None:
            found.append(_clone(row, clone, bases[clone["base_id"]]))
        elif row["base_id"] is not None:
            found.append(_reference(row, bases[row["base_id"]]))
    return found


def _clone(row: Row, clone: Row, base: VersionMember) -> Present:
    return Present(
        row["id"],
        row["slug"],
        clone=True,
        base=base,
        ids_named=clone["refs"] or (),
        literal=clone["literal"],
        edited=clone["edited"] or False,
        detached=row["detached"],
        gone=row["gone"],
        deleted_by_hand=clone["deleted"] and not row["gone"],
    )


def _reference(row: Row, base: VersionMember) -> Present:
    pinned = jsontext.decode(bytes(row["pinned_ids"])) if row["pinned_ids"] is not None else {}
    return Present(
        row["id"],
        row["slug"],
        clone=False,
        base=base,
        ids_named=tuple(pinned.values()),
        literal=row["pinned_ids"] is not None,
        gone=row["gone"],
    )


async def clones_to_read(db: ReadConnection, entity_ids: Sequence[Id], workspace_id: Id) -> list[Row]:
    """These clones in the columns of the entity reader."""
    return await db.rows(
        f"select e.*, {RENDERED} from ({OWN} where e.workspace_id = $2 and e.id = any($1)) e {RENDERING}",
        entity_ids,
        workspace_id,
    )


async def member(db: ReadConnection, member_id: Id, caller: Caller) -> Row | None:
    """A member of an active install in any workspace of the caller."""
    return await db.row(
        """select m.id, m.install_id, m.workspace_id, m.base_id, m.detached_by
           from install_members m join installs i on i.id = m.install_id and i.workspace_id = m.workspace_id
           where m.id = $1 and (m.workspace_id = any($2) or $3) and (i.workspace_id = any($2) or $3)
             and m.deleted_at is null and i.deleted_at is null""",
        member_id,
        caller.workspaces(),
        caller.platform_admin,
    )


async def attach(db: WriteConnection, member_id: Id, workspace_id: Id) -> None:
    await db.execute(
        "update install_members set detached_by = null where id = $1 and workspace_id = $2", member_id, workspace_id
    )


async def needed_by(db: ReadConnection, install_id: Id, workspace_id: Id) -> list[Id]:
    """The active installs under this one."""
    rows = await db.rows(
        "select id from installs where workspace_id = $2 and parent_install_id = $1 and deleted_at is null order by id",
        install_id,
        workspace_id,
    )
    return [row["id"] for row in rows]


async def is_deleted(db: ReadConnection, install_id: Id, workspace_id: Id) -> bool:
    return (
        await db.value(
            "select deleted_at is not null from installs where id = $1 and workspace_id = $2", install_id, workspace_id
        )
        or False
    )


async def has_children(db: ReadConnection, install_id: Id, workspace_id: Id) -> bool:
    return (
        await db.value(
            "select true from installs where workspace_id = $2 and parent_install_id = $1 limit 1",
            install_id,
            workspace_id,
        )
        or False
    )


_MARK_DELETED = """
with tier as (select retention_tier from workspaces where id = $2),
gone as (
  update entities set deleted_at = $4, updated_at = $4, retention_tier = (select retention_tier from tier)
  where origin_install_id = $1 and workspace_id = $2 and deleted_at is null and id <> all($3)),
members as (
  update install_members set deleted_at = $4, retention_tier = (select retention_tier from tier)
  where install_id = $1 and workspace_id = $2 and deleted_at is null),
solution as (
  update solutions set deleted_at = $4, updated_at = $4, retention_tier = (select retention_tier from tier)
  where workspace_id = $2 and id = $5)
update installs set deleted_at = $4, updated_at = $4, retention_tier = (select retention_tier from tier)
where id = $1 and workspace_id = $2
"""


async def mark_deleted(
    db: WriteConnection, install_id: Id, workspace_id: Id, kept: Sequence[Id], now: datetime, solution_id: Id | None
) -> None:
    """Delete softly the install, its members and its clones but the kept; all carry this one moment."""
    await db.execute(_MARK_DELETED, install_id, workspace_id, kept, now, solution_id)


_MARK_RESTORED = """
with clones as (
  update entities set deleted_at = null, updated_at = $4, retention_tier = null
  where origin_install_id = $1 and workspace_id = $2 and deleted_at = $3),
members as (
  update install_members set deleted_at = null, retention_tier = null
  where install_id = $1 and workspace_id = $2 and deleted_at = $3),
solution as (
  update solutions set deleted_at = null, updated_at = $4, retention_tier = null
  where workspace_id = $2 and id = $5 and deleted_at = $3)
update installs set deleted_at = null, updated_at = $4, retention_tier = null where id = $1 and workspace_id = $2
"""


async def mark_restored(
    db: WriteConnection, install_id: Id, workspace_id: Id, deleted_at: datetime, now: datetime, solution_id: Id | None
) -> None:
    """Bring back what went at that moment."""
    await db.execute(_MARK_RESTORED, install_id, workspace_id, deleted_at, now, solution_id)


# Two clones of one install may have the same slug: the entities were an own one and a clone of another author.
_FREE_KEPT = """
update entities e set origin_install_id = null, updated_at = $3, slug = case when exists (
    select 1 from entities o where o.workspace_id = $2 and o.kind = e.kind and o.slug = e.slug
      and (o.origin_install_id is null or o.origin_install_id = $1 and o.id < e.id))
  then left(e.slug, 100) || '-' || right(e.id::text, 12) else e.slug end
where e.origin_install_id = $1 and e.workspace_id = $2
"""


async def purge(db: WriteConnection, install_id: Id, workspace_id: Id, now: datetime, solution_id: Id | None) -> int:
    """Remove the install for ever; kept clones stay behind as the workspace's own entities. How many stayed."""
    await db.execute(
        "delete from install_members where install_id = $1 and workspace_id = $2", install_id, workspace_id
    )
    gone = await db.rows(
        """delete from entities
           where origin_install_id = $1 and workspace_id = $2 and (deleted_at is not null or definition is null)
           returning id""",
        install_id,
        workspace_id,
    )
    if gone:
        await db.execute("delete from permissions where object_id = any($1)", [row["id"] for row in gone])
    kept = await db.execute(_FREE_KEPT, install_id, workspace_id, now)
    await db.execute("delete from operations where install_id = $1 and workspace_id = $2", install_id, workspace_id)
    await db.execute("delete from installs where id = $1 and workspace_id = $2", install_id, workspace_id)
    await db.execute("delete from solutions where id = $1 and workspace_id = $2", solution_id, workspace_id)
    return kept
