"""The statements that count the installs of an integration over all workspaces, one a function."""

from datetime import date, datetime

import msgspec

from graft.db.connection import ReadConnection
from graft.ids import Id

_MOST_SECONDS = 5


class CountOfVersion(msgspec.Struct, frozen=True):
    version_id: Id
    version: str
    installs: int


class CountOfDay(msgspec.Struct, frozen=True):
    day: date
    installs: int


# Counted before the version is looked up: by the index alone, and on a cluster on each node for itself.
_BY_VERSION = """
select c.version_id, v.version, c.installs
from (
  select i.version_id, count(*) as installs from installs i
  where i.integration_id = $1 and i.deleted_at is null group by i.version_id
) c
join integration_versions v on v.id = c.version_id
order by c.installs desc, v.precedence desc
"""


async def count_by_version(db: ReadConnection, integration_id: Id) -> list[CountOfVersion]:
    """The version that most have first. `TimeoutError` if it takes longer than five seconds."""
    return [CountOfVersion(*row) for row in await db.rows_within(_MOST_SECONDS, _BY_VERSION, integration_id)]


class LiveInstall(msgspec.Struct, frozen=True):
    id: Id
    workspace_id: Id


_LIVE = """
select i.id, i.workspace_id from installs i
where i.integration_id = $1 and i.deleted_at is null and i.id < $2
order by i.id desc limit $3
"""
# No id is above this one.
_NEWEST = Id("7" + "z" * 25)


async def select_live(db: ReadConnection, integration_id: Id, after: Id | None, limit: int) -> list[LiveInstall]:
    """The active installs in all workspaces, the newest first, behind `after`."""
    rows = await db.rows_within(_MOST_SECONDS, _LIVE, integration_id, after or _NEWEST, limit)
    return [LiveInstall(*row) for row in rows]


_BY_DAY = """
select (i.installed_at at time zone 'UTC')::date as day, count(*) as installs from installs i
where i.integration_id = $1 and i.deleted_at is null and i.installed_at >= $2
group by 1 order by 1 desc
"""


async def count_by_day(db: ReadConnection, integration_id: Id, since: datetime) -> list[CountOfDay]:
    """Installs that are there by the day on which they were installed, in UTC. `TimeoutError` as above."""
    return [CountOfDay(*row) for row in await db.rows_within(_MOST_SECONDS, _BY_DAY, integration_id, since)]
