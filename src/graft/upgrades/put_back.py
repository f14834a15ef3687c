"""Restore the rows that an operation touched from their images: a constant number of statements."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString, cast

import msgspec

from graft import ids, jsontext
from graft.db.connection import WriteConnection
from graft.db.rows import array_text, arrays, assignments, moved
from graft.ids import Id
from graft.installs.ends import update_restored, update_uninstalled
from graft.operations.before import Before, CloneImage, InstallImage, MemberImage

# Clones that follow their version go on reading as they do: they are pinned as they go.
_OUT = """
with members as (
  update install_members set deleted_at = $3, deleted_by = 'undo'
  where workspace_id = $1 and id = any($2) and deleted_at is null)
update entities e set deleted_at = $3, deleted_by = 'undo', updated_at = $3,
  pinned_variables_id = case when p.id is null then e.pinned_variables_id else $4 end,
  pinned_ids = case when p.id is null then e.pinned_ids else p.pinned_ids end,
  refs = case when p.id is null then e.refs else string_to_array(p.refs, ',')::uuid[] end
from unnest($2::uuid[]) as o(id)
left join unnest($5::uuid[], $6::json[], $7::text[]) as p(id, pinned_ids, refs) on p.id = o.id
where e.id = o.id and e.workspace_id = $1 and e.deleted_at is null
"""

_REVIVE = """
with members as (
  update install_members set deleted_at = null, deleted_by = null, retention_tier = null, pinned_variables_id = null,
    pinned_ids = null
  where workspace_id = $1 and install_id = $2 and id = any($3))
update entities set deleted_at = null, deleted_by = null, retention_tier = null, pinned_variables_id = null,
  pinned_ids = null, refs = case when definition is not null then refs end, updated_at = $4
where workspace_id = $1 and origin_install_id = $2 and id = any($3)
"""

# A unique index looks at each row by itself, so rows that take each other's slugs leave them first.
_PARK = """
update install_members set slug = '~' || id::text where install_id = $1 and workspace_id = $2 and id = any($3)
"""

_PIN = """
update entities e set pinned_variables_id = $2, pinned_ids = n.pinned_ids,
  refs = string_to_array(n.refs, ',')::uuid[]
from unnest($3::uuid[], $4::json[], $5::text[]) as n(id, pinned_ids, refs)
where e.id = n.id and e.workspace_id = $1
"""

# Of the columns of images; the others are texts.
_TYPES: dict[str, LiteralString] = {
    "id": "uuid",
    "base_id": "bigint",
    "version_id": "uuid",
    "described_by_base": "boolean",
    "handed_back": "boolean",
    "enabled": "boolean",
    "deleted_at": "timestamptz",
    "pinned_variables_id": "uuid",
    "pinned_ids": "json",
}

# an array of texts as one text, as an array of arrays would be flattened
_HELD_PATHS = "n.held_paths::text[]"
_MEMBERS = f"""
update install_members m set {moved(MemberImage, "n", held_paths=_HELD_PATHS)}
from {arrays(MemberImage, "n", 3, _TYPES)}
where m.id = n.id and m.install_id = $1 and m.workspace_id = $2
"""

# A clone without a text of its own has no row of `entity_versions` under its version's id, so its text becomes null.
_TEXTS = """
update entities e set base_id = n.base_id, version_id = n.version_id, updated_at = $2, pinned_variables_id = null,
  pinned_ids = null, definition = v.definition, refs = v.refs, size = v.size
from unnest($3::uuid[], $4::bigint[], $5::uuid[]) as n(id, base_id, version_id)
left join entity_versions v on v.id = n.version_id and v.workspace_id = $1
where e.id = n.id and e.workspace_id = $1
"""

# The ids that a pinned clone names come beside its image, the first of its arrays.
_CLONES = f"""
update entities e set {moved(CloneImage, "n")}, updated_at = $2,
  refs = case when n.pinned_ids is not null then string_to_array(r.refs, ',')::uuid[]
    when e.definition is not null then e.refs end
