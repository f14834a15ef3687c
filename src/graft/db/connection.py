"""Connections to PostgreSQL: the pool, and the `ReadConnection` and `WriteConnection` that operations get."""

import re
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import msgspec

from graft import ids
from graft.db.errors import translate_driver, translated_errors
from graft.db.pool import Pool
from graft.errors import GraftError

Row = asyncpg.Record
# Hears of each statement: its text, and the values of its parameters.
Listener = Callable[[str, Sequence[Any]], None]

# What asyncpg and transactions send for themselves. Listeners do not hear it, as it is no work on data.
_BOOKKEEPING = re.compile(
    r"\s*((begin|commit|rollback|set|reset|savepoint|release)\b|with recursive typeinfo_tree|"
    r"select\s+(current_setting|set_config)\('jit')",
    re.IGNORECASE,
)


class _UnresetConnection(asyncpg.Connection):
    """Goes back into the pool without a reset: what we set is local to a transaction, so nothing would be reset."""

    def get_reset_query(self) -> str:
        return ""


class ReadConnection:
    """Runs statements that change nothing; each sees the data of its own moment."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def rows(self, sql: str, *parameters: Any) -> list[Row]:
        return await self._connection.fetch(sql, *parameters)

    async def rows_within(self, seconds: float, sql: str, *parameters: Any) -> list[Row]:
        """As `rows`. A statement that takes longer is cancelled in the server, and `TimeoutError` is raised."""
        return await self._connection.fetch(sql, *parameters, timeout=seconds)

    async def row(self, sql: str, *parameters: Any) -> Row | None:
        return await self._connection.fetchrow(sql, *parameters)

    async def value(self, sql: str, *parameters: Any) -> Any:
        return await self._connection.fetchval(sql, *parameters)

    @asynccontextmanager
    async def one_snapshot(self) -> AsyncGenerator[None]:
        """All statements inside the block see the data of one moment."""
        async with self._connection.transaction(isolation="repeatable_read", readonly=True):
            yield


class WriteConnection(ReadConnection):
    """Runs statements inside one transaction. It is a type of its own, so that a read cannot be made to write."""

    async def execute(self, sql: str, *parameters: Any) -> int:
        """Run one statement; return the number of rows that it changed."""
        # "INSERT 0 3", "UPDATE 3"; of "CREATE TABLE" there is no number
        status: str = await self._connection.execute(sql, *parameters)
        last = status.rsplit(" ", 1)[-1]
        return int(last) if last.isdigit() else 0


class Database:
    """A pool of connections to one PostgreSQL."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def reading(self) -> "_Borrowed":
        """A connection without a transaction: each statement has a snapshot of its own."""
        return _Borrowed(self._pool)

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[WriteConnection]:
        """A connection in a transaction, which is committed when the block ends and rolled back when it raises."""
        borrowed = _Borrowed(self._pool)
        async with borrowed, borrowed.connection.transaction():
            yield WriteConnection(borrowed.connection)

    async def close(self) -> None:
        await self._pool.close()


class _Borrowed:
    """A connection of the pool for one block; errors of the database leave the block translated (`db/errors.py`)."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.connection: Any = None

    async def __aenter__(self) -> ReadConnection:
        with translated_errors():
            self.connection = await self._pool.acquire()
        return ReadConnection(self.connection)

    async def __aexit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        with translated_errors():
            # after an error of ours, such as NotFound, no statement was cut off, and the connection is as good as new
            await self._pool.release(self.connection, clean=error is None or isinstance(error, GraftError))

        if isinstance(error, Exception):
            translated = translate_driver(error)
            if translated is not None:
                raise translated from error


async def set_codecs(connection: Any) -> None:
    """Read and write ids as their 26 characters (`graft.ids`), and `json` columns as undecoded bytes."""
    await connection.set_type_codec(
        "uuid", schema="pg_catalog", format="binary", encoder=ids.decode, decoder=ids.encode
    )
    await connection.set_type_codec("json", schema="pg_catalog", format="binary", encoder=bytes, decoder=msgspec.Raw)


async def open_database(
    dsn: str, *, role: str, size: int = 8, listeners: Sequence[Listener] = (), **settings: str
) -> Database:
    """Connect a pool of at most `size` sessions, which run as `role`.

    `listeners` hear every statement on data. `settings` are run-time parameters of PostgreSQL. Raises `Unavailable`.
    """

    async def prepare(connection: Any) -> None:
        await set_codecs(connection)
        for listener in listeners:
            connection.add_query_logger(query_logger(listener))

    with translated_errors():
        pool = await asyncpg.create_pool(
            dsn,
            min_size=1,
            max_size=size,
            connection_class=_UnresetConnection,
            init=prepare,
            command_timeout=60,
            server_settings={"role": role, "application_name": "graft", "timezone": "UTC", "jit": "off", **settings},
        )
    return Database(Pool(pool))


def query_logger(listener: Listener) -> Callable[[Any], None]:
    """What asyncpg's `add_query_logger` takes, so that `listener` hears of each statement on data."""

    def log(record: Any) -> None:
        if not _BOOKKEEPING.match(record.query):
            listener(record.query, record.args)

    return log
