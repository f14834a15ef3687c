"""How many installs an integration has: by version, and by the day on which they were installed; nobody is named."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

from graft.auth.caller import Tier
from graft.errors import Unavailable
from graft.ids import Id
from graft.installs import adoption_queries as queries
from graft.installs.models import Adoption, AdoptionQuery, InstallsOfDay, InstallsOfVersion
from graft.integrations.access import see_integration
from graft.web.context import ReadContext

T = TypeVar("T")

# Of very many versions those that are installed most.
MOST_VERSIONS = 1_000


async def read_adoption(ctx: ReadContext, integration_id: Id, query: AdoptionQuery) -> Adoption:
    """For editors of the integration. Installs count until they are deleted, whatever became of their workspace."""
    await see_integration(ctx, integration_id, Tier.EDITOR)
    since = (ctx.now - timedelta(days=query.days - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    by_version = await _counted(queries.count_by_version(ctx.db, integration_id))
    by_day = await _counted(queries.count_by_day(ctx.db, integration_id, since))
    shown = [InstallsOfVersion(f"intver_{one.version_id}", one.version, one.installs) for one in by_version]
    return Adoption(
        sum(one.installs for one in by_version),
        shown[:MOST_VERSIONS],
        max(len(shown) - MOST_VERSIONS, 0),
        [InstallsOfDay(one.day, one.installs) for one in by_day],
    )


async def _counted(asked: Awaitable[T]) -> T:
    try:
        return await asked
    except TimeoutError:
        raise Unavailable("The installs are too many to be counted at the moment; try again later.") from None
