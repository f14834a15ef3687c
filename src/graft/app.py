"""The composition root: the ASGI application from its settings."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from graft import ids
from graft.auth.secrets import derive
from graft.config import Settings
from graft.db.connection import Listener, open_database
from graft.entities.kinds import load_kinds
from graft.entities.routes import CALLS as ENTITIES
from graft.errors import GraftError
from graft.imports.routes import CALLS as IMPORTS
from graft.installs.routes import CALLS as INSTALLS
from graft.integrations.routes import CALLS as INTEGRATIONS
from graft.templates import TemplateCache
from graft.versions.routes import CALLS as VERSIONS
from graft.web.context import Process
from graft.web.endpoint import Call, handle
from graft.web.replies import error_reply, problem_reply

_log = logging.getLogger("graft")

CALLS: list[Call] = [*INTEGRATIONS, *IMPORTS, *ENTITIES, *INSTALLS, *VERSIONS]


def create_app(settings: Settings, *, dsn: str, secret: bytes, listeners: Sequence[Listener] = ()) -> Starlette:
    """The application on the migrated database at `dsn`; `listeners` hear every statement."""
    process = Process(
        settings, derive(secret), shared={"kinds": load_kinds(settings.kinds_file), "templates": TemplateCache()}
    )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        database = await open_database(dsn, role=settings.app_role, size=settings.pool_size, listeners=listeners)
        app.state.database, app.state.process = database, process
        yield
        await database.close()

    by_path: dict[str, dict[str, Call]] = {}
    for call in CALLS:
        by_path.setdefault(call.path, {})[call.method] = call
    routes = [Route(path, _Endpoint(calls)) for path, calls in by_path.items()]
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers={404: _no_such_path})


class _Endpoint:
    """The calls of one path, by method."""

    def __init__(self, calls: dict[str, Call]) -> None:
        self._calls = calls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        request_id = ids.new_id()
        reply = await self._answer(request, request_id)
        reply.headers["X-Request-Id"] = request_id
        await reply(scope, receive, send)

    async def _answer(self, request: Request, request_id: str) -> Response:
        call = self._calls.get("GET" if request.method == "HEAD" else request.method)
        if call is None:
            allowed = {"Allow": ", ".join(sorted(self._calls))}
            error = GraftError("This path does not take this method.", code="method-not-allowed")
            return problem_reply(405, "Method Not Allowed", error, request_id, allowed)
        state: Any = request.app.state
        try:
            return await handle(call, request, state.database, state.process)
        except GraftError as error:
            return error_reply(error, request_id)
        except Exception:
            _log.exception("request %s failed", request_id)
            error = GraftError("Something failed on our side.", code="internal")
            return problem_reply(500, "Internal Server Error", error, request_id)


async def _no_such_path(_request: Request, _error: Exception) -> Response:
    request_id = ids.new_id()
    error = GraftError("There is no such path.", code="not-found")
    return problem_reply(404, "Not Found", error, request_id, {"X-Request-Id": request_id})
