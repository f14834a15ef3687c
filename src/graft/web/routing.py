"""From path and method to what answers: 404, 405, HEAD, and a name for each request."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from graft import ids
from graft.errors import GraftError
from graft.web.responses import problem_response

# Gives the reply to a request, of which it is told the name in the logs.
Answer = Callable[[Request, str], Awaitable[Response]]


class Router:
    """ASGI middleware that answers every request; what is none goes on to the application.

    In place of Starlette's routes, which are tried one after the other: of 51, 4 µs for the first and 30 for the last.
    """

    def __init__(self, app: ASGIApp, answers: Mapping[str, Mapping[str, Answer]]) -> None:
        self._app = app
        paths = {path: _with_head(methods) for path, methods in answers.items()}
        self._by_path = {path: methods for path, methods in paths.items() if "{id}" not in path}
        self._by_template = {path: methods for path, methods in paths.items() if "{id}" in path}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answers = self._find(scope)
        request, request_id = Request(scope, receive, send), ids.new_id()

        answer = answers.get(request.method) if answers else None
        if answer is not None:
            reply = await answer(request, request_id)
        else:
            reply = _not_allowed(answers, request_id) if answers else _no_such_path(request_id)

        reply.raw_headers.append((b"x-request-id", request_id.encode()))
        if request.method == "HEAD":
            # the header still tells the length that GET would have
            reply.body = b""
        await reply(scope, receive, send)

    def _find(self, scope: Scope) -> Mapping[str, Answer] | None:
        """By its path, else by its path with what stands where ids do as the path's parameter."""
        path: str = scope["path"]
        answers = self._by_path.get(path)
        if answers is None:
            parts = path.split("/", 4)
            if len(parts) > 3 and parts[3]:
                scope["path_params"] = {"id": parts[3]}
                parts[3] = "{id}"
                answers = self._by_template.get("/".join(parts))
        return answers


def _with_head(answers: Mapping[str, Answer]) -> Mapping[str, Answer]:
    return {**answers, "HEAD": answers["GET"]} if "GET" in answers else answers


def _not_allowed(answers: Mapping[str, Answer], request_id: str) -> Response:
    error = GraftError("This path does not take this method.", code="method-not-allowed")
    return problem_response(405, "Method Not Allowed", error, request_id, {"Allow": ", ".join(sorted(answers))})


def _no_such_path(request_id: str) -> Response:
    error = GraftError("There is no such path.", code="not-found")
    return problem_response(404, "Not Found", error, request_id)
