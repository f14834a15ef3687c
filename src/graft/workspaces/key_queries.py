"""The statements on keys, one a function.

Keys end with others: with the key that made them, or with the role of who made them. One that a key is making at the
same moment is there when that is done, so what ends them asks again until nothing is left.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import astuple

from graft.db.connection import ReadConnection, WriteConnection
from graft.db.rows import assignments, columns, each, insert_returning, one
from graft.errors import NotFound
from graft.ids import Id
from graft.workspaces.listing import KEY_LIST
from graft.workspaces.models import ApiKey
from graft.workspaces.rows import Calling, KeyOfUser, KeyTexts, Maker, NewKey

# A key that makes keys that make keys … ends at this one, so that a revocation has a bound.
MOST_GENERATIONS = 8
# How many keys a reply names.
MOST_NAMED = 1000


async def insert_key(db: WriteConnection, new: NewKey) -> ApiKey:
    return await insert_returning(db, "api_keys", new, KEY_LIST.projection)


async def update_key(db: WriteConnection, key_id: Id, texts: KeyTexts, now: datetime) -> None:
    statement = f"update api_keys set updated_at = $2, {assignments(KeyTexts, first=3)} where id = $1"
    await db.execute(statement, key_id, now, *astuple(texts))


_CALLING = f"""
select {columns(Calling, "u", key_name="k.name", expires_at="k.expires_at")}
from api_keys k join users u on u.id = k.user_id where k.id = $1
"""


async def select_calling(db: ReadConnection, key_id: Id) -> Calling:
    """The token of this call, with its user. `NotFound` if it was purged this very moment."""
    found = await one(db, Calling, _CALLING, key_id)
    if found is None:
        raise NotFound
    return found


_MAKER = f"""
with recursive line(id, at) as (
  select $1::uuid, 1
  union all
  select k.made_by_key_id, line.at + 1 from line join api_keys k on k.id = line.id
  where k.made_by_key_id is not null and line.at < {MOST_GENERATIONS})
select {columns(Maker, "k", generation="(select max(line.at) from line)")} from api_keys k where k.id = $1
"""


async def select_maker(db: ReadConnection, key_id: Id) -> Maker:
    """The key of this call, as the maker of another one."""
    found = await one(db, Maker, _MAKER, key_id)
    assert found is not None
    return found


async def lock_ends(db: WriteConnection, key_ids: Sequence[Id]) -> list[datetime]:
    """When those of these keys expire that ever do; that stays so until the transaction ends."""
    rows = await db.rows("select expires_at from api_keys where id = any($1) order by id for share", key_ids)
    return [row["expires_at"] for row in rows if row["expires_at"] is not None]


async def update_revoked_with(db: WriteConnection, key_id: Id, now: datetime) -> list[Id]:
    """Revoke what the key made, what those made, and so on; returns them."""
    found: list[Id] = []
    made_by = [key_id]
    while made_by:
        rows = await db.rows(
            """update api_keys set deleted_at = $2, updated_at = $2
               where made_by_key_id = any($1) and deleted_at is null returning id""",
            made_by,
            now,
        )
        made_by = [row["id"] for row in rows]
        found += made_by
    return found


async def update_expired_with(db: WriteConnection, key_id: Id, end: datetime, now: datetime) -> list[Id]:
    """Have what the key made, what those made, and so on, end at `end` at the latest; returns what now ends sooner."""
    found: list[Id] = []
    made_by = [key_id]
    while made_by:
        rows = await db.rows(
            """update api_keys set expires_at = $2, updated_at = $3
               where made_by_key_id = any($1) and deleted_at is null and (expires_at is null or expires_at > $2)
               returning id""",
            made_by,
            end,
            now,
        )
        made_by = [row["id"] for row in rows]
        found += made_by
    return found


# $1: the user; $2: the workspace, or null for all.
_OF_USER = f"""
select {columns(KeyOfUser, "k")} from api_keys k
where k.user_id = $1 and ($2::uuid is null or k.workspace_id = $2) and k.kind <> 'session' and k.deleted_at is null
  and (k.expires_at is null or k.expires_at > $3)
order by k.id limit {MOST_NAMED}
"""

_REVOKE_OF_USER = f"""
update api_keys k set deleted_at = $3, updated_at = $3
where k.user_id = $1 and ($2::uuid is null or k.workspace_id = $2) and k.kind <> 'session' and k.deleted_at is null
returning {columns(KeyOfUser, "k")}
"""


async def select_keys_of(db: ReadConnection, user_id: Id, workspace_id: Id | None, now: datetime) -> list[KeyOfUser]:
    """The keys that work and were made in the name of the user, in one workspace or in all."""
    return await each(db, KeyOfUser, _OF_USER, user_id, workspace_id, now)


async def update_revoked_of(
    db: WriteConnection, user_id: Id, workspace_id: Id | None, now: datetime
) -> list[KeyOfUser]:
    """Revoke the keys that were made in the name of the user, in one workspace or in all; returns them."""
    found: list[KeyOfUser] = []
    while revoked := await each(db, KeyOfUser, _REVOKE_OF_USER, user_id, workspace_id, now):
        found += revoked
    return found
