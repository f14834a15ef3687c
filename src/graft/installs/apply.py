"""Write an install: one statement for all its members, and one for all its clones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from graft import ids, jsontext
from graft.ids import Id
from graft.installs.given import Given
from graft.installs.requirements import Values
from graft.operations.before import Before, encode
from graft.web.context import WriteContext


@dataclass(frozen=True, slots=True)
class NewInstall:
    """A row of `installs` to be."""

    id: Id
    workspace_id: Id
    integration_id: Id
    version_id: Id
    variables_id: Id
    values: Values
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
state as (
  insert into variable_states (id, workspace_id, install_id, given, filled, created_at)
  values ($5, $2, $1, $19, $20, $14) returning id),
install as (
  insert into installs (id, workspace_id, integration_id, version_id, variables_id, auth_state_id, member_policy,
    parent_install_id, solution_id, accepted_permissions, allow_multiple, installed_by, installed_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $11, $12, $13, $14, $14) returning id),
operation as (
  insert into operations (id, workspace_id, install_id, kind, to_version_id, before, created_by, created_at, key_id)
  values ($15, $2, $1, 'install', $4, $21, $13, $14, $18) returning id)
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
insert into install_members (id, install_id, workspace_id, base_id, version_id, added_at, added_by, slug)
select n.id, $1, $2, n.base_id, n.version_id, $3, $4, n.slug
from unnest($5::uuid[], $6::bigint[], $7::uuid[], $8::text[]) as n(id, base_id, version_id, slug)
returning id
"""


async def write_install(ctx: WriteContext, install: NewInstall, members: Sequence[Given]) -> None:
    """The install with its solution, operation and event, its clones, and its members."""
    data = {"integrationVersionId": f"intver_{install.version_id}", "members": len(members)}
    await ctx.db.execute(
        _INSTALL,
        install.id,
        install.workspace_id,
        install.integration_id,
        install.version_id,
        install.variables_id,
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
        ctx.caller.key_id,
        install.values.given,
        install.values.filled,
        # undone by an uninstallation
        encode(Before()),
    )
    await insert_members(ctx, install.id, install.workspace_id, members)


async def insert_members(ctx: WriteContext, install_id: Id, workspace_id: Id, members: Sequence[Given]) -> None:
    """New members of an install, and the clones among them."""
    clones = [given for given in members if given.clone]
    if clones:
        await ctx.db.rows(
            _CLONES,
            workspace_id,
            install_id,
            ctx.caller.user_id,
            ctx.now,
            [given.id for given in clones],
            [given.version_id for given in clones],
            [given.member.base_id for given in clones],
            [given.member.kind for given in clones],
            [given.member.entity_slug for given in clones],
            [given.member.name for given in clones],
        )
    await ctx.db.rows(
        _MEMBERS,
        install_id,
        workspace_id,
        ctx.now,
        ctx.caller.user_id,
        [given.id for given in members],
        [None if given.clone else given.member.base_id for given in members],
        [None if given.clone else given.version_id for given in members],
        [given.member.slug for given in members],
    )
