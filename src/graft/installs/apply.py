"""Write an install, or what an upgrade plan says: one statement per kind of change, whatever the number of members."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from graft import ids, jsontext
from graft.db.connection import WriteConnection
from graft.entities import queries as entities
from graft.entities.render import ids_of
from graft.entities.write import frozen, reader
from graft.ids import Id
from graft.installs import queries
from graft.installs.plan import Present, UpgradePlan
from graft.installs.selection import Choice
from graft.jsontext import Json
from graft.versions.models import VersionMember
from graft.web.context import Writing


@dataclass(frozen=True, slots=True)
class NewInstall:
    """A row of `installs` to be."""

    id: Id
    workspace_id: Id
    integration_id: Id
    version_id: Id
    variables: bytes
    auth_state_id: Id | None
    member_policy: str
    parent_install_id: Id | None
    solution_id: Id | None
    solution_name: str
    accepted_permissions: Sequence[str]
    allow_multiple: bool
    installed_by: Id
    installed_at: datetime


_INSTALL = """
with solution as (
  insert into solutions (id, workspace_id, name, created_by, created_at, updated_at)
  select $9, $2, $10, $13, $14, $14 where $9::uuid is not null returning id),
install as (
  insert into installs (id, workspace_id, integration_id, version_id, variables, auth_state_id, member_policy,
    parent_install_id, solution_id, accepted_permissions, allow_multiple, installed_by, installed_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $11, $12, $13, $14, $14) returning id),
operation as (
  insert into operations (id, workspace_id, install_id, kind, to_version_id, before, created_by, created_at)
  values ($15, $2, $1, 'install', $4, '{}', $13, $14) returning id)
insert into events (id, workspace_id, type, subject_prefix, subject_id, actor_id, data, created_at)
values ($16, $2, 'integration_install.created', 'intins', $1, $13, $17, $14)
"""

_CLONES = """
insert into entities (id, workspace_id, origin_install_id, base_id, version_id, created_by, created_at, updated_at,
  kind, slug, name, described_by_base)
select n.id, $1, $2, n.base_id, n.version_id, $3, $4, $4, n.kind, n.slug, n.name, true
from unnest($5::uuid[], $6::uuid[], $7::bigint[], $8::text[], $9::text[], $10::text[])
  as n(id, version_id, base_id, kind, slug, name)
returning id
"""

_MEMBERS = """
insert into install_members (id, install_id, workspace_id, base_id, added_at, added_by, slug)
select n.id, $1, $2, n.base_id, $3, $4, n.slug
from unnest($5::uuid[], $6::bigint[], $7::text[]) as n(id, base_id, slug)
returning id
"""

# An upgrade gives a clone the version's name and description, unless the workspace changed them.
_REBASE = """
update entities e set base_id = n.base_id, version_id = n.version_id, definition = null, refs = null, deleted_at = null,
  retention_tier = null, updated_at = $2,
  name = case when e.name = n.old_name then n.name else e.name end,
  description = case when e.description is distinct from n.old_description then e.description end,
  described_by_base = e.described_by_base or e.description is not distinct from n.old_description or null
from unnest($3::uuid[], $4::uuid[], $5::bigint[], $6::text[], $7::text[], $8::text[])
  as n(id, version_id, base_id, name, old_name, old_description)
where e.id = n.id and e.workspace_id = $1
"""

_MOVE_MEMBERS = """
update install_members m set slug = n.slug, base_id = n.base_id, deleted_at = null, retention_tier = null,
  pinned_ids = case when m.base_id = n.base_id then m.pinned_ids end
from unnest($3::uuid[], $4::text[], $5::bigint[]) as n(id, slug, base_id)
where m.id = n.id and m.install_id = $1 and m.workspace_id = $2
"""

_REMOVE = """
with tier as (select retention_tier from workspaces where id = $1),
members as (
  update install_members set deleted_at = $3, retention_tier = (select retention_tier from tier)
  where workspace_id = $1 and id = any($2))
update entities set deleted_at = $3, updated_at = $3, retention_tier = (select retention_tier from tier)
where workspace_id = $1 and id = any($2) and deleted_at is null
"""

_UPGRADED = """
with install as (
  update installs set version_id = $3, variables = $4, auth_state_id = $5, accepted_permissions = $6,
    allow_multiple = $7, last_upgraded_at = $8, updated_at = $8
  where id = $1 and workspace_id = $2 returning id),
operation as (
  insert into operations (id, workspace_id, install_id, kind, from_version_id, to_version_id, before, created_by,
    created_at)
  values ($9, $2, $1, 'upgrade', $10, $3, $11, $12, $8) returning id)
