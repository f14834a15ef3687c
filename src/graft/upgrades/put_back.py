"""Restore the rows that an operation touched from their images: a constant number of statements."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from graft import ids, jsontext
from graft.db.connection import WriteConnection
from graft.ids import Id
from graft.operations.before import Before, Came, CloneImage, InstallImage, MemberImage

_OUT = """
with members as (
  update install_members set deleted_at = $3, deleted_by = 'undo'
  where workspace_id = $1 and id = any($2) and deleted_at is null)
update entities set deleted_at = $3, deleted_by = 'undo', updated_at = $3
where workspace_id = $1 and id = any($2) and deleted_at is null
"""

# A unique index looks at each row by itself, so rows that take each other's slugs leave them first.
_PARK = """
update install_members set slug = '~' || id::text where install_id = $1 and workspace_id = $2 and id = any($3)
"""

_MEMBERS = """
update install_members m set slug = n.slug, base_id = n.base_id, version_id = n.version_id, detached_by = n.detached_by,
  handed_back = n.handed_back, enabled = n.enabled,
  held_paths = case when n.held_paths is not null then array(select json_array_elements_text(n.held_paths)) end,
  deleted_at = n.deleted_at, retention_tier = n.retention_tier, deleted_by = n.deleted_by,
  pinned_variables_id = n.pinned_variables_id, pinned_ids = n.pinned_ids
from unnest($3::uuid[], $4::text[], $5::bigint[], $6::uuid[], $7::text[], $8::boolean[], $9::boolean[], $10::json[],
  $11::timestamptz[], $12::text[], $13::text[], $14::uuid[], $15::json[])
  as n(id, slug, base_id, version_id, detached_by, handed_back, enabled, held_paths, deleted_at, retention_tier,
    deleted_by, pinned_variables_id, pinned_ids)
where m.id = n.id and m.install_id = $1 and m.workspace_id = $2
"""

# A clone without a text of its own has no row of `entity_versions` under its version's id, so its text becomes null.
_TEXTS = """
update entities e set base_id = n.base_id, version_id = n.version_id, updated_at = $2, pinned_variables_id = null,
  pinned_ids = null, definition = v.definition, refs = v.refs
from unnest($3::uuid[], $4::bigint[], $5::uuid[]) as n(id, base_id, version_id)
left join entity_versions v on v.id = n.version_id and v.workspace_id = $1
where e.id = n.id and e.workspace_id = $1
"""

_CLONES = """
update entities e set name = n.name, description = n.description, described_by_base = n.described_by_base,
  deleted_at = n.deleted_at, retention_tier = n.retention_tier, deleted_by = n.deleted_by, updated_at = $2,
  pinned_variables_id = n.pinned_variables_id, pinned_ids = n.pinned_ids,
  refs = case when n.pinned_ids is not null then string_to_array(n.refs, ',')::uuid[]
    when e.definition is not null then e.refs end
from unnest($3::uuid[], $4::text[], $5::text[], $6::boolean[], $7::timestamptz[], $8::text[], $9::text[], $10::uuid[],
  $11::json[], $12::text[])
  as n(id, name, description, described_by_base, deleted_at, retention_tier, deleted_by, pinned_variables_id,
    pinned_ids, refs)
where e.id = n.id and e.workspace_id = $1
"""

_INSTALL = """
update installs set version_id = $3, variables_id = $4, auth_state_id = $5, member_policy = $6, solution_id = $7,
  accepted_permissions = $8, allow_multiple = $9, last_upgraded_at = $10, deleted_at = $11, retention_tier = $12,
  updated_at = $13
where id = $1 and workspace_id = $2
"""

_CAME_BACK = """
with clones as (
  update entities set deleted_at = null, deleted_by = null, retention_tier = null, updated_at = $4
  where origin_install_id = $1 and workspace_id = $2 and deleted_at = $3),
members as (
  update install_members set deleted_at = null, deleted_by = null, retention_tier = null
  where install_id = $1 and workspace_id = $2 and deleted_at = $3)
