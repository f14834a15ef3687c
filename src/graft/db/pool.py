"""A pool of connections that hands the one just given back to whoever asks next, without the library's ceremony."""

from typing import Any


class Pool:
    """asyncpg's pool, with the connections that nobody uses at the moment kept at hand.

    The library's own way takes a task, a timer and a reset: 19 µs there and back, against 5, of some 150 that a small
    request takes. It is still taken by connections whose last user failed, and by all while somebody waits for one.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._at_hand: list[Any] = []
        self._waiting = 0

    async def acquire(self) -> Any:
        while self._at_hand:
            connection = self._at_hand.pop()
            if not connection.is_closed():
                return connection
            await self._pool.release(connection)
        self._waiting += 1
        try:
            return await self._pool.acquire()
        finally:
            self._waiting -= 1

    async def release(self, connection: Any, *, clean: bool) -> None:
        """`clean`: it is outside of any transaction, and no statement of it was cut off."""
        if clean and not self._waiting and not connection.is_closed():
            self._at_hand.append(connection)
        else:
            await self._pool.release(connection)

    async def close(self) -> None:
        """When those in use have come back."""
        at_hand, self._at_hand = self._at_hand, []
        # who comes back from now on goes to the pool, which waits for it
        self._waiting += 1
        for connection in at_hand:
            await self._pool.release(connection)
        await self._pool.close()
