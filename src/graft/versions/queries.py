"""The statements on versions and their members, one a function."""

from collections.abc import Collection, Sequence
from datetime import datetime

from graft.auth.caller import Caller
from graft.auth.grants import grants_to
from graft.db.connection import ReadConnection, WriteConnection
from graft.db.rows import columns, each, insert_returning, one
from graft.definitions.queries import OWN, RENDERED_TOGETHER, RENDERING
from graft.ids import Id
from graft.manifest import semver
from graft.version_members import VersionMember
from graft.versions.listing import LIST
from graft.versions.models import IntegrationVersion
from graft.versions.rows import ComposedMember, DraftedRow, FoundDraft, FoundVersion, NewVersion, ReachedEntity

# $1: the workspace, $2: the members' entities. All schemas are added that these reach, through schemas; cycles end
# because `union` keeps each row once. An unedited clone has no definition of its own (`refs` is null): its template
# names slugs, and the members of its install say which entities those are.
_REACH = """
with recursive reach(id) as (
  select unnest($2::uuid[])
  union
  select named.id
  from reach r
  join entities e on e.id = r.id and e.workspace_id = $1 and (e.kind = 'schema' or e.id = any($2))
  cross join lateral (
    select unnest(e.refs) as id
    union all
    select coalesce(o.source_entity_id, m.id)
    from version_members b join templates t on t.id = b.template_id
    join install_members m on m.install_id = e.origin_install_id and m.workspace_id = $1 and m.slug = any(t.refs)
    join installs n on n.id = m.install_id and n.workspace_id = $1
      and (m.deleted_at is null or m.deleted_at = n.deleted_at)
    left join version_members o on o.id = m.base_id
    where e.refs is null and b.id = e.base_id
  ) named
)
select e.id, e.kind, coalesce(pg_column_size(e.definition), pg_column_size(t.body), 0) as stored_bytes
from reach r
join entities e on e.id = r.id and e.workspace_id = $1
left join version_members b on b.id = e.base_id and e.definition is null
left join templates t on t.id = b.template_id
"""

_DRAFTED = f"""
select {columns(DraftedRow, "e", refs="o.refs", **RENDERED_TOGETHER)}
from ({OWN} where e.workspace_id = $1 and e.id = any($2)) e
join entities o on o.id = e.id and o.workspace_id = $1
{RENDERING}
"""


async def select_reached(db: ReadConnection, workspace_id: Id, entity_ids: Sequence[Id]) -> list[ReachedEntity]:
    """These entities of the workspace and every schema in it that they reach."""
    return await each(db, ReachedEntity, _REACH, workspace_id, entity_ids)


async def select_drafted(db: ReadConnection, workspace_id: Id, entity_ids: Sequence[Id]) -> list[DraftedRow]:
    """Those of these entities that the workspace has itself; one of each state of variables carries that."""
    return await each(db, DraftedRow, _DRAFTED, workspace_id, entity_ids)


async def select_draft(db: ReadConnection, integration_id: Id) -> FoundDraft | None:
    """The documents of the draft itself, for editors only; None if there is no such integration."""
    statement = f"select {columns(FoundDraft, 't')} from integrations t where t.id = $1"
    return await one(db, FoundDraft, statement, integration_id)


async def insert_missing_templates(db: WriteConnection, members: Sequence[ComposedMember]) -> dict[bytes, int]:
    """Digest → template id of the members' templates. Only texts that are not stored yet are sent."""
    wanted = {member.template.digest: member.template for member in members}
    known = await select_template_ids(db, list(wanted))

    # sorted, so that two publishes of the same texts take their locks in one order and cannot deadlock
    missing = [wanted[digest] for digest in sorted(wanted.keys() - known.keys())]
    if missing:
        await db.rows(
            """insert into templates (digest, body, refs, variables, size, variable_uses, body_size)
               select n.digest, n.body, string_to_array(n.refs, ' '), string_to_array(n.variables, ' '), n.size,
                 string_to_array(n.uses, ' ')::integer[], octet_length(n.body::text)
               from unnest($1::bytea[], $2::json[], $3::text[], $4::text[], $5::integer[], $6::text[])
                 as n(digest, body, refs, variables, size, uses)
               on conflict (digest) do nothing returning id""",
            [template.digest for template in missing],
            [template.body for template in missing],
            [" ".join(template.refs) for template in missing],
            [" ".join(template.variables) for template in missing],
            [template.measure.size for template in missing],
            [" ".join(map(str, template.measure.numbers)) for template in missing],
        )
        # not by `returning`: a text that another publish stored meanwhile is in conflict and returns no row
        known |= await select_template_ids(db, [template.digest for template in missing])
    return known


