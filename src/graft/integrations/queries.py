"""The statements on integrations and their reviews, one a function."""

from datetime import datetime
from typing import Any

from graft.auth.caller import Caller, Tier
from graft.auth.grants import TIERS, at_least, delete_grants, grants_to
from graft.db.connection import ReadConnection, Row, WriteConnection
from graft.ids import Id

_GRANTS = f"{TIERS}, bool_or({at_least(Tier.EDITOR, '$3')}) as edits"

# Whether the caller may read the draft ($2: workspaces and $3: subjects in which it is at least editor); else the
# documents are those of the version that its workspace has installed ($4), or of the current one. `offset 0`: else
# the planner repeats what decides that in each column, and plans anew at each call.
_SHOWN = f"""
select i.id, i.workspace_id, i.slug, i.name, i.description, i.icon_url, i.publisher, i.trust_tier, i.current_version_id,
  i.current_version, i.visibility, i.created_by, i.deleted_at, i.retention_tier, i.created_at, i.updated_at,
  case when d.drafts then i.manifest else v.manifest_snapshot end as manifest,
  case when d.drafts then i.variables_schema else v.variables_schema_snapshot end as variables_schema,
  case when d.drafts then i.auth_config else v.auth_config_snapshot end as auth_config,
  d.installed_version_id, d.subjects, d.tiers
from integrations i
cross join lateral (
  select s.version_id as installed_version_id, g.subjects, g.tiers,
    $6 or i.workspace_id = any($2) or coalesce(g.edits, false) as drafts
  from ({grants_to("$5", of="= $1", everybody=True, columns=_GRANTS)}) g
  left join (
    select n.version_id from installs n
    where n.integration_id = $1 and n.workspace_id = any($4) and n.deleted_at is null
    order by n.installed_at desc limit 1) s on true
  offset 0) d
left join integration_versions v on v.id = coalesce(d.installed_version_id, i.current_version_id) and not d.drafts
where i.id = $1 and i.purged_at is null
"""


async def shown(db: ReadConnection, integration_id: Id, caller: Caller) -> Row | None:
    """The integration with the documents that the caller may read, its install and the caller's grants."""
    return await db.row(
        _SHOWN,
        integration_id,
        caller.workspaces(Tier.EDITOR),
        caller.subjects(Tier.EDITOR),
        caller.workspaces(),
        caller.subjects(),
        caller.platform_admin,
    )


async def lock(db: WriteConnection, integration_id: Id) -> None:
    """Keep others from changing, publishing, purging or installing it until this transaction ends."""
    await db.execute("select 1 from integrations where id = $1 for no key update", integration_id)


# What the caller does not see ($2: its workspaces, $3: its subjects) is not waited for.
_HOLD = f"""
select true from integrations i
where i.id = $1 and i.purged_at is null and (i.workspace_id = any($2) or $4 or i.deleted_at is null and (
  i.visibility <> 'private'
  or i.id in ({grants_to("$3", of="= $1", everybody=True)})
  or i.id in (select n.integration_id from installs n
    where n.integration_id = $1 and n.workspace_id = any($2) and n.deleted_at is null)))
"""


async def lock_seen(db: WriteConnection, integration_id: Id, caller: Caller) -> bool:
    """As `lock`, of one that the caller sees; whether it does."""
    return await _hold(db, f"{_HOLD} for no key update of i", integration_id, caller)


async def lock_shared(db: WriteConnection, integration_id: Id, caller: Caller) -> bool:
    """Keep one that the caller sees from being changed, deleted or purged; others may hold it so too."""
    return await _hold(db, f"{_HOLD} for share of i", integration_id, caller)


async def _hold(db: WriteConnection, statement: str, integration_id: Id, caller: Caller) -> bool:
    return (
        await db.value(statement, integration_id, caller.workspaces(), caller.subjects(), caller.platform_admin)
        or False
    )


