"""Work in the background that is done again and again: round after round, whatever happens in one of them."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

_log = logging.getLogger("graft")

# Pauses differ by up to so much, so that processes that were started together do not all work at once.
_JITTER = 0.2
# How long the end waits for the round that runs, and then for a round that was cancelled.
_STOP_SECONDS = 5.0
# How long a kind of error is not told again.
_QUIET_SECONDS = 600.0


@asynccontextmanager
async def repeating(
    name: str,
    work: Callable[[], Awaitable[None]],
    seconds: float,
    *,
    at_the_end: bool = False,
    stop_seconds: float = _STOP_SECONDS,
    quiet_seconds: float = _QUIET_SECONDS,
) -> AsyncGenerator[None]:
    """While this is open, do `work` about every `seconds` seconds, one round after the other.

    A round that fails is told in the log, and the next one comes. The end waits for the round that runs, and for one
    more if there shall be one `at_the_end`; what takes longer than `stop_seconds` is cancelled.
    """
    stop = asyncio.Event()
    rounds = _Rounds(name, work, quiet_seconds)
    task = asyncio.create_task(rounds.until(stop, seconds, at_the_end=at_the_end), name=name)
    try:
        yield
    finally:
        stop.set()
        await _ended(task, stop_seconds)


class _Rounds:
    """One work, and when each kind of its errors was told."""

    def __init__(self, name: str, work: Callable[[], Awaitable[None]], quiet_seconds: float) -> None:
        self._name = name
        self._work = work
        self._quiet_seconds = quiet_seconds
        self._told_at: dict[type[BaseException], float] = {}
        self._failed = 0

    async def until(self, stop: asyncio.Event, seconds: float, *, at_the_end: bool) -> None:
        while not await _set_within(seconds * random.uniform(1 - _JITTER, 1 + _JITTER), stop):  # noqa: S311
            await self._round()
        if at_the_end:
            await self._round()

    async def _round(self) -> None:
        try:
            await self._work()
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            # nobody cancelled this: something that the work waited for was
            self._tell(error)
        except Exception as error:  # noqa: BLE001  whatever it is, the next round comes
            self._tell(error)

    def _tell(self, error: BaseException) -> None:
        self._failed += 1
        now, told_at = time.monotonic(), self._told_at.get(type(error))
        if told_at is None or now - told_at >= self._quiet_seconds:
            self._told_at[type(error)] = now
            _log.error("%s failed (%d so far), and goes on", self._name, self._failed, exc_info=error)


async def _set_within(seconds: float, event: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


async def _ended(task: asyncio.Task[None], seconds: float) -> None:
    try:
        await asyncio.wait([task], timeout=seconds)
    finally:
        cut_off = task.cancel()
    if cut_off:
        _log.warning("%s took longer than %g seconds to end and was cut off", task.get_name(), seconds)
        await asyncio.wait([task], timeout=seconds)
