"""The statements on one clone and its member, one a function."""

from collections.abc import Mapping
from datetime import datetime

from graft import ids, jsontext
from graft.db.connection import ReadConnection, WriteConnection
from graft.definitions.rows import Base
from graft.ids import Id
from graft.operations.before import DetachedBy

_FOLLOW = """
update entities e set definition = null, refs = string_to_array(n.refs, ',')::uuid[], version_id = n.version_id,
  updated_at = $2, pinned_variables_id = n.variables_id, pinned_ids = n.named, size = null
from unnest($3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::json[]) as n(id, version_id, refs, variables_id, named)
where e.id = n.id and e.workspace_id = $1
"""


async def update_to_follow(db: WriteConnection, workspace_id: Id, now: datetime, bases: Mapping[Id, Base]) -> None:
    """Clones read from their bases again, pinned to the state of variables and the ids that they were given with."""
    found = list(bases.values())
    await db.execute(
        _FOLLOW,
        workspace_id,
        now,
        list(bases),
        [base.version_id for base in found],
        [ids.hex_list(dict.fromkeys(base.ids.values())) for base in found],
        [base.variables_id for base in found],
        [jsontext.encode(base.ids) for base in found],
    )


async def update_member(
    db: WriteConnection, member_id: Id, workspace_id: Id, detached_by: DetachedBy | None, *, handed_back: bool
) -> None:
    """Detach the member of a clone, or attach it; `handed_back`: with a text of its own."""
    await db.execute(
        "update install_members set detached_by = $3, handed_back = $4 where id = $1 and workspace_id = $2",
        member_id,
        workspace_id,
        detached_by,
        handed_back or None,
    )


_UPDATE_REVIVED_MEMBER = """
update install_members set slug = $3, detached_by = 'call', handed_back = null, deleted_at = $4, deleted_by = $5,
  retention_tier = $6
where id = $1 and workspace_id = $2
"""


async def update_revived_member(
    db: WriteConnection, member_id: Id, workspace_id: Id, slug: str, went: tuple[datetime, str | None] | None
) -> None:
    """The member of a clone that was restored by hand: the workspace's own. `went`: with its install, and its tier."""
    at, tier = went if went is not None else (None, None)
    await db.execute(
        _UPDATE_REVIVED_MEMBER, member_id, workspace_id, slug, at, "uninstall" if went is not None else None, tier
    )


async def select_slugs(db: ReadConnection, install_id: Id, workspace_id: Id, began: str) -> set[str]:
    """The slugs of an install's members that are this one, or this one set aside."""
    rows = await db.rows(
        """select m.slug from install_members m where m.install_id = $1 and m.workspace_id = $2
             and (m.slug = $3 or starts_with(m.slug, $3 || '~')) and (m.deleted_at is null or m.deleted_at = (
               select i.deleted_at from installs i where i.id = $1 and i.workspace_id = $2))""",
        install_id,
        workspace_id,
        began,
    )
    return {slug for (slug,) in rows}