async def owns_publisher(db: WriteConnection, workspace_id: Id, name: str) -> bool:
    """Whether the workspace has this publisher name, which stays so until the end of this transaction."""
    found = "select true from publishers where name = $2 and workspace_id = $1 for key share"
    return await db.value(found, workspace_id, name) or False


_INSERT = """
insert into integrations (id, workspace_id, slug, name, description, icon_url, publisher, trust_tier, manifest,
  variables_schema, auth_config, created_by, created_at, updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)
"""


async def insert(db: WriteConnection, *values: Any) -> None:
    await db.execute(_INSERT, *values)


_UPDATE = """
update integrations set name = $2, description = $3, icon_url = $4, trust_tier = $5, manifest = $6,
  variables_schema = $7, auth_config = $8, updated_at = $9
where id = $1
"""


async def update(db: WriteConnection, *values: Any) -> None:
    await db.execute(_UPDATE, *values)


_DELETE = """
update integrations i set deleted_at = $2, updated_at = $2, retention_tier = w.retention_tier
from workspaces w where w.id = i.workspace_id and i.id = $1
"""


async def soft_delete(db: WriteConnection, integration_id: Id, now: datetime) -> None:
    await db.execute(_DELETE, integration_id, now)


async def restore(db: WriteConnection, integration_id: Id, now: datetime) -> None:
    await db.execute(
        "update integrations set deleted_at = null, retention_tier = null, updated_at = $2 where id = $1",
        integration_id,
        now,
    )


async def has_living_owner(db: ReadConnection, integration_id: Id) -> bool:
    """Whether the workspace of the integration is not deleted."""
    found = """select true from integrations i join workspaces w on w.id = i.workspace_id and w.deleted_at is null
               where i.id = $1"""
    return await db.value(found, integration_id) or False


async def is_deleted(db: ReadConnection, integration_id: Id) -> bool:
    return await db.value("select deleted_at is not null from integrations where id = $1", integration_id) or False


async def has_live_installs(db: ReadConnection, integration_id: Id) -> bool:
    # Across all workspaces on purpose: an integration goes for everybody.
    return (
        await db.value(
            "select true from installs where integration_id = $1 and deleted_at is null limit 1", integration_id
        )
        or False
    )


async def purge(db: WriteConnection, integration_id: Id, now: datetime) -> None:
    """Make it a tombstone without content, then take what nothing names."""
    await db.execute(
        """update integrations set purged_at = $2, updated_at = $2, manifest = '{}', variables_schema = '{}',
             auth_config = '{}', description = null, icon_url = null, visibility = 'private' where id = $1""",
        integration_id,
        now,
    )
    await delete_grants(db, [integration_id])
    await db.execute("select purge_versions($1)", integration_id)


async def set_visibility(db: WriteConnection, integration_id: Id, visibility: str, now: datetime) -> None:
    await db.execute(
        "update integrations set visibility = $2, updated_at = $3 where id = $1", integration_id, visibility, now
    )


_REVIEW = "id, integration_id, state, reason, requested_by, reviewed_by, created_at, reviewed_at"


async def request_review(db: WriteConnection, review_id: Id, integration_id: Id, user_id: Id, now: datetime) -> Row:
    row = await db.row(
        f"""insert into integration_reviews (id, integration_id, requested_by, created_at) values ($1, $2, $3, $4)
            returning {_REVIEW}""",
        review_id,
        integration_id,
        user_id,
        now,
    )
    assert row is not None
    return row


async def end_review(
    db: WriteConnection, integration_id: Id, state: str, reason: str | None, user_id: Id, now: datetime
) -> Row | None:
    """The pending review so ended; None where none is pending."""
    return await db.row(
        f"""update integration_reviews set state = $2, reason = $3, reviewed_by = $4, reviewed_at = $5
            where integration_id = $1 and state = 'pending' returning {_REVIEW}""",
        integration_id,
        state,
        reason,
        user_id,
        now,
    )
