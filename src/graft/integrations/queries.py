"""The statements on integrations and their reviews, one a function."""

from datetime import datetime
from typing import LiteralString

from msgspec import NODEFAULT
from msgspec.structs import astuple, fields

from graft.auth.caller import Caller, Tier
from graft.auth.grants import TIERS, at_least, delete_grants, grants_to
from graft.db.connection import ReadConnection, WriteConnection
from graft.db.rows import assignments, columns, insert, insert_returning, one
from graft.ids import Id
from graft.integrations.listing import LIST, REVIEW_LIST
from graft.integrations.models import Integration, Review
from graft.integrations.rows import Draft, EndedReview, FoundIntegration, NewIntegration, NewReview

# That the caller may see `t`, whose install and grants are in `d`. $1: the integration; $2: the caller's workspaces;
# $3: its subjects; $4: whether it is a platform admin. Asked in the statement that reads, so that what is not seen
# costs as much as what is not there.
_SEEN = """
t.id = $1 and t.purged_at is null and ($4 or t.workspace_id = any($2) or t.deleted_at is null and (
  t.visibility <> 'private' or d.subjects is not null or d.installed_version_id is not null))
"""
_INSTALLED = """
select n.version_id from installs n
where n.integration_id = $1 and n.workspace_id = any($2) and n.deleted_at is null
order by n.installed_at desc limit 1
"""
_FOUND_COLUMNS = columns(
    FoundIntegration, "t", installed_version_id="d.installed_version_id", subjects="d.subjects", tiers="d.tiers"
)

_SEE = f"""
select {_FOUND_COLUMNS}
from integrations t
cross join lateral (
  select s.version_id as installed_version_id, g.subjects, g.tiers
  from ({grants_to("$3", of="= $1", everybody=True, columns=TIERS)}) g
  left join ({_INSTALLED}) s on true
  offset 0) d
where {_SEEN}
"""


async def select_seen(db: ReadConnection, integration_id: Id, caller: Caller) -> FoundIntegration | None:
    """What decides what the caller may do with the integration; None if it may not see it."""
    return await one(db, FoundIntegration, _SEE, integration_id, *_caller_parameters(caller))


def _caller_parameters(caller: Caller, need: Tier = Tier.VIEWER) -> tuple[list[Id], list[Id], bool]:
    return caller.workspaces(need), caller.subjects(need), caller.platform_admin


_GRANTS = f"{TIERS}, bool_or({at_least(Tier.EDITOR, '$6')}) as edits"

# Beside the parameters of `_SEEN`, $5 and $6: the workspaces and subjects in which the caller is at least editor. Who
# may not read the draft reads the documents of the version that its workspace has installed, or of the current one.
# `offset 0` keeps the planner from repeating the condition of `drafts` in each column, and from planning anew at each
# call.
_READ = f"""
select {LIST.projection.columns}, {_FOUND_COLUMNS}
from integrations t
cross join lateral (
  select s.version_id as installed_version_id, g.subjects, g.tiers,
    $4 or t.workspace_id = any($5) or coalesce(g.edits, false) as drafts
  from ({grants_to("$3", of="= $1", everybody=True, columns=_GRANTS)}) g
  left join ({_INSTALLED}) s on true
  offset 0) d
left join integration_versions v on v.id = coalesce(d.installed_version_id, t.current_version_id) and not d.drafts
where {_SEEN}
"""
_read = LIST.projection.reader()


async def select_for_caller(
    db: ReadConnection, integration_id: Id, caller: Caller
) -> tuple[FoundIntegration, Integration] | None:
    """As `select_seen`, with the reply: its documents are those that this caller reads."""
    row = await db.row(
        _READ,
        integration_id,
        *_caller_parameters(caller),
        caller.workspaces(Tier.EDITOR),
        caller.subjects(Tier.EDITOR),
    )
    return None if row is None else (FoundIntegration(*row[LIST.projection.width :]), _read(row))


async def lock_integration(db: WriteConnection, integration_id: Id) -> None:
    """Keep others from changing, publishing or purging it until this transaction ends."""
    await db.execute("select 1 from integrations where id = $1 for no key update", integration_id)


# The statement that locks asks whether the caller may, so that nobody waits for, or holds, what they may not change.
# $2: the workspaces in which the caller has the tier, $3: the subjects whose grants give it, $4: whether it is a
# platform admin, $5: all workspaces of the caller, which see deleted ones.
_OF_TIER: dict[Tier, LiteralString] = {
    tier: f"""
select true from integrations i
where i.id = $1 and i.purged_at is null and (i.workspace_id = any($2) or $4
  or (i.deleted_at is null or i.workspace_id = any($5)) and i.id in ({grants_to("$3", of="= $1", tier=tier)}))
"""
    for tier in (Tier.EDITOR, Tier.ADMIN)
}


async def lock_with_tier(db: WriteConnection, integration_id: Id, caller: Caller, need: Tier) -> bool:
    """As `lock_integration`, if the caller has the tier `need` on it, editor or admin; whether it has."""
    return await _lock(db, f"{_OF_TIER[need]} for no key update of i", integration_id, caller, need)


