"""The connections of a process: opened when they are needed, kept for the next user, shared out in turns."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Hashable
from contextlib import suppress
from functools import partial
from typing import Any

from graft.db.turns import Turns
from graft.errors import TooMany, Unavailable

# How long anybody waits for a connection because of others.
WAIT_SECONDS = 1.0
# How long a use waits because its tenant has its share already.
OWN_SECONDS = 5.0
# How long the server may take to confirm that a connection whose last statement was cut off is free again.
_RESET_SECONDS = 5.0
# How long the end waits for connections that are in use.
_CLOSE_SECONDS = 60.0

_NONE_FREE = f"No connection to the database was free within {WAIT_SECONDS:g} second."
_OWN_SHARE = "More requests of this workspace or user run at once than it may have; others get their turn. Try again."


class Use:
    """One use of a connection; see `turns.Use`. It ends with `Pool.release`."""

    __slots__ = ("brief", "connection", "reused", "since", "timer", "turn", "who")

    def __init__(self, who: Hashable, *, brief: bool) -> None:
        self.who = who
        self.brief = brief
        self.since = 0.0
        # while it waits
        self.turn: asyncio.Future[None] | None = None
        self.timer: asyncio.TimerHandle
        self.connection: Any = None
        # whether the connection served before, so that it may have ended since
        self.reused = False


class Pool:
    """At most `size` connections, `first` and those that `connect` opens, for the uses that `Turns` lets have one.

    asyncpg's pool knows no fairness, and its acquire and release take a task, a timer and a reset.
    """

    def __init__(self, connect: Callable[[], Coroutine[Any, Any, Any]], size: int, first: Any) -> None:
        self._connect = connect
        self._turns: Turns[Use] = Turns(size)
        # the one used last is at the end, and is the next to be used
        self._idle: list[Any] = [first]
        self._tasks: set[asyncio.Task[Any]] = set()
        self._drained: asyncio.Future[None] | None = None

    async def acquire(self, use: Use) -> None:
        """Give `use` its connection. Raises what `connect` raises.

        `Unavailable` where none is free for a second; `TooMany` where its tenant has its share for five.
        """
        if self._drained is not None:
            raise Unavailable("The server is about to end.")
        if not self._turns.take(use, time.monotonic()):
            await self._wait(use)

        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                use.connection, use.reused = connection, True
                return
            connection.terminate()
        await self._open(use)

    def release(self, use: Use, *, clean: bool) -> None:
        """End a use. Its connection is `clean` if it is outside of any transaction and no statement was cut off."""
        if use.connection.is_closed():
            use.connection.terminate()
            self._end(use)
        elif clean:
            self._idle.append(use.connection)
            self._end(use)
        else:
            # nobody waits for this, and the use is over when the server is done with it
            self._spawn(self._clean(use))

    def drop_idle(self) -> None:
        """Close what nobody uses: one connection was found to be dead, and others may be."""
        while self._idle:
            self._idle.pop().terminate()

    async def close(self) -> None:
        """Close all connections, once those in use have been given back."""
        self._drained = asyncio.get_running_loop().create_future()
        if self._turns.in_use:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._drained, _CLOSE_SECONDS)
        for task in self._tasks:
            task.cancel()
        idle, self._idle = self._idle, []
        await asyncio.gather(*(connection.close(timeout=_RESET_SECONDS) for connection in idle), return_exceptions=True)

    async def _wait(self, use: Use) -> None:
        """Until it is the turn of `use`."""
        if not self._turns.wait(use):
            raise TooMany(_OWN_SHARE)
        loop = asyncio.get_running_loop()
        use.turn = loop.create_future()
        use.timer = loop.call_later(WAIT_SECONDS, self._give_up, use, OWN_SECONDS - WAIT_SECONDS)
        try:
            await use.turn
        except asyncio.CancelledError:
            # the turn may have come in the moment in which the one who waited was cancelled
            if not self._turns.leave(use) and not use.turn.cancelled() and use.turn.exception() is None:
                self._end(use)
            raise
        finally:
            use.timer.cancel()

    def _give_up(self, use: Use, longer: float) -> None:
        """End the wait of `use`; where it waits for its own tenant, in so many seconds."""
        assert use.turn is not None
        if use.turn.done():
            return
        own = self._turns.has_its_share(use.who, time.monotonic())
        if own and longer:
            use.timer = asyncio.get_running_loop().call_later(longer, self._give_up, use, 0.0)
        elif self._turns.leave(use):
            use.turn.set_exception(TooMany(_OWN_SHARE) if own else Unavailable(_NONE_FREE))

    async def _open(self, use: Use) -> None:
        """Open a connection. One that takes too long is for whoever comes next."""
        opening = self._spawn(self._connect())
        try:
            done, _ = await asyncio.wait([opening], timeout=WAIT_SECONDS)
        except asyncio.CancelledError:
            opening.add_done_callback(partial(self._keep, use))
            raise
        if not done:
            opening.add_done_callback(partial(self._keep, use))
            raise Unavailable(_NONE_FREE)
        try:
            use.connection = opening.result()
        except BaseException:
            self._end(use)
            raise

    def _keep(self, use: Use, opening: asyncio.Task[Any]) -> None:
        """Keep the connection of a use that has not waited for it."""
        if not opening.cancelled() and opening.exception() is None:
            self._idle.append(opening.result())
        self._end(use)

    async def _clean(self, use: Use) -> None:
        """Keep the connection if the server confirms that it is free, else close it; then the use is over."""
        try:
            await use.connection.reset(timeout=_RESET_SECONDS)
        except Exception:  # noqa: BLE001  whatever it is, the connection is not used again
            use.connection.terminate()
        except BaseException:
            use.connection.terminate()
            raise
        else:
            self._idle.append(use.connection)
        finally:
            self._end(use)

    def _end(self, use: Use) -> None:
        self._turns.give_back(use)
        if self._turns.waiting:
            self._let_next()
        if self._drained is not None and not self._turns.in_use and not self._drained.done():
            self._drained.set_result(None)

    def _let_next(self) -> None:
        """Wake those whose turn it is now."""
        now = time.monotonic()
        while (use := self._turns.next(now)) is not None:
            assert use.turn is not None
            if use.turn.done():
                # cancelled, and not told yet
                self._turns.give_back(use)
            else:
                use.turn.set_result(None)

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