update solutions set deleted_at = null, retention_tier = null, updated_at = $4
where workspace_id = $2 and deleted_at = $3
  and id in (select i.solution_id from installs i where i.id = $1 and i.workspace_id = $2)
"""

_WENT_AGAIN = """
with clones as (
  update entities set deleted_at = $3, deleted_by = 'uninstall', retention_tier = $4, updated_at = $7
  where origin_install_id = $1 and workspace_id = $2 and deleted_at is null and id <> all($5)),
members as (
  update install_members set deleted_at = $3, deleted_by = 'uninstall', retention_tier = $4
  where install_id = $1 and workspace_id = $2 and deleted_at is null and id <> all($6))
update solutions set deleted_at = $3, retention_tier = $4, updated_at = $7
where workspace_id = $2 and deleted_at is null
  and id in (select i.solution_id from installs i where i.id = $1 and i.workspace_id = $2)
"""


async def put_back(db: WriteConnection, workspace_id: Id, install_id: Id, before: Before, now: datetime) -> None:
    """The rows as they were before the operation; those that came with it are deleted softly."""
    if before.new:
        await db.execute(_OUT, workspace_id, before.new, now)
    if before.came is not None:
        await _go_again(db, workspace_id, install_id, before.came, now)
    if before.went is not None:
        await db.execute(_CAME_BACK, install_id, workspace_id, before.went, now)
    if before.members:
        await park(db, install_id, workspace_id, [image.id for image in before.members])
        await _members(db, workspace_id, install_id, before.members)
    if before.texts:
        columns = [list(column) for column in zip(*before.texts, strict=True)]
        await db.execute(_TEXTS, workspace_id, now, *columns)
    if before.clones:
        await _clones(db, workspace_id, before.clones, now)
    if before.install is not None:
        await _install(db, workspace_id, install_id, before.install, now)


async def park(db: WriteConnection, install_id: Id, workspace_id: Id, member_ids: Sequence[Id]) -> None:
    """Give these members slugs that nobody has, until the next statement names those that they are to have."""
    await db.execute(_PARK, install_id, workspace_id, member_ids)


async def _go_again(db: WriteConnection, workspace_id: Id, install_id: Id, came: Came, now: datetime) -> None:
    await db.execute(_WENT_AGAIN, install_id, workspace_id, came.at, came.tier, came.clones, came.members, now)


async def _members(db: WriteConnection, workspace_id: Id, install_id: Id, images: Sequence[MemberImage]) -> None:
    await db.execute(
        _MEMBERS,
        install_id,
        workspace_id,
        [image.id for image in images],
        [image.slug for image in images],
        [image.base_id for image in images],
        [image.version_id for image in images],
        [image.detached_by for image in images],
        [image.handed_back for image in images],
        [image.enabled for image in images],
        [None if image.held_paths is None else jsontext.encode(image.held_paths) for image in images],
        [image.deleted_at for image in images],
        [image.retention_tier for image in images],
        [image.deleted_by for image in images],
        [image.pinned_variables_id for image in images],
        [_pins(image.pinned_ids) for image in images],
    )


async def _clones(db: WriteConnection, workspace_id: Id, images: Sequence[CloneImage], now: datetime) -> None:
    await db.execute(
        _CLONES,
        workspace_id,
        now,
        [image.id for image in images],
        [image.name for image in images],
        [image.description for image in images],
        [image.described_by_base for image in images],
        [image.deleted_at for image in images],
        [image.retention_tier for image in images],
        [image.deleted_by for image in images],
        [image.pinned_variables_id for image in images],
        [_pins(image.pinned_ids) for image in images],
        [ids.hex_list(list((image.pinned_ids or {}).values())) for image in images],
    )


async def _install(db: WriteConnection, workspace_id: Id, install_id: Id, image: InstallImage, now: datetime) -> None:
    await db.execute(_INSTALL, install_id, workspace_id, *msgspec.structs.astuple(image), now)


def _pins(pinned: dict[str, Id] | None) -> bytes | None:
    return None if pinned is None else jsontext.encode(pinned)