from {arrays(CloneImage, "n", 4, _TYPES)} join unnest($4::uuid[], $3::text[]) as r(id, refs) on r.id = n.id
where e.id = n.id and e.workspace_id = $1
"""

_SOLUTION = 4 + InstallImage.__struct_fields__.index("solution_id")
# Where its solution came with what is undone, that goes; where it went with an undo, it comes back.
_INSTALL = f"""
with solution as (
  update solutions s set updated_at = $3::timestamptz, deleted_at = case when s.id = ${_SOLUTION}::uuid then null
    else $3::timestamptz end,
    retention_tier = case when s.id is distinct from ${_SOLUTION} then (
      select w.retention_tier from workspaces w where w.id = $2) end
  where s.workspace_id = $2 and s.id in (
      select unnest(array[i.solution_id, ${_SOLUTION}::uuid]) from installs i where i.id = $1 and i.workspace_id = $2
        and i.solution_id is distinct from ${_SOLUTION}))
update installs set {assignments(InstallImage, 4)}, updated_at = $3 where id = $1 and workspace_id = $2
"""


class Pins(msgspec.Struct, frozen=True):
    """Clones that go, each with the ids that its text names from then on; all read with one state of variables."""

    variables_id: Id
    named: Sequence[tuple[Id, Mapping[str, Id]]]


async def put_back(
    db: WriteConnection, workspace_id: Id, install_id: Id, before: Before, now: datetime, pins: Pins | None = None
) -> None:
    """The rows as they were before the operation; those that came with it are deleted softly.

    What goes and what moves leaves its slug before what was gone comes back under it.
    """
    if before.went is not None:
        await update_restored(db, install_id, workspace_id, before.went, now)
    if before.new:
        await _out(db, workspace_id, before.new, pins, now)
    if before.members:
        await park(db, install_id, workspace_id, [image.id for image in before.members])
    if before.gone:
        await db.execute(_REVIVE, workspace_id, install_id, before.gone, now)
    if before.came is not None:
        await update_uninstalled(db, install_id, workspace_id, before.came, now)
    if before.members:
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


async def pin(
    db: WriteConnection, workspace_id: Id, variables_id: Id, pins: Sequence[tuple[Id, Mapping[str, Id]]]
) -> None:
    """Clones that follow their version go on reading as they do, with this state of variables and these ids."""
    await db.execute(_PIN, workspace_id, variables_id, *_pinned(pins))


async def _out(db: WriteConnection, workspace_id: Id, row_ids: Sequence[Id], pins: Pins | None, now: datetime) -> None:
    variables_id, named = (None, ()) if pins is None else (pins.variables_id, pins.named)
    await db.execute(_OUT, workspace_id, row_ids, now, variables_id, *_pinned(named))


def _pinned(pins: Sequence[tuple[Id, Mapping[str, Id]]]) -> tuple[list[Id], list[bytes], list[str]]:
    return (
        [clone_id for clone_id, _ in pins],
        [jsontext.encode(named) for _, named in pins],
        [ids.hex_list(dict.fromkeys(named.values())) for _, named in pins],
    )


async def _members(db: WriteConnection, workspace_id: Id, install_id: Id, images: Sequence[MemberImage]) -> None:
    await db.execute(_MEMBERS, install_id, workspace_id, *_by_column(images))


async def _clones(db: WriteConnection, workspace_id: Id, images: Sequence[CloneImage], now: datetime) -> None:
    refs = [ids.hex_list(list((image.pinned_ids or {}).values())) for image in images]
    await db.execute(_CLONES, workspace_id, now, refs, *_by_column(images))


async def _install(db: WriteConnection, workspace_id: Id, install_id: Id, image: InstallImage, now: datetime) -> None:
    await db.execute(_INSTALL, install_id, workspace_id, now, *msgspec.structs.astuple(image))


def _by_column(images: Sequence[msgspec.Struct]) -> list[list[Any]]:
    """The values of each column, as the arrays that a statement takes."""
    rows = [msgspec.structs.astuple(image) for image in images]
    return [[_value(value) for value in column] for column in zip(*rows, strict=True)]


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return array_text(cast("list[str]", value))
    return jsontext.encode(value) if isinstance(value, dict) else value
