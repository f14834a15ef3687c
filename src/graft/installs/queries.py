"""The statements that read installs and their members, one a function."""

from collections.abc import Iterable, Sequence

from graft.auth.caller import Caller
from graft.db.connection import ReadConnection, WriteConnection
from graft.db.rows import array_text, columns, each, one
from graft.ids import Id
from graft.installs.rows import (
    ActiveInstall,
    CloneRow,
    InstalledMember,
    InstalledRows,
    MemberChange,
    MemberEntity,
    MemberOfInstall,
    MemberRow,
    State,
)
from graft.operations.before import CloneImage, MemberImage, read_clone_image, read_member_image
from graft.version_members import VersionMember
from graft.versions import queries as versions

_ACTIVE_COLUMNS = columns(
    ActiveInstall,
    "i",
    publisher="g.publisher",
    slug="g.slug",
    name="g.name",
    version="v.version",
    dependencies="v.dependencies",
    auth_type="a.type",
    auth_lives="a.deleted_at is null",
    given="coalesce(s.given, '{}')",
    filled="coalesce(s.filled, '{}')",
)
_ACTIVE = f"""
select {_ACTIVE_COLUMNS}
from installs i
join integrations g on g.id = i.integration_id
join integration_versions v on v.id = i.version_id
left join auth_states a on a.id = i.auth_state_id and a.workspace_id = i.workspace_id
left join variable_states s on s.id = i.variables_id and s.workspace_id = i.workspace_id and i.id = any($2)
where i.workspace_id = $1 and i.deleted_at is null
order by i.id
"""


async def select_active(db: ReadConnection, workspace_id: Id, with_values_of: Sequence[Id] = ()) -> list[ActiveInstall]:
    """All active installs of a workspace, each with its integration's name and its version's dependencies.

    Values of variables may be large: they come for these installs alone.
    """
    return await each(db, ActiveInstall, _ACTIVE, workspace_id, with_values_of)


async def select_auth_type(db: ReadConnection, auth_state_id: Id, workspace_id: Id) -> str | None:
    """The type of an auth state of the workspace; None where there is no such one."""
    return await db.value(
        "select type from auth_states where id = $1 and workspace_id = $2 and deleted_at is null",
        auth_state_id,
        workspace_id,
    )


_REFERRED = columns(
    MemberEntity,
    "v",
    id="v.source_entity_id",
    version_id="coalesce(m.version_id, v.source_version_id)",
    source_version_id="v.version_id",
    follows="m.pinned_ids is null",
    variables="t.variables",
    edited="false",
    deleted_at="null::timestamptz",
)
_MEMBERS = f"""
select {columns(MemberRow, "m")}, {_REFERRED}
from install_members m
left join version_members v on v.id = m.base_id
left join templates t on t.id = v.template_id
where m.install_id = $1 and m.workspace_id = $2 and ($3::uuid[] is null or m.id = any($3))
order by m.id
"""

_CLONED = columns(
    MemberEntity,
    "e",
    source_version_id="v.version_id",
    follows="e.definition is null and e.pinned_ids is null",
    variables="t.variables",
    edited="coalesce(ev.edited, false)",
)
_CLONES = f"""
select {_CLONED}
from entities e
join version_members v on v.id = e.base_id
join templates t on t.id = v.template_id
left join entity_versions ev on ev.id = e.version_id and ev.workspace_id = e.workspace_id and e.definition is not null
where e.origin_install_id = $1 and e.workspace_id = $2 and ($3::uuid[] is null or e.id = any($3))
"""
_OF_MEMBER = len(MemberRow.__struct_fields__)


async def select_members(
    db: ReadConnection, install_id: Id, workspace_id: Id, only: Sequence[Id] | None = None
) -> list[tuple[MemberRow, MemberEntity]]:
    """Each member row, removed ones too, with what it is; but not the member of a clone that is no more.

    `only`: of these members.

    Two statements joined here: in SQL the planner takes the two conditions for independent and goes quadratic.
    """
    rows = await db.rows(_MEMBERS, install_id, workspace_id, only)
    clones = {clone.id: clone for clone in await each(db, MemberEntity, _CLONES, install_id, workspace_id, only)}

    found: list[tuple[MemberRow, MemberEntity]] = []
    for row in rows:
        member = MemberRow(*row[:_OF_MEMBER])
        entity = clones.get(member.id) if member.base_id is None else MemberEntity(*row[_OF_MEMBER:])
        if entity is not None:
            found.append((member, entity))
    return found


# The base of a row is known by its number; what each is stands in the version's members.
_MEMBER_ROWS = f"""
select {columns(MemberImage, "m")}
from install_members m
where m.install_id = $1 and m.workspace_id = $2
order by m.id
"""