async def select_template_ids(db: ReadConnection, digests: Collection[bytes]) -> dict[bytes, int]:
    """Digest → template id, of those that are stored."""
    rows = await db.rows("select id, digest from templates where digest = any($1)", list(digests))
    return {row["digest"]: row["id"] for row in rows}


async def select_template_bodies(db: ReadConnection, template_ids: Collection[int]) -> dict[int, bytes]:
    """Template id → its text."""
    rows = await db.rows("select id, body from templates where id = any($1)", list(template_ids))
    return {row["id"]: bytes(row["body"]) for row in rows}


async def insert_burnt_version(db: WriteConnection, publisher: str, slug: str, version: str) -> None:
    """Spend a version string for ever: a second one of the same precedence identity violates the primary key."""
    await db.execute("insert into burnt_versions values ($1, $2, $3)", publisher, slug, version)


async def insert_version(db: WriteConnection, new: NewVersion) -> IntegrationVersion:
    return await insert_returning(db, "integration_versions", new, LIST.projection)


_INSERT_MEMBERS = """
insert into version_members (version_id, slug, kind, entity_slug, name, description, role, template_id,
  source_entity_id, source_workspace_id, source_version_id, required, default_enabled, fork_on_install, depends_on)
select $1, n.slug, n.kind, n.entity_slug, n.name, n.description, n.role, n.template_id, n.entity_id, $2, n.version_id,
  n.required, n.default_enabled, n.fork, string_to_array(n.depends_on, ' ')
from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::uuid[],
  $11::uuid[], $12::boolean[], $13::boolean[], $14::boolean[], $15::text[])
  as n(slug, kind, entity_slug, name, description, role, template_id, entity_id, version_id, required, default_enabled,
    fork, depends_on)
returning id
"""


async def insert_members(
    db: WriteConnection,
    version_id: Id,
    workspace_id: Id,
    members: Sequence[ComposedMember],
    templates: dict[bytes, int],
) -> None:
    # PostgreSQL has no arrays of arrays with different lengths; slugs hold no blanks, so a list of them is one text
    await db.rows(
        _INSERT_MEMBERS,
        version_id,
        workspace_id,
        [member.slug for member in members],
        [member.entity.kind for member in members],
        [member.entity.slug for member in members],
        [member.entity.name for member in members],
        [member.entity.description for member in members],
        [member.role for member in members],
        [templates[member.template.digest] for member in members],
        [member.entity.id for member in members],
        [member.entity.version_id for member in members],
        [member.required for member in members],
        [member.default_enabled for member in members],
        [member.fork_on_install for member in members],
        [" ".join(member.depends_on) for member in members],
    )


async def update_current_version(
    db: WriteConnection, integration_id: Id, version_id: Id | None, version: str | None, now: datetime
) -> None:
    await db.execute(
        """update integrations set current_version_id = $2, current_version = $3, current_precedence = $4,
             updated_at = $5 where id = $1""",
        integration_id,
        version_id,
        version,
        None if version is None else semver.sort_key(version),
        now,
    )


async def select_version(db: ReadConnection, version_id: Id) -> FoundVersion | None:
    statement = f"select {columns(FoundVersion, 't')} from integration_versions t where t.id = $1"
    return await one(db, FoundVersion, statement, version_id)


