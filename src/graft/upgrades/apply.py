"""Write what an upgrade plan says: one statement per kind of change, whatever the number of members."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from graft import ids, jsontext
from graft.definitions.queries import insert_versions
from graft.definitions.rows import NewVersion
from graft.ids import Id
from graft.installs.apply import insert_members
from graft.installs.given import Given
from graft.installs.rows import Values
from graft.jsontext import Json
from graft.operations.before import Before, encode
from graft.operations.record import encode_counts
from graft.upgrades.planned import MemberUpdate, UpgradePlan
from graft.upgrades.put_back import park, pin
from graft.web.context import WriteContext

# An upgrade gives a clone the version's name and description, unless the workspace changed them.
_REBASE = """
update entities e set base_id = n.base_id, version_id = n.version_id, definition = null, size = null, refs = null,
  deleted_at = null, deleted_by = null, retention_tier = null, pinned_variables_id = null, pinned_ids = null,
  updated_at = $2, name = case when e.name = n.old_name then n.name else e.name end,
  description = case when e.description is distinct from n.old_description then e.description end,
  described_by_base = e.described_by_base or e.description is not distinct from n.old_description or null
from unnest($3::uuid[], $4::uuid[], $5::bigint[], $6::text[], $7::text[], $8::text[])
  as n(id, version_id, base_id, name, old_name, old_description)
where e.id = n.id and e.workspace_id = $1
"""

# The same of a clone that keeps a text of its own.
_REWRITE = """
update entities e set base_id = n.base_id, version_id = n.version_id, definition = n.definition,
  size = octet_length(n.definition::text), refs = string_to_array(n.refs, ',')::uuid[],
  updated_at = $2, name = case when e.name = n.old_name then n.name else e.name end,
  description = case when e.description is distinct from n.old_description then e.description end,
  described_by_base = e.described_by_base or e.description is not distinct from n.old_description or null
