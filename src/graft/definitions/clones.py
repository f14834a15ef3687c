"""The statements on one clone and its member, one a function."""

from datetime import datetime

from graft import ids, jsontext
from graft.db.connection import ReadConnection, WriteConnection
from graft.definitions.rows import Base
from graft.ids import Id
from graft.operations.before import DetachedBy

_FOLLOW = """
update entities e set definition = null, refs = string_to_array($5, ',')::uuid[], version_id = $4, updated_at = $3,
  pinned_variables_id = $6, pinned_ids = $7, size = null
where e.id = $1 and e.workspace_id = $2
"""


async def update_to_follow(db: WriteConnection, entity_id: Id, workspace_id: Id, now: datetime, base: Base) -> None:
    """A clone reads from its base again, pinned to the state of variables and the ids that it was given with."""
    await db.execute(
        _FOLLOW,
        entity_id,
        workspace_id,
        now,
        base.version_id,
        ids.hex_list(dict.fromkeys(base.ids.values())),
        base.variables_id,
        jsontext.encode(base.ids),
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