# The rule of `integrations.listing.visible` for one version, $1: reads the grants and installs of this one alone, not
# all of the caller. $2: the caller's workspaces, $3: its subjects, $4: whether it is a platform admin.
_VISIBLE = f"""
where t.id = $1 and i.purged_at is null and ($4 or i.workspace_id = any($2)
  or i.deleted_at is null and (i.visibility <> 'private' or exists (
    {grants_to("$3", of="= t.integration_id", everybody=True)}))
  or t.id in (select n.version_id from installs n
    where n.version_id = $1 and n.workspace_id = any($2) and n.deleted_at is null))
"""
# The same for a publishable key, for which visibility alone counts.
_OPEN = """
where t.id = $1 and i.deleted_at is null and i.visibility <> 'private'
"""


async def select_visible(db: ReadConnection, version_id: Id, caller: Caller) -> FoundVersion | None:
    """The version, if the caller sees it: because it sees the integration, or by an active install of this version."""
    rule, parameters = sight(caller)
    return await one(db, FoundVersion, f"select {columns(FoundVersion, 't')} {rule}", version_id, *parameters)


async def select_sees(db: ReadConnection, version_id: Id, caller: Caller) -> bool:
    """As `select_visible`, for whoever needs nothing of the version itself."""
    rule, parameters = sight(caller)
    return await db.value(f"select true {rule}", version_id, *parameters) or False


async def select_visible_reply(db: ReadConnection, version_id: Id, caller: Caller) -> IntegrationVersion | None:
    """As `select_visible`, in the form that the list shows."""
    rule, parameters = sight(caller)
    row = await db.row(f"select {LIST.projection.columns} {rule}", version_id, *parameters)
    return None if row is None else LIST.projection.reader()(row)


def sight(caller: Caller, joins: str = "") -> tuple[str, tuple[object, ...]]:
    """The rows, with these joins, and the rule of what the caller sees; its parameters behind the id."""
    rows = f"from integration_versions t join integrations i on i.id = t.integration_id {joins}"
    if caller.kind == "publishable":
        return rows + _OPEN, ()
    return rows + _VISIBLE, (caller.workspaces(), caller.subjects(), caller.platform_admin)


_MEMBER = """
  m.id, m.slug, m.kind, m.entity_slug, m.name, m.description, m.role, m.template_id, t.refs, t.variables,
  m.source_entity_id, m.source_version_id, m.required, m.default_enabled, m.fork_on_install, m.depends_on,
  t.size, t.variable_uses
"""

_MEMBERS_OF = f"""
select m.version_id, {_MEMBER}
from version_members m join templates t on t.id = m.template_id
where m.version_id = any($1)
order by m.id
"""

_MEMBERS_BY_BASE = (
    f"select {_MEMBER} from version_members m join templates t on t.id = m.template_id where m.id = any($1)"
)


async def select_members(db: ReadConnection, version_ids: Collection[Id]) -> dict[Id, Sequence[VersionMember]]:
    """Version → its members, declared ones before the closure; an unknown version has none."""
    found: dict[Id, list[VersionMember]] = {version_id: [] for version_id in version_ids}
    for row in await db.rows(_MEMBERS_OF, list(version_ids)):
        version_id, *fields = row
        found[version_id].append(VersionMember(*fields))
    return dict(found)


async def select_members_by_base(db: ReadConnection, base_ids: Collection[int]) -> list[VersionMember]:
    """Members of any versions by the ids of their rows, in no order."""
    rows = await db.rows(_MEMBERS_BY_BASE, list(base_ids))
    return [VersionMember(*row) for row in rows]


_CLOSURE_BEFORE = """
select m.source_entity_id, m.slug from version_members m where m.role = 'closure' and m.version_id = (
  select v.id from integration_versions v where v.integration_id = $1
  order by coalesce(v.precedence < $2, true) desc, v.precedence desc limit 1)
"""


async def select_closure_before(db: ReadConnection, integration_id: Id, version: str | None) -> dict[Id, str]:
    """Author's entity → closure slug, in the version before `version`: the highest of those below it.

    If none is below, or `version` is None: in the highest of all. Empty if nothing was published.
    """
    rows = await db.rows(_CLOSURE_BEFORE, integration_id, None if version is None else semver.sort_key(version))
    return {row["source_entity_id"]: row["slug"] for row in rows}


async def select_is_purged(db: ReadConnection, integration_id: Id) -> bool:
    return await db.value("select purged_at is not null from integrations where id = $1", integration_id) or False