async def lock_with_tier_shared(db: WriteConnection, integration_id: Id, caller: Caller, need: Tier) -> bool:
    """Keep it from being changed, deleted or purged, if the caller has the tier `need` on it; whether it has.

    Several transactions may hold this lock at once.
    """
    return await _lock(db, f"{_OF_TIER[need]} for share of i", integration_id, caller, need)


async def _lock(db: WriteConnection, statement: str, integration_id: Id, caller: Caller, need: Tier) -> bool:
    return await db.value(statement, integration_id, *_caller_parameters(caller, need), caller.workspaces()) or False


async def lock_publisher(db: WriteConnection, workspace_id: Id, name: str) -> bool:
    """Lock the publisher name for the workspace until this transaction ends; whether the workspace has it."""
    found = "select true from publishers where name = $2 and workspace_id = $1 for key share"
    return await db.value(found, workspace_id, name) or False


async def insert_integration(db: WriteConnection, new: NewIntegration) -> None:
    await insert(db, "integrations", new)


_UPDATE = f"update integrations set updated_at = $2, {assignments(Draft, first=3)} where id = $1"


async def update_draft(db: WriteConnection, integration_id: Id, draft: Draft, now: datetime) -> None:
    await db.execute(_UPDATE, integration_id, now, *astuple(draft))


_DELETE = """
update integrations i set deleted_at = $2, updated_at = $2, retention_tier = w.retention_tier
from workspaces w where w.id = i.workspace_id and i.id = $1
"""


async def update_deleted(db: WriteConnection, integration_id: Id, now: datetime) -> None:
    await db.execute(_DELETE, integration_id, now)


async def update_restored(db: WriteConnection, integration_id: Id, now: datetime) -> None:
    await db.execute(
        "update integrations set deleted_at = null, retention_tier = null, updated_at = $2 where id = $1",
        integration_id,
        now,
    )


async def select_workspace_is_active(db: ReadConnection, integration_id: Id) -> bool:
    """Whether the workspace of the integration is not deleted."""
    found = """select true from integrations i join workspaces w on w.id = i.workspace_id and w.deleted_at is null
               where i.id = $1"""
    return await db.value(found, integration_id) or False


async def select_is_deleted(db: ReadConnection, integration_id: Id) -> bool:
    return await db.value("select deleted_at is not null from integrations where id = $1", integration_id) or False


async def select_is_published(db: ReadConnection, integration_id: Id) -> bool:
    """Whether it has a version, yanked or not."""
    found = "select true from integration_versions where integration_id = $1 limit 1"
    return await db.value(found, integration_id) or False


async def select_is_installed(db: ReadConnection, integration_id: Id) -> bool:
    # of all workspaces on purpose: an integration is purged for everybody
    return (
        await db.value(
            "select true from installs where integration_id = $1 and deleted_at is null limit 1", integration_id
        )
        or False
    )


# Column → default, of the columns that a purge empties. The tombstone keeps the name and the trust tier.
_EMPTIED = {field.name: field.default for field in fields(Draft) if field.default is not NODEFAULT}
_PURGE = f"""
update integrations set purged_at = $2, unpurged = false, updated_at = $2, visibility = 'private',
  {", ".join([f"{name} = ${number}" for number, name in enumerate(_EMPTIED, start=3)])}
where id = $1
"""


async def update_purged(db: WriteConnection, integration_id: Id, now: datetime) -> None:
    """Make it a tombstone without content, and delete its grants and the versions that nothing names any more.

    The database refuses it (`TryAgain`) where an active install came meanwhile.
    """
    await db.execute(_PURGE, integration_id, now, *_EMPTIED.values())
    await delete_grants(db, [integration_id])
    await delete_unnamed_versions(db, integration_id)


async def delete_unnamed_versions(db: WriteConnection, integration_id: Id) -> None:
    """Delete the versions and templates of a purged integration that nothing names any more.

    Does nothing if the integration is not purged.
    """
    await db.value("select purge_versions($1)", integration_id)


async def update_visibility(db: WriteConnection, integration_id: Id, visibility: str, now: datetime) -> None:
    await db.execute(
        "update integrations set visibility = $2, updated_at = $3 where id = $1", integration_id, visibility, now
    )


_REVIEW = REVIEW_LIST.projection


async def insert_review(db: WriteConnection, new: NewReview) -> Review:
    return await insert_returning(db, "integration_reviews", new, _REVIEW)


_END_REVIEW = f"""
update integration_reviews t set {assignments(EndedReview, first=2)}
where integration_id = $1 and state = 'pending' returning {_REVIEW.columns}
"""


async def update_pending_review(db: WriteConnection, integration_id: Id, ended: EndedReview) -> Review | None:
    """End the pending review, and return it as ended; None if none is pending."""
    row = await db.row(_END_REVIEW, integration_id, *astuple(ended))
    return None if row is None else _REVIEW.reader()(row)
