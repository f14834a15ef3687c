"""Send a reply: a large one in parts, as its client reads them, of a budget that all replies on their way share."""

import asyncio
from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Send

from graft.budget import Budget, Holding, Refusal
from graft.errors import GraftError, TooMany, Unavailable

_MIB = 1024 * 1024
# Replies of more bytes than this are large.
LARGE = 64 * 1024
# The bytes of large replies that one process may have on their way, and those of one tenant.
_MOST = 256 * _MIB
_SHARE = 64 * _MIB
# How long a client may take for a part.
_SECONDS = 60

# The HTTP server takes 4 parts ahead, and hands the connection at most 16 before all of them are written. So when it
# has room for the last of 22, all but the last six are written, and those have a byte each.
_PARTS = 16
_LAST = 6


def replies_budget() -> Budget:
    return Budget(_MOST, _SHARE)


def hold(reply: Response, request: Request, holding: Holding) -> GraftError | None:
    """Take the bytes of a large reply. Where that is too much, the error that a request that only reads gets instead.

    What a request has changed it is told in any case.
    """
    # one that is larger than the share goes out alone
    refusal = holding.take(min(len(reply.body), _SHARE))
    if refusal is None or request.method not in ("GET", "HEAD"):
        return None
    if refusal is Refusal.OWN:
        return TooMany(
            "This workspace or user has too many bytes of replies that are not read yet; read them first.",
            code="too-much",
        )
    return Unavailable("Too many large replies are on their way at once; try again.", code="busy")


async def send_in_parts(reply: Response, send: Send) -> None:
    """Send a large reply as fast as its client takes it. Who takes no part for a minute gets no more of them."""
    await send({"type": "http.response.start", "status": reply.status_code, "headers": reply.raw_headers})
    loop, left = asyncio.get_running_loop(), len(reply.body)
    try:
        async with asyncio.timeout(None) as timeout:
            for part in _parts(bytes(reply.body)):
                timeout.reschedule(loop.time() + _SECONDS)
                left -= len(part)
                await send({"type": "http.response.body", "body": part, "more_body": left > 0})
    except TimeoutError:
        # the reply ends early, so the HTTP server closes the connection
        return


def _parts(body: bytes) -> Iterator[bytes]:
    end = len(body) - _LAST
    size = min(LARGE, -(-end // _PARTS))
    for start in range(0, end, size):
        yield body[start : min(start + size, end)]
    for start in range(end, len(body)):
        yield body[start : start + 1]
