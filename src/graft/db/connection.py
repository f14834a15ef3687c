"""Connections to PostgreSQL: the pool, and the `ReadConnection` and `WriteConnection` that operations get."""

import re
from collections.abc import AsyncGenerator, Callable, Hashable, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import asyncpg
import msgspec

from graft import ids
from graft.db.errors import Ended, is_loss, translate_driver, translated_errors
from graft.db.pool import Pool, Use
from graft.errors import GraftError

Row = asyncpg.Record
# Hears of each statement: its text, and the values of its parameters.
Listener = Callable[[str, Sequence[Any]], None]

# What asyncpg and transactions send for themselves. Listeners do not hear it, as it is no work on data.
_BOOKKEEPING = re.compile(
    r"\s*((begin|commit|rollback|set|reset|savepoint|release|close)\b|with recursive typeinfo_tree|"
    r"select\s+(current_setting|set_config)\('jit')",
    re.IGNORECASE,
)


# How much longer than the server's own limit the answer to a statement is waited for: for a server that hangs.
_GRACE_SECONDS = 5
# An attempt to connect ends then, whoever waits for it.
_CONNECT_SECONDS = 10


class Limits(NamedTuple):
    """What the server holds a session to, in seconds: a statement, a wait for a lock, a transaction that says nothing.

    They are settings of the session, so they hold when this process hangs.
    """

    statement: int = 30
    lock: int = 5
    idle: int = 30


SERVICE = Limits()
# Of commands, which nobody waits for but who called them: a purge may remove very much by one statement.
COMMAND = Limits(3_600, 60, 600)


class _Connection(asyncpg.Connection):
    """After a failure it is not reset: what we set is local to a transaction. It only has to answer again."""

    def get_reset_query(self) -> str:
        return "close all"


class ReadConnection:
    """Runs statements that change nothing; each sees the data of its own moment."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        # whether a statement was left before the server was done with it
        self.cut_off = False

    async def rows(self, sql: str, *parameters: Any) -> list[Row]:
        return await self._connection.fetch(sql, *parameters)

    async def rows_within(self, seconds: float, sql: str, *parameters: Any) -> list[Row]:
        """As `rows`. A statement that takes longer is cancelled in the server, and `TimeoutError` is raised."""
        try:
            return await self._connection.fetch(sql, *parameters, timeout=seconds)
        except TimeoutError:
            self.cut_off = True
            raise

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
    """A pool of connections to one PostgreSQL.

    `who` is the tenant that a connection is for, of which each has a share; None is the process itself. What is
    `brief` is sure to take moments, such as reading one row.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def reading(self, who: Hashable = None, *, brief: bool = False) -> "_Borrowed":
        """A connection without a transaction: each statement has a snapshot of its own."""
        return _Borrowed(self._pool, who, brief=brief)

    @asynccontextmanager
    async def writing(self, who: Hashable = None) -> AsyncGenerator[WriteConnection]:
        """A connection in a transaction, which is committed when the block ends and rolled back when it raises."""
        borrowed = _Borrowed(self._pool, who, brief=False)
        async with borrowed, borrowed.connection.transaction():
            borrowed.repeatable = False
            borrowed.given = given = WriteConnection(borrowed.connection)
            yield given

    async def close(self) -> None:
        await self._pool.close()


class _Borrowed(Use):
    """A connection of the pool for one block; errors of the database leave the block translated (`db/errors.py`)."""

    __slots__ = ("_pool", "given", "repeatable")

    def __init__(self, pool: Pool, who: Hashable, *, brief: bool) -> None:
        # no room is kept from the process itself
        super().__init__(who, brief=brief or who is None)
        self._pool = pool
        # whether the block could be run again, as it has changed nothing
        self.repeatable = True

    async def __aenter__(self) -> ReadConnection:
        try:
            await self._pool.acquire(self)
        except Exception as error:
            translated = translate_driver(error)
            if translated is None:
                raise
            raise translated from error
        self.given = ReadConnection(self.connection)
        return self.given

    async def __aexit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if error is None:
            self._pool.release(self, clean=True)
            return

        self._pool.release(self, clean=self._is_clean_after(error))
        if not isinstance(error, Exception):
            return
        translated = translate_driver(error)
        if translated is None:
            return
        if is_loss(error):
            self._pool.drop_idle()
            if self.reused and self.repeatable:
                raise Ended("The database cannot be reached.") from error
        raise translated from error

    def _is_clean_after(self, error: BaseException) -> bool:
        """Whether the connection is as good as new: the server has answered all that it was asked."""
        answered = isinstance(error, (GraftError, asyncpg.PostgresError)) and not self.given.cut_off
        return answered and not self.connection.is_closed() and not self.connection.is_in_transaction()


async def set_codecs(connection: Any) -> None:
    """Read and write ids as their 26 characters (`graft.ids`), and `json` columns as undecoded bytes."""
    await connection.set_type_codec(
        "uuid", schema="pg_catalog", format="binary", encoder=ids.decode, decoder=ids.encode
    )
    await connection.set_type_codec("json", schema="pg_catalog", format="binary", encoder=bytes, decoder=msgspec.Raw)


async def open_database(
    dsn: str,
    *,
    role: str,
    size: int = 8,
    listeners: Sequence[Listener] = (),
    limits: Limits = SERVICE,
    **settings: str,
) -> Database:
    """A pool of at most `size` sessions, which run as `role`; the first one is opened at once.

    `listeners` hear every statement on data. `settings` are run-time parameters of PostgreSQL, over ours. Raises
    `Unavailable`.
    """
    parameters = {
        "role": role,
        "application_name": "graft",
        "timezone": "UTC",
        "jit": "off",
        "statement_timeout": f"{limits.statement}s",
        "lock_timeout": f"{limits.lock}s",
        "idle_in_transaction_session_timeout": f"{limits.idle}s",
        **settings,
    }

    async def connect() -> Any:
        connection: Any = await asyncpg.connect(
            dsn,
            timeout=_CONNECT_SECONDS,
            connection_class=_Connection,
            command_timeout=limits.statement + _GRACE_SECONDS,
            server_settings=parameters,
        )
        try:
            await set_codecs(connection)
        except BaseException:
            connection.terminate()
            raise
        for listener in listeners:
            connection.add_query_logger(query_logger(listener))
        return connection

    with translated_errors():
        first = await connect()
    return Database(Pool(connect, size, first))


def query_logger(listener: Listener) -> Callable[[Any], None]:
    """What asyncpg's `add_query_logger` takes, so that `listener` hears of each statement on data."""

    def log(record: Any) -> None:
        if not _BOOKKEEPING.match(record.query):
            listener(record.query, record.args)

    return log
