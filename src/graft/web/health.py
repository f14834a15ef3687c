"""Whether this process is alive, and whether its database answers: for supervisors and load balancers."""

import asyncio

from graft.db.connection import Database
from graft.errors import GraftError

# A load balancer that waits longer takes another server anyway.
_SECONDS = 2.0


class Readiness:
    """Asks the database; of many who want to know at once, one asks."""

    def __init__(self) -> None:
        self._asking: asyncio.Task[str | None] | None = None

    async def reason(self, database: Database) -> str | None:
        """Why requests cannot be served, in a sentence; None where they can."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(_asked(database))
        # who goes away does not take the answer from the others
        return await asyncio.shield(self._asking)


async def _asked(database: Database) -> str | None:
    try:
        async with asyncio.timeout(_SECONDS), database.reading() as db:
            await db.value("select 1")
    except TimeoutError:
        return f"The database did not answer within {_SECONDS:g} seconds."
    except GraftError as error:
        return error.detail
    return None
