"""The bytes of a body, bounded in size and time, and read without holding a connection to the database.

What counts bodies in flight belongs into `read_body`: at once where a length is declared, else part by part.
"""

import asyncio

from starlette.requests import ClientDisconnect, Request

from graft.errors import TooLarge, invalid

_BODY_SECONDS = 60
_LENGTH_DIGITS = 18


async def read_body(request: Request, limit: int) -> bytes:
    """The body, at most `limit` bytes; stops reading at the declared length, so no client can keep it waiting."""
    expected = _declared_length(request)
    if expected is not None and expected > limit:
        raise _too_large(limit)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            if expected == 0:
                return b""
            async for part in request.stream():
                parts.append(part)
                size += len(part)
                if size > limit:
                    raise _too_large(limit)
                if expected is not None and size >= expected:
                    break
    except TimeoutError:
        raise invalid("", "body-too-slow", f"The body did not arrive within {_BODY_SECONDS} seconds.") from None
    except ClientDisconnect:
        raise invalid("", "body-cut-off", "The connection ended before the body did.") from None
    return b"".join(parts)


def _declared_length(request: Request) -> int | None:
    text = request.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LENGTH_DIGITS else None


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is larger than {limit} bytes.")
