"""Connections go from one user to the next, come back after any failure, and are replaced when they are lost."""

import asyncio

import pytest

from graft.db.connection import Database
from graft.errors import NotFound, Unavailable
from tests.support.database import connected, opened

PID = "select pg_backend_pid()"


async def test_the_next_one_gets_the_connection_that_was_given_back_last(database_url: str, app_role: str):
    async with opened(database_url, role=app_role, size=4) as database:
        found: set[int] = set()
        for _ in range(20):
            async with database.reading() as db:
                found.add(await db.value(PID))
            async with database.writing() as db:
                found.add(await db.value(PID))
        assert len(found) == 1


async def test_many_at_once_share_few_connections_and_nobody_is_forgotten(database_url: str, app_role: str):
    async with opened(database_url, role=app_role, size=3) as database:

        async def use(number: int) -> int:
            async with database.writing() if number % 2 else database.reading() as db:
                await asyncio.sleep(0.001 * (number % 3))
                return await db.value(PID)

        for _ in range(5):
            found = await asyncio.wait_for(asyncio.gather(*(use(number) for number in range(60))), 30)
            assert 1 < len(set(found)) <= 3


async def test_a_lost_connection_is_replaced(database_url: str, app_role: str):
    async with opened(database_url, role=app_role, size=1) as database, connected(database_url) as other:
        async with database.reading() as db:
            pid = await db.value(PID)
        await other.execute("select pg_terminate_backend($1)", pid)
        async with asyncio.timeout(10):
            while True:
                try:
                    async with database.reading() as db:
                        assert await db.value(PID) != pid
                    break
                except Unavailable:
                    await asyncio.sleep(0.01)


async def _fail(database: Database, error: BaseException) -> None:
    async with database.writing() as db:
        await db.execute("create temporary table passing ()")
        raise error


@pytest.mark.parametrize("error", [NotFound(), ValueError("ours"), asyncio.CancelledError()])
async def test_after_a_failure_the_connection_serves_again(error: BaseException, database_url: str, app_role: str):
    async with opened(database_url, role=app_role, size=1) as database:
        for _ in range(3):
            with pytest.raises(type(error)):
                await _fail(database, error)
            async with database.reading() as db:
                assert await db.value("select to_regclass('passing') is null")


async def test_a_statement_that_was_cut_off_leaves_a_connection_that_works(database_url: str, app_role: str):
    async with opened(database_url, role=app_role, size=1) as database:

        async def wait() -> None:
            async with database.reading() as db:
                await db.value("select pg_sleep(30)")

        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0.1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        async with asyncio.timeout(10), database.reading() as db:
            assert await db.value("select 1") == 1
