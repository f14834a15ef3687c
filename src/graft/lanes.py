"""Costly work in lanes: one at a time for each key, a few at a time in all; the others wait, within bounds."""

import asyncio
from collections.abc import AsyncGenerator, Hashable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class LanesFull(Exception):
    """Too many wait already, or the wait took too long."""


class Lanes:
    """`at_once` works go on at the same time; at most `most_waiting`, of `most_bytes` together, wait for `seconds`."""

    def __init__(self, at_once: int, *, most_waiting: int, most_bytes: int, seconds: float) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._locks: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()
        self._most_waiting = most_waiting
        self._most_bytes = most_bytes
        self._seconds = seconds
        self._waiting = 0
        self._bytes = 0

    @asynccontextmanager
    async def turn(self, key: Hashable, size: int = 0) -> AsyncGenerator[None]:
        """Wait for the turn of `key` and for a free lane, and hold both; `size` is what is kept in memory meanwhile."""
        if self._waiting >= self._most_waiting or self._bytes + size > self._most_bytes:
            raise LanesFull

        lock = self._locks.setdefault(key, asyncio.Lock())
        self._waiting += 1
        self._bytes += size
        try:
            async with asyncio.timeout(self._seconds):
                await lock.acquire()
                try:
                    await self._free.acquire()
                except BaseException:
                    lock.release()
                    raise
        except TimeoutError:
            raise LanesFull from None
        finally:
            self._waiting -= 1
            self._bytes -= size

        try:
            yield
        finally:
            self._free.release()
            lock.release()