# Only of a clone with a text of its own is there something to look up.
_CLONE_ROWS = f"""
select {columns(CloneImage, "e")}, e.base_id, e.version_id, e.refs, e.definition is not null as written,
  pg_column_size(e.definition) as size,
  case when e.definition is not null then (
    select v.edited from entity_versions v where v.id = e.version_id and v.workspace_id = $2) end as edited
from entities e
where e.origin_install_id = $1 and e.workspace_id = $2
"""
_OF_IMAGE = len(CloneImage.__struct_fields__)


async def select_installed(
    db: ReadConnection, install_id: Id, workspace_id: Id, known: Iterable[VersionMember]
) -> InstalledRows:
    """All rows of an install, removed ones too; `known`: the members of the versions that most bases are of."""
    images = {row[0]: read_member_image(row) for row in await db.rows(_MEMBER_ROWS, install_id, workspace_id)}
    clones = {
        row[0]: CloneRow(read_clone_image(row[:_OF_IMAGE]), *row[_OF_IMAGE:])
        for row in await db.rows(_CLONE_ROWS, install_id, workspace_id)
    }

    bases = {member.base_id: member for member in known}
    named = {clone.base_id for clone in clones.values()} | {
        row.base_id for row in images.values() if row.base_id is not None
    }
    older = named - bases.keys()
    if older:
        bases |= {member.base_id: member for member in await versions.select_members_by_base(db, older)}

    found: list[InstalledMember] = []
    for row in images.values():
        clone = clones.get(row.id)
        if clone is not None:
            found.append(_clone(row, clone, bases[clone.base_id]))
        elif row.base_id is not None:
            found.append(_reference(row, bases[row.base_id]))
    return InstalledRows(found, images, clones)


def _clone(row: MemberImage, clone: CloneRow, base: VersionMember) -> InstalledMember:
    state: State = "following"
    if clone.written:
        attached = "held" if row.held_paths and row.detached_by is None else "written"
        state = "handed_back" if row.handed_back else attached
    elif clone.image.pinned_ids is not None:
        state = "pinned"

    return InstalledMember(
        row.id,
        row.slug,
        clone=True,
        base=base,
        state=state,
        names=clone.refs or (),
        edited=clone.edited or False,
        detached_by=row.detached_by,
        removed=row.deleted_at is not None,
        deleted=clone.image.deleted_at is not None and row.deleted_at is None,
        version_id=clone.version_id,
        held=row.held_paths or () if clone.written else (),
    )


def _reference(row: MemberImage, base: VersionMember) -> InstalledMember:
    return InstalledMember(
        row.id,
        row.slug,
        clone=False,
        base=base,
        state="following" if row.pinned_ids is None else "pinned",
        names=tuple((row.pinned_ids or {}).values()),
        removed=row.deleted_at is not None,
        version_id=row.version_id,
    )


_UPDATE_MEMBERS = """
update install_members m set enabled = n.enabled, detached_by = n.detached_by, handed_back = n.handed_back,
  held_paths = n.held_paths::text[]
from unnest($2::uuid[], $3::text[], $4::boolean[], $5::text[], $6::boolean[])
  as n(id, held_paths, enabled, detached_by, handed_back)
where m.id = n.id and m.workspace_id = $1
"""


async def update_members(db: WriteConnection, workspace_id: Id, changes: Sequence[MemberChange]) -> None:
    await db.execute(
        _UPDATE_MEMBERS,
        workspace_id,
        [change.id for change in changes],
        [array_text(change.held_paths) if change.held_paths else None for change in changes],
        [change.enabled for change in changes],
        [change.detached_by for change in changes],
        [change.handed_back or None for change in changes],
    )


_MEMBER = f"""
select {columns(MemberOfInstall, "m")}
from install_members m join installs i on i.id = m.install_id and i.workspace_id = m.workspace_id
where m.id = $1 and (m.workspace_id = any($2) or $3) and (i.workspace_id = any($2) or $3)
  and m.deleted_at is null and i.deleted_at is null
"""


async def select_member(db: ReadConnection, member_id: Id, caller: Caller) -> MemberOfInstall | None:
    """A member of an active install in any workspace of the caller."""
    return await one(db, MemberOfInstall, _MEMBER, member_id, caller.workspaces(), caller.platform_admin)


async def select_is_deleted(db: ReadConnection, install_id: Id, workspace_id: Id) -> bool:
    return (
        await db.value(
            "select deleted_at is not null from installs where id = $1 and workspace_id = $2", install_id, workspace_id
        )
        or False
    )


async def select_has_children(db: ReadConnection, install_id: Id, workspace_id: Id) -> bool:
    return (
        await db.value(
            "select true from installs where workspace_id = $2 and parent_install_id = $1 limit 1",
            install_id,
            workspace_id,
        )
        or False
    )
