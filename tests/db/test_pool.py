"""Connections go from one user to the next, come back after any failure, and are replaced when they are lost."""

import asyncio
import time

import pytest

from graft.db.again import try_again
from graft.db.connection import Database
from graft.errors import NotFound, TooMany, Unavailable
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


async def _terminate(owner_url: str) -> None:
    """End all sessions of the service on this database, and wait until they have ended."""
    mine = "application_name = 'graft' and datname = current_database()"
    async with connected(owner_url) as owner, asyncio.timeout(30):
        await owner.execute(f"select pg_terminate_backend(pid) from pg_stat_activity where {mine}")
        while await owner.fetchval(f"select true from pg_stat_activity where {mine}"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def _all_at_once(database: Database, size: int) -> set[int]:
    """The processes of all connections of a pool, which are then idle."""
    together = asyncio.Barrier(size)

    async def use() -> int:
        async with database.reading() as db:
            await together.wait()
            return await db.value(PID)

    return set(await asyncio.gather(*(use() for _ in range(size))))


@pytest.mark.one_server
@pytest.mark.parametrize("seen", [True, False])
async def test_connections_that_ended_while_idle_cost_nobody_anything(seen: bool, database_url: str, app_role: str):
    async with opened(database_url, role=app_role, size=8) as database:
        before = await _all_at_once(database, 8)
        await _terminate(database_url)
        if seen:
            # the process hears of the end of its connections
            await asyncio.sleep(0.2)
        for number in range(16):
            async with database.writing() if number % 2 else database.reading() as db:
                assert await db.value(PID) not in before


async def test_a_read_on_a_connection_that_ended_unnoticed_is_run_once_more(database_url: str, app_role: str):
    async with opened(database_url, role=app_role, size=4) as database:
        await _all_at_once(database, 4)
        runs = 0

        async def read() -> int:
            nonlocal runs
            runs += 1
            async with database.reading() as db:
                if runs == 1:
                    await _terminate(database_url)
                return await db.value(PID)

        assert await try_again(read)
        assert runs == 2


async def test_what_a_write_has_begun_is_not_run_again(database_url: str, app_role: str):
    async with opened(database_url, role=app_role, size=4) as database:
        await _all_at_once(database, 4)
        runs = 0

        async def write() -> None:
            nonlocal runs
            runs += 1
            async with database.writing() as db:
                await _terminate(database_url)
                await db.value(PID)

        with pytest.raises(Unavailable):
            await try_again(write)
        assert runs == 1


async def test_a_list_that_was_cut_off_does_not_pass_its_connection_on_before_the_server_is_done(
    database_url: str, app_role: str
):
    async with opened(database_url, role=app_role, size=1) as database:

        async def cut_off() -> None:
            async with database.reading() as db:
                try:
                    await db.rows_within(0.05, "select pg_sleep(30)")
                except TimeoutError:
                    raise Unavailable("too slow") from None

        for _ in range(3):
            with pytest.raises(Unavailable, match="too slow"):
                await cut_off()
            async with connected(database_url) as other, database.reading() as db:
                state = "select state from pg_stat_activity where pid = $1"
                assert await other.fetchval(state, await db.value(PID)) == "idle"


async def test_a_full_pool_refuses_after_a_second(database_url: str, app_role: str):
    async with opened(database_url, role=app_role, size=2) as database:
        async with database.reading(), database.reading():
            start = time.monotonic()
            with pytest.raises(Unavailable, match="No connection to the database was free"):
                async with database.reading("a"):
                    pass
            assert 0.9 < time.monotonic() - start < 10
        async with database.reading("a") as db:
            assert await db.value("select 1") == 1


async def test_who_has_its_share_is_told_so_and_others_are_served(database_url: str, app_role: str):
    async with opened(database_url, role=app_role, size=2) as database, database.reading("a"):
        refused = asyncio.create_task(_value(database, "a"))
        for _ in range(5):
            assert await _value(database, "b") == 1
        with pytest.raises(TooMany):
            await refused


async def _value(database: Database, who: str) -> int:
    async with database.reading(who) as db:
        return await db.value("select 1")


async def test_who_goes_away_while_it_waits_takes_nothing_along(database_url: str, app_role: str):
    async with opened(database_url, role=app_role, size=1) as database:
        for delay in (0.0, 0.01, 0.05):
            async with database.reading():
                waiting = [asyncio.create_task(_value(database, who)) for who in "abc"]
                await asyncio.sleep(0.01)
                waiting[0].cancel()
            # at this moment the turn goes to the next
            waiting[1].cancel()
            await asyncio.sleep(delay)
            done = await asyncio.gather(*waiting, return_exceptions=True)
            assert [type(found) for found in done] == [asyncio.CancelledError, asyncio.CancelledError, int]


@pytest.mark.one_server
async def test_the_server_itself_holds_sessions_to_their_limits(database_url: str, app_role: str):
    shown = "select array[current_setting('statement_timeout'), current_setting('lock_timeout'), "
    shown += "current_setting('idle_in_transaction_session_timeout')]"
    async with opened(database_url, role=app_role) as database, database.reading() as db:
        assert await db.value(shown) == ["30s", "5s", "30s"]


async def test_a_lock_that_another_holds_for_too_long_is_told_as_such(database_url: str, app_role: str):
    async with (
        opened(database_url, role=app_role, lock_timeout="50ms") as database,
        connected(database_url) as other,
        other.transaction(),
    ):
        await other.execute("lock table workspaces")
        with pytest.raises(Unavailable, match="changing the same"):
            async with database.writing() as db:
                await db.value("select count(*) from workspaces")


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
