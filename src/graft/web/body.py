"""The bytes of a body, bounded in size, time and in what all bodies in flight take, and read without a connection."""

import asyncio

from starlette.requests import ClientDisconnect, Request

from graft.budget import Budget, Holding, Refusal
from graft.config import Settings
from graft.errors import TooLarge, TooMany, Unavailable, invalid

_LENGTH_DIGITS = 18

# How many of the largest bodies one tenant may have in flight, and all together.
_OF_ONE = 2
_OF_ALL = 4
# A body that is small finds room where large ones fill what is theirs.
_SMALL = 64 * 1024

# How long nothing may come of a body; and for how long it may come, and a second more for so many bytes.
_QUIET_SECONDS = 30
_SECONDS = 60
_BYTES_A_SECOND = 16 * 1024


def bodies_budget(settings: Settings) -> Budget:
    """The bytes of bodies that one process may hold."""
    largest = max(settings.max_body, settings.max_body_integrations, settings.max_body_imports)
    return Budget(_OF_ALL * largest, _OF_ONE * largest, small=_SMALL, reserve=largest)


async def read_body(request: Request, limit: int, holding: Holding) -> bytes | bytearray:
    """The body, at most `limit` bytes; stops reading at the declared length, so no client can keep it waiting.

    Its bytes are held of the budget, at once where a length is declared, else part by part. `TooMany` where the caller
    has its share of it, `Unavailable` where all have everything.
    """
    expected = _declared_length(request)
    if expected is not None and expected > limit:
        raise _too_large(limit)
    if expected == 0:
        return b""
    _hold(holding, expected or 0)
    try:
        async with asyncio.timeout(None) as timeout:
            clock = _Clock(timeout)
            try:
                return await _received(request, limit, expected, holding, clock)
            finally:
                clock.stop()
    except TimeoutError:
        raise invalid("", "body-too-slow", "The body did not arrive in time.") from None
    except ClientDisconnect:
        raise invalid("", "body-cut-off", "The connection ended before the body did.") from None


async def refuse_body(request: Request, holding: Holding) -> None:
    """`Invalid` where a body comes with a request of a call that takes none."""
    for name, value in request.scope["headers"]:
        if name == b"content-length" and value.strip(b"0 "):
            raise _unexpected()
        if name == b"transfer-encoding":
            try:
                await read_body(request, 0, holding)
            except TooLarge:
                raise _unexpected() from None


async def _received(
    request: Request, limit: int, expected: int | None, holding: Holding, clock: "_Clock"
) -> bytes | bytearray:
    first: bytes = b""
    joined: bytearray | None = None
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        if size > holding.held:
            _hold(holding, size - holding.held)
        clock.received = size

        # most bodies come in one part, which need not be copied
        if joined is not None:
            joined += part
        elif first:
            joined = bytearray(first)
            joined += part
        else:
            first = part
        if expected is not None and size >= expected:
            break
    return first if joined is None else joined


class _Clock:
    """Ends the block of a timeout when a body stands still or takes for ever.

    It counts the seconds in which the event loop turns: while the process itself is busy, bytes that came are not read,
    and no time passes.
    """

    def __init__(self, timeout: asyncio.Timeout) -> None:
        self.received = 0
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._passed = 0
        self._quiet = 0
        self._seen = 0
        self._tick = self._wait()

    def stop(self) -> None:
        self._tick.cancel()

    def _second(self) -> None:
        self._passed += 1
        self._quiet = 0 if self.received > self._seen else self._quiet + 1
        self._seen = self.received
        if self._quiet >= _QUIET_SECONDS or self._passed >= _SECONDS + self.received // _BYTES_A_SECOND:
            self._timeout.reschedule(self._loop.time())
        else:
            self._tick = self._wait()

    def _wait(self) -> asyncio.TimerHandle:
        return self._loop.call_later(1, self._second)


def _hold(holding: Holding, size: int) -> None:
    refusal = holding.take(size)
    if refusal is Refusal.OWN:
        raise TooMany(
            "This workspace or user has too many bytes of bodies on their way at once; send one after the other.",
            code="too-much",
        )
    if refusal is Refusal.ALL:
        raise Unavailable("Too many large bodies are on their way at once; try again.", code="busy")


def _declared_length(request: Request) -> int | None:
    text = request.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LENGTH_DIGITS else None


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is larger than {limit} bytes.")


def _unexpected() -> Exception:
    return invalid("", "unexpected-body", "This call takes no body.")
