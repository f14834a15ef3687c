"""Work on many rows, some at a time in transactions of their own: what fails is told at last, and the rest goes on."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any, LiteralString

import asyncpg

from graft.db.connection import Database, Row, WriteConnection
from graft.db.errors import ReadOnly, TryAgain
from graft.errors import GraftError

Work = Callable[[WriteConnection, Sequence[Row]], Awaitable[int]]

_TRIES = 4
_PAGE = 500


class Sweep:
    """`left`: what could not be done, and why, a line each."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.left: list[str] = []

    async def pages(
        self, statement: LiteralString, *parameters: Any, after: Sequence[str] = ("id",)
    ) -> AsyncGenerator[list[Row]]:
        """The rows of a statement that orders them by the columns `after`, 500 at a time, each once.

        It takes the last row's columns as its last parameters, null at first, and a limit after them.
        """
        last: list[Any] = [None] * len(after)
        rows: list[Row] | None = None
        while rows is None or len(rows) == _PAGE:
            async with self._database.reading() as db:
                rows = await db.rows(statement, *parameters, *last, _PAGE)
            if rows:
                last = [rows[-1][column] for column in after]
                yield rows

    async def do(self, name: str, rows: Sequence[Row], work: Work) -> int:
        """Do this work on all these rows in one transaction, or on those of them with which it can be done; the number.

        `name` says what a row is. Raises `Unavailable` where the database is away, and not only busy.
        """
        try:
            return await self._tried(rows, work)
        except (GraftError, asyncpg.PostgresError) as error:
            if isinstance(error, ReadOnly):
                raise
            await self._ask()
            if len(rows) > 1:
                half = len(rows) // 2
                return await self.do(name, rows[:half], work) + await self.do(name, rows[half:], work)
            self.left.append(f"{name} {rows[0]['id']}: {_reason(error)}")
            return 0

    async def _tried(self, rows: Sequence[Row], work: Work) -> int:
        for left in reversed(range(_TRIES)):
            try:
                async with self._database.writing() as db:
                    return await work(db, rows)
            except TryAgain:
                if not left:
                    raise
        raise AssertionError

    async def _ask(self) -> None:
        """Whether it is these rows that fail, or everything."""
        async with self._database.reading() as db:
            await db.value("select 1")


def _reason(error: BaseException) -> str:
    """What the database said, in a line."""
    said = error.__cause__ or error
    return (str(said).strip() or type(said).__name__).splitlines()[0]
