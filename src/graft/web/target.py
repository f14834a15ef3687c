"""How long the target of a request may be: longer ones are refused before anything reads them."""

from starlette.types import ASGIApp, Receive, Scope, Send

from graft import ids
from graft.errors import GraftError
from graft.web.responses import problem_response

# Bytes as they were sent: three for most characters that are not letters and digits. A thousand ids fit, or a filter of
# 16 KiB. Both together stay below 64 KiB, from where on the HTTP server refuses by itself, without a problem document.
MAX_PATH = 8 * 1024
MAX_QUERY = 55 * 1024


class LimitTarget:
    """ASGI middleware that answers 414."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _fits(scope):
            await self._app(scope, receive, send)
            return
        request_id = ids.new_id()
        error = GraftError(f"A path has at most {MAX_PATH:,} bytes, a query {MAX_QUERY:,}.", code="uri-too-long")
        reply = problem_response(414, "URI Too Long", error, request_id, {"X-Request-Id": request_id})
        await reply(scope, receive, send)


def _fits(scope: Scope) -> bool:
    path = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")
    return len(path) <= MAX_PATH and len(scope["query_string"]) <= MAX_QUERY
