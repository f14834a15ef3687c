"""Work through many rows in small transactions: a row that fails is skipped and reported at the end."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any, LiteralString, TypeVar

import asyncpg
import msgspec

from graft.db.again import try_again
from graft.db.connection import Database, WriteConnection
from graft.db.errors import ReadOnly
from graft.db.rows import each
from graft.errors import GraftError, Unavailable
from graft.ids import Id


class Swept(msgspec.Struct, frozen=True):
    """A row to work on; what the work needs of it, a struct below this says."""

    id: Id


Kind = TypeVar("Kind", bound=Swept)
# Works on some rows inside a transaction; returns how many rows it dealt with.
Work = Callable[[WriteConnection, Sequence[Kind]], Awaitable[int]]

_PAGE_ROWS = 500


class Sweep:
    """One run over many rows. `left` has a line for each row that failed: which one, and why."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.left: list[str] = []

    async def pages(
        self, kind: type[Kind], statement: LiteralString, *parameters: Any, after: Sequence[str] = ("id",)
    ) -> AsyncGenerator[list[Kind]]:
        """Yield the rows of `statement` in pages of 500, each row once.

        The statement selects the columns of `kind`, and orders its rows by the columns `after`. Behind `parameters` it
        takes the values of these columns in the last row of the page before (null for the first page), and then the
        limit.
        """
        last: list[Any] = [None] * len(after)
        rows: list[Kind] | None = None

        while rows is None or len(rows) == _PAGE_ROWS:
            rows = await self._page(kind, statement, [*parameters, *last, _PAGE_ROWS])

            if rows:
                last = [getattr(rows[-1], column) for column in after]
                yield rows

    async def _page(self, kind: type[Kind], statement: LiteralString, parameters: Sequence[Any]) -> list[Kind]:
        """One page. What the server stopped is asked once more; raises `Unavailable` if the server is away."""

        async def read() -> list[Kind]:
            async with self._database.reading() as db:
                return await each(db, kind, statement, *parameters)

        try:
            return await try_again(read)
        except Unavailable:
            await self._check_database()
            return await read()

    async def do(self, name: str, rows: Sequence[Kind], work: Work[Kind]) -> int:
        """Do the work on all rows in one transaction; return the sum of what it returned.

        Where that fails, the rows are halved, and each half is tried by itself, down to the rows that fail: those are
        reported in `left`, under `name`, which says what a row is ("entity"). Raises `Unavailable` if the database is
        away or read-only, as then every row would fail.
        """
        try:
            return await try_again(self._do_in_one_transaction, rows, work)
        except (GraftError, asyncpg.PostgresError) as error:
            if isinstance(error, ReadOnly):
                raise
            await self._check_database()

            if len(rows) > 1:
                half = len(rows) // 2
                return await self.do(name, rows[:half], work) + await self.do(name, rows[half:], work)

            self.left.append(f"{name} {rows[0].id}: {_reason(error)}")
            return 0

    async def _do_in_one_transaction(self, rows: Sequence[Kind], work: Work[Kind]) -> int:
        async with self._database.writing() as db:
            return await work(db, rows)

    async def _check_database(self) -> None:
        """Raise `Unavailable` if it is the database that fails, and not these rows."""
        async with self._database.reading() as db:
            await db.value("select 1")


def _reason(error: BaseException) -> str:
    """The first line of what the database said; an error without a text gives its type."""
    cause = error.__cause__ or error
    return (str(cause).strip() or type(cause).__name__).splitlines()[0]
