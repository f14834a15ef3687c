"""The statements that read installs and their members, one a function."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graft.auth.caller import NOBODY, Caller
from graft.db.connection import ReadConnection, Row, WriteConnection
from graft.ids import Id
from graft.installs.rows import InstalledMember, State
from graft.operations.before import ids_in
from graft.version_members import VersionMember
from graft.versions import queries as versions

_COLUMNS = """
  i.id, i.workspace_id, i.integration_id, i.version_id, i.variables_id, i.auth_state_id, i.member_policy,
  i.parent_install_id, i.solution_id, i.accepted_permissions, i.allow_multiple, i.installed_by, i.installed_at,
  i.last_upgraded_at, i.deleted_at, i.retention_tier
"""


async def install(db: ReadConnection, install_id: Id, caller: Caller) -> Row | None:
    """The install, in any workspace of the caller, with its present values of variables."""
    return await db.row(
        f"""select {_COLUMNS}, s.filled as variables
            from installs i join variable_states s on s.id = i.variables_id and s.workspace_id = i.workspace_id
            where i.id = $1 and (i.workspace_id = any($2) or $3) and (s.workspace_id = any($2) or $3)""",
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
select {_COLUMNS}, g.publisher, g.slug, g.name, v.version, v.dependencies, a.type as auth_type,
  a.deleted_at is null as auth_living, s.given, s.filled
from installs i
join integrations g on g.id = i.integration_id
join integration_versions v on v.id = i.version_id
left join auth_states a on a.id = i.auth_state_id and a.workspace_id = i.workspace_id
left join variable_states s on s.id = i.variables_id and s.workspace_id = i.workspace_id and i.id = $2
where i.workspace_id = $1 and i.deleted_at is null
order by i.id
"""


async def active(db: ReadConnection, workspace_id: Id, with_values_of: Id = NOBODY) -> list[Row]:
    """All active installs of a workspace, each with its integration's name and its version's dependencies.

    Values of variables may be large: they come for one install alone.
    """
    return await db.rows(_ACTIVE, workspace_id, with_values_of)


async def auth_state(db: ReadConnection, auth_state_id: Id, workspace_id: Id) -> Row | None:
    return await db.row(
        "select type from auth_states where id = $1 and workspace_id = $2 and deleted_at is null",
        auth_state_id,
        workspace_id,
    )


_MEMBERS = """
select m.id, m.slug, m.base_id, m.added_at, m.added_by, m.deleted_at, m.enabled, m.detached_by, m.held_paths,
  m.permissions, m.retention_tier, v.kind, v.name, v.version_id as source_version, v.source_entity_id,
  coalesce(m.version_id, v.source_version_id) as source_version_id, m.pinned_ids is null as follows, t.variables
from install_members m
left join version_members v on v.id = m.base_id
left join templates t on t.id = v.template_id
where m.install_id = $1 and m.workspace_id = $2
order by m.id
"""

_CLONES = """
select e.id, e.kind, e.name, e.version_id, e.deleted_at, e.definition is null and e.pinned_ids is null as follows,
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
select m.id, m.slug, m.base_id, m.version_id, m.detached_by, m.handed_back, m.enabled, m.held_paths, m.deleted_at,
  m.retention_tier, m.deleted_by, m.pinned_variables_id, m.pinned_ids
from install_members m
where m.install_id = $1 and m.workspace_id = $2
order by m.id
"""

# Only of a clone with a text of its own is there something to look up.
_CLONE_ROWS = """
select e.id, e.base_id, e.version_id, e.name, e.description, e.described_by_base, e.deleted_at, e.retention_tier,
  e.deleted_by, e.pinned_variables_id, e.pinned_ids, e.refs, e.definition is not null as written,
  pg_column_size(e.definition) as size,
  case when e.definition is not null then (
    select v.edited from entity_versions v where v.id = e.version_id and v.workspace_id = $2) end as edited
from entities e
where e.origin_install_id = $1 and e.workspace_id = $2
"""


@dataclass(frozen=True, slots=True)
class InstalledRows:
    """The members of an install as plans take them, and their rows, of which operations keep images."""

    members: list[InstalledMember]
    member_rows: Mapping[Id, Row]
    clone_rows: Mapping[Id, Row]


async def installed_rows(
    db: ReadConnection, install_id: Id, workspace_id: Id, known: Iterable[VersionMember]
) -> InstalledRows:
    """All rows of an install, removed ones too; `known`: the members of the versions that most bases are of."""
    rows = {row["id"]: row for row in await db.rows(_MEMBER_ROWS, install_id, workspace_id)}
    clones = {row["id"]: row for row in await db.rows(_CLONE_ROWS, install_id, workspace_id)}
    bases = {member.base_id: member for member in known}
    named = {row["base_id"] for row in (*rows.values(), *clones.values())} - {None}
    older = named - bases.keys()
    if older:
        bases |= {member.base_id: member for member in await versions.members_by_base(db, older)}
    found: list[InstalledMember] = []
    for row in rows.values():
        clone = clones.get(row["id"])
        if clone is not None:
            found.append(_clone(row, clone, bases[clone["base_id"]]))
        elif row["base_id"] is not None:
            found.append(_reference(row, bases[row["base_id"]]))
    return InstalledRows(found, rows, clones)


def _clone(row: Row, clone: Row, base: VersionMember) -> InstalledMember:
    state: State = "following"
    if clone["written"]:
        state = "handed_back" if row["handed_back"] else "written"
    elif clone["pinned_ids"] is not None:
        state = "pinned"
    return InstalledMember(
        row["id"],
        row["slug"],
        clone=True,
        base=base,
        state=state,
        names=clone["refs"] or (),
        edited=clone["edited"] or False,
        detached_by=row["detached_by"],
        removed=row["deleted_at"] is not None,
        deleted=clone["deleted_at"] is not None and row["deleted_at"] is None,
        version_id=clone["version_id"],
    )


def _reference(row: Row, base: VersionMember) -> InstalledMember:
    pinned = ids_in(row["pinned_ids"])
    return InstalledMember(
        row["id"],
        row["slug"],
        clone=False,
        base=base,
        state="following" if pinned is None else "pinned",
        names=tuple((pinned or {}).values()),
        removed=row["deleted_at"] is not None,
        version_id=row["version_id"],
    )


async def member(db: ReadConnection, member_id: Id, caller: Caller) -> Row | None:
    """A member of an active install in any workspace of the caller."""
    return await db.row(
        """select m.id, m.install_id, m.workspace_id, m.base_id
           from install_members m join installs i on i.id = m.install_id and i.workspace_id = m.workspace_id
           where m.id = $1 and (m.workspace_id = any($2) or $3) and (i.workspace_id = any($2) or $3)
             and m.deleted_at is null and i.deleted_at is null""",
        member_id,
        caller.workspaces(),
        caller.platform_admin,
    )


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
