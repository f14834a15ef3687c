"""The way of a request through an endpoint: authenticate → admit → decode → run → encode, a function each."""

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from graft.db.again import try_again
from graft.db.connection import Database
from graft.errors import GraftError
from graft.web.authenticate import admit, authenticate, token_of
from graft.web.context import Process
from graft.web.cors import note_origin, share
from graft.web.decode import decode
from graft.web.endpoint import Endpoint
from graft.web.responses import error_response, json_response, problem_response
from graft.web.routing import Answer
from graft.web.run import run

_log = logging.getLogger("graft")
# Of a reply that carries a secret nobody keeps a copy.
_SECRET = {"Cache-Control": "no-store"}


async def handle(endpoint: Endpoint, request: Request, database: Database, process: Process) -> Response:
    """Answer one request to one endpoint; raises the families of `errors`.

    A further stage is a line here and a module of its own. Rate limits by credential stand after `admit`, keys of
    idempotency and `If-Match` in the transaction of `run`, and `ETag` with `If-None-Match` in what encodes.
    """
    token = token_of(request)
    # a token counts as a tenant before it is known to be one: bad ones are many, and take nothing from good ones
    caller = await try_again(authenticate, token, process, partial(database.reading, token, brief=True))
    note_origin(endpoint, caller, request)
    admit(endpoint, caller, request, process)
    # what came is kept until the end: a write may be run again
    with process.bodies.holding(caller.tenant) as holding:
        arguments = await decode(endpoint, request, process, holding)
        result = await run(endpoint, token, caller, arguments, database, process)
        # an error that an operation gives and does not raise is told once what it wrote is committed
        if isinstance(result, GraftError):
            raise result
    return json_response(result, endpoint.status_of(result), _SECRET if endpoint.reveals else None)


def endpoint_answers(endpoints: Sequence[Endpoint]) -> Mapping[str, Mapping[str, Answer]]:
    """The answers of endpoints by path and method."""
    answers: dict[str, dict[str, Answer]] = {}
    for endpoint in endpoints:
        answers.setdefault(endpoint.path, {})[endpoint.method] = partial(answer, endpoint)
    return answers


async def answer(endpoint: Endpoint, request: Request, request_id: str) -> Response:
    """The reply to a request, whatever happens on its way."""
    reply = await _reply(endpoint, request, request_id)
    share(endpoint, request, reply)
    return reply


async def _reply(endpoint: Endpoint, request: Request, request_id: str) -> Response:
    state: Any = request.app.state
    try:
        return await handle(endpoint, request, state.database, state.process)
    except GraftError as error:
        state.process.unserved.note(error, request_id)
        return error_response(error, request_id)
    except Exception:  # noqa: BLE001  whatever it is, the caller gets a reply and the log the reason
        _log.exception("request %s failed", request_id)
        error = GraftError("Something failed on our side.", code="internal")
        return problem_response(500, "Internal Server Error", error, request_id)