insert into events (id, workspace_id, type, subject_prefix, subject_id, actor_id, data, created_at)
values ($13, $2, 'integration_install.upgraded', 'intins', $1, $12, $14, $8)
"""


async def write_install(ctx: Writing, install: NewInstall, chosen: Sequence[Choice]) -> None:
    """The install with its solution, operation and event, its clones, and its members."""
    data = {"integrationVersionId": f"intver_{install.version_id}", "members": len(chosen)}
    await ctx.db.execute(
        _INSTALL,
        install.id,
        install.workspace_id,
        install.integration_id,
        install.version_id,
        install.variables,
        install.auth_state_id,
        install.member_policy,
        install.parent_install_id,
        install.solution_id,
        install.solution_name,
        install.accepted_permissions,
        install.allow_multiple,
        install.installed_by,
        install.installed_at,
        ids.new_id(),
        ids.new_id(),
        jsontext.encode(data),
    )
    await _insert_members(ctx, install.id, install.workspace_id, chosen)


async def apply_upgrade(ctx: Writing, install_id: Id, workspace_id: Id, plan: UpgradePlan) -> None:
    """Everything of the plan but the install's own row. Rows that step aside go before those that take their slug."""
    if plan.freeze:
        await freeze(ctx, workspace_id, [row.id for row in plan.freeze])
    if plan.pin:
        await _pin(ctx.db, workspace_id, plan.pin)
    if plan.remove:
        await ctx.db.execute(_REMOVE, workspace_id, [row.id for row in plan.remove], ctx.now)
    if plan.rename:
        moves = [(row, slug, None if row.clone else row.base.base_id) for row, slug in plan.rename]
        await _move(ctx.db, install_id, workspace_id, moves)
    pinned = [(row, member.slug, None if row.clone else member.base_id) for row, member in plan.repin + plan.revive]
    if pinned:
        await _move(ctx.db, install_id, workspace_id, pinned)
    if plan.rebase:
        await _rebase(ctx, workspace_id, plan.rebase)
    if plan.insert:
        await _insert_members(ctx, install_id, workspace_id, plan.insert)


@dataclass(frozen=True, slots=True)
class UpgradedInstall:
    """What an upgrade writes into the install's own row."""

    version_id: Id
    variables: bytes
    auth_state_id: Id | None
    accepted_permissions: Sequence[str]
    allow_multiple: bool


async def write_upgraded(
    ctx: Writing,
    install_id: Id,
    workspace_id: Id,
    from_version_id: Id,
    row: UpgradedInstall,
    before: Json,
    data: Json,
) -> None:
    """The install's row, the operation with what was there before, and the event."""
    await ctx.db.execute(
        _UPGRADED,
        install_id,
        workspace_id,
        row.version_id,
        row.variables,
        row.auth_state_id,
        row.accepted_permissions,
        row.allow_multiple,
        ctx.now,
        ids.new_id(),
        from_version_id,
        jsontext.encode(before),
        ctx.caller.user_id,
        ids.new_id(),
        jsontext.encode(data),
    )


async def freeze(ctx: Writing, workspace_id: Id, entity_ids: Sequence[Id]) -> None:
    """Write these unedited clones down as they read now."""
    read = reader(ctx)
    versions: list[entities.NewVersion] = []
    for row in await queries.clones_to_read(ctx.db, entity_ids, workspace_id):
        if row["definition"] is None:
            definition = read.definition(row)
            versions.append(frozen(row, definition, list(dict.fromkeys(map(Id, ids_of(row).values())))))
    if versions:
        await entities.insert_versions(ctx.db, workspace_id, ctx.caller.user_id, ctx.now, versions)
        await entities.set_definitions(ctx.db, workspace_id, ctx.now, versions)


async def _insert_members(ctx: Writing, install_id: Id, workspace_id: Id, chosen: Sequence[Choice]) -> None:
    new = [(ids.new_id(), choice) for choice in chosen]
    clones = [(member_id, choice.member) for member_id, choice in new if choice.clone]
    if clones:
        await ctx.db.rows(
            _CLONES,
            workspace_id,
            install_id,
            ctx.caller.user_id,
            ctx.now,
            [member_id for member_id, _ in clones],
            ids.new_ids(len(clones)),
            [member.base_id for _, member in clones],
            [member.kind for _, member in clones],
            [member.entity_slug for _, member in clones],
            [member.name for _, member in clones],
        )
    await ctx.db.rows(
        _MEMBERS,
        install_id,
        workspace_id,
        ctx.now,
        ctx.caller.user_id,
        [member_id for member_id, _ in new],
        [None if choice.clone else choice.member.base_id for _, choice in new],
        [choice.member.slug for _, choice in new],
    )


async def _rebase(ctx: Writing, workspace_id: Id, rows: Sequence[tuple[Present, VersionMember]]) -> None:
    await ctx.db.execute(
        _REBASE,
        workspace_id,
        ctx.now,
        [row.id for row, _ in rows],
        ids.new_ids(len(rows)),
        [member.base_id for _, member in rows],
        [member.name for _, member in rows],
        [row.base.name for row, _ in rows],
        [row.base.description for row, _ in rows],
    )


async def _pin(db: WriteConnection, workspace_id: Id, rows: Sequence[tuple[Present, Mapping[str, Id]]]) -> None:
    await db.execute(
        """update install_members m set pinned_ids = n.ids from unnest($2::uuid[], $3::json[]) as n(id, ids)
           where m.id = n.id and m.workspace_id = $1""",
        workspace_id,
        [row.id for row, _ in rows],
        [jsontext.encode(pinned) for _, pinned in rows],
    )


async def _move(
    db: WriteConnection, install_id: Id, workspace_id: Id, moves: Sequence[tuple[Present, str, int | None]]
) -> None:
    await db.execute(
        _MOVE_MEMBERS,
        install_id,
        workspace_id,
        [row.id for row, _, _ in moves],
        [slug for _, slug, _ in moves],
        [base_id for _, _, base_id in moves],
    )
