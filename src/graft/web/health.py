"""Whether this process is alive, and whether its database answers: for supervisors and load balancers."""

import asyncio
from collections.abc import Mapping
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from graft.db.again import try_again
from graft.db.connection import Database
from graft.errors import GraftError, Unavailable
from graft.web.responses import error_response, json_response
from graft.web.routing import Answer

# A load balancer that waits longer takes another server anyway.
_SECONDS = 2.0
_NOT_KEPT = {"Cache-Control": "no-store"}


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
        async with asyncio.timeout(_SECONDS):
            await try_again(_answered, database)
    except TimeoutError:
        return f"The database did not answer within {_SECONDS:g} seconds."
    except GraftError as error:
        return error.detail
    return None


async def _answered(database: Database) -> None:
    async with database.reading(brief=True) as db:
        await db.value("select 1")


def health_answers() -> Mapping[str, Mapping[str, Answer]]:
    """The answers of both questions by path and method."""
    return {"/healthz": {"GET": _alive}, "/readyz": {"GET": partial(_ready, Readiness())}}


async def _alive(_request: Request, _request_id: str) -> Response:
    return json_response({"status": "alive"}, 200, _NOT_KEPT)


async def _ready(readiness: Readiness, request: Request, request_id: str) -> Response:
    reason = await readiness.reason(request.app.state.database)
    if reason is None:
        return json_response({"status": "ready"}, 200, _NOT_KEPT)
    error = Unavailable(reason)
    request.app.state.process.unserved.note(error, request_id)
    reply = error_response(error, request_id)
    reply.headers.update(_NOT_KEPT)
    return reply
