"""Write an install: one statement for all its members, and one for all its clones."""

from collections.abc import Sequence

from msgspec.structs import astuple

from graft import ids, jsontext
from graft.db.rows import insertion
from graft.ids import Id
from graft.installs.given import Given
from graft.installs.listing import LIST
from graft.installs.models import Install
from graft.installs.rows import NewInstall, Values
from graft.operations.before import Before, encode
from graft.operations.record import encode_counts
from graft.web.context import WriteContext

# $1 to $15 are the fields of `NewInstall`.
_INSTALL = f"""
with solution as (
  insert into solutions (id, workspace_id, name, created_by, created_at, updated_at)
  select $9, $2, $16, $12, $13, $13 where $9::uuid is not null returning id),
state as (
  insert into variable_states (id, workspace_id, install_id, given, filled, created_at, size)
  values ($5, $2, $1, $17, $18, $13, $24) returning filled),
install as (
  {insertion("installs", NewInstall)} returning *),
operation as (
  insert into operations (id, workspace_id, install_id, kind, to_version_id, before, created_by, created_at, key_id,
    counts)
  values ($19, $2, $1, 'install', $4, $20, $12, $13, $21, $25) returning id),
event as (
  insert into events (id, workspace_id, type, subject_prefix, subject_id, actor_id, data, created_at)
  values ($22, $2, 'integration_install.created', 'intins', $1, $12, $23, $13) returning id)
select {LIST.projection.columns} from install t cross join state w
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


async def write_install(
    ctx: WriteContext, new: NewInstall, solution_name: str, values: Values, members: Sequence[Given]
) -> Install:
    """The install with its solution, operation and event, its clones, and its members; the install as it is shown."""
    data = {"integrationVersionId": f"intver_{new.version_id}", "members": len(members)}
    row = await ctx.db.row(
        _INSTALL,
        *astuple(new),
        solution_name,
        values.given,
        values.filled,
        ids.new_id(),
        # undone by an uninstallation
        encode(Before()),
        ctx.caller.key_id,
        ids.new_id(),
        jsontext.encode(data),
        len(values.filled),
        encode_counts({"added": len(members)}),
    )
    assert row is not None
    await insert_members(ctx, new.id, new.workspace_id, members)
    return LIST.projection.reader(ctx)(row)


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
