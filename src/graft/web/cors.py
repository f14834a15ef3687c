"""Reads from pages of other sites: by publishable keys, for the sites that they name, and by nothing else."""

from collections.abc import Iterable, Mapping
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from graft.auth.caller import Caller
from graft.errors import GraftError
from graft.web.endpoint import Endpoint
from graft.web.responses import problem_response
from graft.web.routing import Answer

_READS = ("GET", "HEAD")
_ORIGIN = "graft.origin"

# What a browser is told before it sends the token. Which key will come is not known yet, so this is the same for every
# site and tells nothing of any key: whether the page may read the reply, the reply to the call itself says.
_PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": ", ".join(_READS),
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-None-Match",
    "Access-Control-Max-Age": "3600",
    "Vary": "Access-Control-Request-Method",
}
_EXPOSED = (b"access-control-expose-headers", b"ETag, Retry-After, X-Request-Id")


def preflight_answers(endpoints: Iterable[Endpoint]) -> Mapping[str, Mapping[str, Answer]]:
    """By path, what answers OPTIONS: of the paths that have a call for publishable keys."""
    endpoints = list(endpoints)
    return {
        endpoint.path: {"OPTIONS": partial(_preflight, allowed=_methods(endpoint.path, endpoints))}
        for endpoint in endpoints
        if endpoint.publishable
    }


def note_origin(endpoint: Endpoint, caller: Caller, request: Request) -> None:
    """Remember the site that asks, if its pages may read the reply."""
    if endpoint.publishable and caller.origins:
        origin = request.headers.get("origin")
        if origin in caller.origins:
            request.scope[_ORIGIN] = origin


def share(endpoint: Endpoint, request: Request, reply: Response) -> None:
    """Let the page that asks read the reply, be it an error, if its site was noted."""
    if not endpoint.publishable:
        return
    reply.raw_headers.append((b"vary", b"Origin"))
    origin = request.scope.get(_ORIGIN)
    if origin is not None:
        reply.raw_headers += [(b"access-control-allow-origin", origin.encode("latin-1")), _EXPOSED]


async def _preflight(request: Request, request_id: str, *, allowed: str) -> Response:
    """204 for a browser that asks whether it may read; OPTIONS for anything else is not taken."""
    if "origin" in request.headers and request.headers.get("access-control-request-method") in _READS:
        return Response(status_code=204, headers=_PREFLIGHT)
    error = GraftError("This path takes OPTIONS only before a read from another site.", code="method-not-allowed")
    return problem_response(405, "Method Not Allowed", error, request_id, {"Allow": allowed})


def _methods(path: str, endpoints: Iterable[Endpoint]) -> str:
    methods = {endpoint.method for endpoint in endpoints if endpoint.path == path}
    return ", ".join(sorted(methods | {"HEAD"}))