from unnest($3::uuid[], $4::uuid[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::json[], $10::text[])
  as n(id, version_id, base_id, name, old_name, old_description, definition, refs)
where e.id = n.id and e.workspace_id = $1
"""

# A row that comes back has no place held any more, as its text goes with the version.
_UPDATE_MEMBERS = """
update install_members m set slug = n.slug, base_id = n.base_id, version_id = n.version_id, deleted_at = null,
  held_paths = case when m.deleted_at is null then m.held_paths end,
  deleted_by = null, retention_tier = null, detached_by = n.detached_by, handed_back = n.handed_back,
  pinned_variables_id = case when n.follows then null when n.pinned_ids is not null then $3
    else m.pinned_variables_id end,
  pinned_ids = case when n.follows then null when n.pinned_ids is not null then n.pinned_ids else m.pinned_ids end
from unnest($4::uuid[], $5::text[], $6::bigint[], $7::uuid[], $8::boolean[], $9::json[], $10::text[], $11::boolean[])
  as n(id, slug, base_id, version_id, follows, pinned_ids, detached_by, handed_back)
where m.id = n.id and m.install_id = $1 and m.workspace_id = $2
"""

_REMOVE = """
with tier as (select retention_tier from workspaces where id = $1),
members as (
  update install_members set deleted_at = $3, deleted_by = 'upgrade', retention_tier = (select retention_tier from tier)
  where workspace_id = $1 and id = any($2))
update entities set deleted_at = $3, deleted_by = 'upgrade', updated_at = $3,
  retention_tier = (select retention_tier from tier)
where workspace_id = $1 and id = any($2) and deleted_at is null
"""

_UPGRADED = """
with solution as (
  insert into solutions (id, workspace_id, name, created_by, created_at, updated_at)
  select $17, $2, $18, $12, $8, $8 where $17::uuid is not null returning id),
state as (
  insert into variable_states (id, workspace_id, install_id, given, filled, created_at, size)
  select $4, $2, $1, $15, $16, $8, $20::integer where $15::json is not null returning id),
install as (
  update installs set version_id = $3, variables_id = $4, auth_state_id = $5, accepted_permissions = $6,
    allow_multiple = $7, updated_at = $8, solution_id = coalesce($17, solution_id), member_policy = $23,
    last_upgraded_at = case when $22 = 'upgrade' then $8 else last_upgraded_at end
  where id = $1 and workspace_id = $2 returning id),
operation as (
  insert into operations (id, workspace_id, install_id, kind, from_version_id, to_version_id, before, created_by,
    created_at, key_id, reason, counts)
  values ($9, $2, $1, $22, $10, $3, $11, $12, $8, $19, $21, $25) returning id)
insert into events (id, workspace_id, type, subject_prefix, subject_id, actor_id, data, created_at)
values ($13, $2, $24, 'intins', $1, $12, $14, $8)
"""

# How a move is recorded: to another version, or at the one that the install has.
Kind = Literal["upgrade", "reconfigure"]
_EVENTS: dict[Kind, str] = {
    "upgrade": "integration_install.upgraded",
    "reconfigure": "integration_install.reconfigured",
}


async def apply_upgrade(
    ctx: WriteContext, install_id: Id, workspace_id: Id, variables_id: Id, plan: UpgradePlan
) -> None:
    """Everything of the plan but the install's own row. `variables_id`: what the install read with until now.

    Rows that go, and those that step aside, free their slugs for those that take them.
    """
    pins = [*plan.pin, *((row, named) for row, named in plan.remove if named is not None)]
    if pins:
        await pin(ctx.db, workspace_id, variables_id, [(row.id, named) for row, named in pins])
    if plan.remove:
        await ctx.db.execute(_REMOVE, workspace_id, [row.id for row, _ in plan.remove], ctx.now)
    if plan.members:
        in_the_way = _in_the_way(plan.members)
        if in_the_way:
            await park(ctx.db, install_id, workspace_id, in_the_way)
        await _update_members(ctx, install_id, workspace_id, variables_id, plan.members)
    if plan.rebase:
        await _rebase(ctx, workspace_id, plan.rebase)
    if plan.insert:
        await insert_members(ctx, install_id, workspace_id, [given for _, given in plan.insert])


def _in_the_way(updates: Sequence[MemberUpdate]) -> list[Id]:
    """The members whose slug another one takes: the unique index looks at each row by itself."""
    taken = {update.slug: update.row.id for update in updates}
    return [update.row.id for update in updates if taken.get(update.row.slug, update.row.id) != update.row.id]


class UpgradedInstall(msgspec.Struct, frozen=True):
    """What an upgrade writes into the install's own row. `values`: None where they are the ones that it has."""

    version_id: Id
    variables_id: Id
    values: Values | None
    auth_state_id: Id | None
    accepted_permissions: Sequence[str]
    allow_multiple: bool
    member_policy: str
    # of the solution that its first clones get
    solution_id: Id | None = None
    solution_name: str = ""


async def write_upgraded(
    ctx: WriteContext,
    install_id: Id,
    workspace_id: Id,
    from_version_id: Id,
    row: UpgradedInstall,
    before: Before,
    data: Mapping[str, Json],
    reason: str | None = None,
    kind: Kind = "upgrade",
) -> Id:
    """The install's row, the operation with what was there before, and the event; the id of the operation."""
    operation_id = ids.new_id()
    await ctx.db.execute(
        _UPGRADED,
        install_id,
        workspace_id,
        row.version_id,
        row.variables_id,
        row.auth_state_id,
        row.accepted_permissions,
        row.allow_multiple,
        ctx.now,
        operation_id,
        from_version_id,
        encode(before),
        ctx.caller.user_id,
        ids.new_id(),
        jsontext.encode(data),
        None if row.values is None else row.values.given,
        None if row.values is None else row.values.filled,
        row.solution_id,
        row.solution_name,
        ctx.caller.key_id,
        None if row.values is None else len(row.values.filled),
        reason,
        kind,
        row.member_policy,
        _EVENTS[kind],
        encode_counts(data),
    )
    return operation_id


async def _rebase(ctx: WriteContext, workspace_id: Id, clones: Sequence[Given]) -> None:
    version_ids = [given.version_id for given in clones]
    await ctx.db.execute(_REBASE, workspace_id, ctx.now, *_moved_bases(clones, version_ids))


async def rewrite(ctx: WriteContext, workspace_id: Id, clones: Sequence[Given], texts: Sequence[NewVersion]) -> None:
    """Give clones these texts, on the bases of their members."""
    await insert_versions(ctx.db, workspace_id, ctx.caller.user_id, ctx.now, texts)
    await ctx.db.execute(
        _REWRITE,
        workspace_id,
        ctx.now,
        *_moved_bases(clones, [text.id for text in texts]),
        [text.definition for text in texts],
        [ids.hex_list(text.refs) for text in texts],
    )


def _moved_bases(clones: Sequence[Given], version_ids: Sequence[Id | None]) -> list[list[object]]:
    """The columns of clones that get another base: id, version, base, name, and what the base before called them."""
    bases = [given.row.base if given.row is not None else given.member for given in clones]
    return [
        [given.id for given in clones],
        list(version_ids),
        [given.member.base_id for given in clones],
        [given.member.name for given in clones],
        [base.name for base in bases],
        [base.description for base in bases],
    ]


async def _update_members(
    ctx: WriteContext, install_id: Id, workspace_id: Id, variables_id: Id, updates: Sequence[MemberUpdate]
) -> None:
    await ctx.db.execute(
        _UPDATE_MEMBERS,
        install_id,
        workspace_id,
        variables_id,
        [update.row.id for update in updates],
        [update.slug for update in updates],
        [update.base_id for update in updates],
        [update.version_id for update in updates],
        [update.member is not None for update in updates],
        [_pins(update.pinned) for update in updates],
        [update.detached_by for update in updates],
        [update.handed_back or None for update in updates],
    )


def _pins(pinned: Mapping[str, Id] | None) -> bytes | None:
    return None if pinned is None else jsontext.encode(pinned)
