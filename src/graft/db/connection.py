"""Connections: a pool whose sessions run as the application's role, and the reader and writer that operations get."""

import re
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import msgspec

from graft import ids
from graft.db.errors import reachable, translate_driver
from graft.db.pool import Pool
from graft.errors import GraftError

Row = asyncpg.Record
# Takes the text of a statement, and its values.
Listener = Callable[[str, Sequence[Any]], None]

# Bookkeeping of the driver and of transactions, not work on data.
_BOOKKEEPING = re.compile(
    r"\s*((begin|commit|rollback|set|reset|savepoint|release)\b|with recursive typeinfo_tree|"
    r"select\s+(current_setting|set_config)\('jit')",
    re.IGNORECASE,
)


class _Connection(asyncpg.Connection):
    """Given back as it is: whatever we set is local to a transaction, so nothing is left behind."""

    def get_reset_query(self) -> str:
        return ""


class ReadConnection:
    """Runs statements that change nothing."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def rows(self, sql: str, *parameters: Any) -> list[Row]:
        return await self._connection.fetch(sql, *parameters)

    async def rows_within(self, seconds: float, sql: str, *parameters: Any) -> list[Row]:
        """As `rows`; what takes longer is stopped in the server, and `TimeoutError` raised."""
        return await self._connection.fetch(sql, *parameters, timeout=seconds)

    async def row(self, sql: str, *parameters: Any) -> Row | None:
        return await self._connection.fetchrow(sql, *parameters)

    async def value(self, sql: str, *parameters: Any) -> Any:
        return await self._connection.fetchval(sql, *parameters)

    @asynccontextmanager
    async def one_snapshot(self) -> AsyncGenerator[None]:
        """Statements that see the data of one moment together."""
        async with self._connection.transaction(isolation="repeatable_read", readonly=True):
            yield


class WriteConnection(ReadConnection):
    """Runs statements inside the one transaction of a request; a reader cannot be asked to write."""

    async def execute(self, sql: str, *parameters: Any) -> int:
        """Run one statement; the number of rows that it changed."""
        status: str = await self._connection.execute(sql, *parameters)
        last = status.rsplit(" ", 1)[-1]
        return int(last) if last.isdigit() else 0


class Database:
    """A pool of connections to one PostgreSQL."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def reading(self) -> "_Borrowed":
        """A connection for statements that stand alone (autocommit: one statement, one snapshot)."""
        return _Borrowed(self._pool)

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[WriteConnection]:
        """A transaction: committed when the block ends, rolled back when it raises."""
        borrowed = _Borrowed(self._pool)
        async with borrowed, borrowed.connection.transaction():
            yield WriteConnection(borrowed.connection)

    async def close(self) -> None:
        await self._pool.close()


class _Borrowed:
    """A connection of the pool, whose errors are the domain's."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.connection: Any = None

    async def __aenter__(self) -> ReadConnection:
        with reachable():
            self.connection = await self._pool.acquire()
        return ReadConnection(self.connection)

    async def __aexit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        with reachable():
            await self._pool.release(self.connection, clean=error is None or isinstance(error, GraftError))
        if isinstance(error, Exception):
            known = translate_driver(error)
            if known is not None:
                raise known from error


async def set_codecs(connection: Any) -> None:
    """Ids as 26 characters, `json` columns as the bytes that they are."""
    await connection.set_type_codec(
        "uuid", schema="pg_catalog", format="binary", encoder=ids.decode, decoder=ids.encode
    )
    await connection.set_type_codec("json", schema="pg_catalog", format="binary", encoder=bytes, decoder=msgspec.Raw)


async def open_database(
    dsn: str, *, role: str, size: int = 8, listeners: Sequence[Listener] = (), **settings: str
) -> Database:
    """Connect a pool of `size` sessions that start as `role`; `listeners` hear every statement on data."""

    async def prepare(connection: Any) -> None:
        await set_codecs(connection)
        for listener in listeners:
            connection.add_query_logger(lambda record, tell=listener: _tell(tell, record.query, record.args))

    with reachable():
        pool = await asyncpg.create_pool(
            dsn,
            min_size=1,
            max_size=size,
            connection_class=_Connection,
            init=prepare,
            command_timeout=60,
            server_settings={"role": role, "application_name": "graft", "timezone": "UTC", "jit": "off", **settings},
        )
    return Database(Pool(pool))


def _tell(listener: Listener, statement: str, values: Sequence[Any]) -> None:
    if not _BOOKKEEPING.match(statement):
        listener(statement, values)
