"""One tenant's slow requests leave connections for the requests of others, and are refused in bounded time."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from graft.db.turns import MOST_WAITING
from tests.support.client import As
from tests.support.database import connected
from tests.support.world import World, running

pytestmark = [pytest.mark.slow, pytest.mark.one_server]

WAITING = """
select count(*) from pg_stat_activity
where datname = current_database() and application_name = 'graft' and wait_event_type = 'Lock'
"""


@asynccontextmanager
async def held(database_url: str, statement: str) -> AsyncGenerator[None]:
    """Somebody else's transaction, with the locks of this statement."""
    async with connected(database_url) as other, other.transaction():
        await other.execute(statement)
        yield


async def waiting(world: World) -> int:
    (count,) = await world.values(WAITING)
    return count


async def until_waiting(world: World, count: int) -> None:
    async with asyncio.timeout(30):
        while await waiting(world) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def all_answered(caller: As) -> None:
    for _ in range(10):
        reply = await caller.get(f"/api/workspaces/{caller.workspace_id}")
        assert reply.status == 200


async def test_slow_lists_of_one_tenant_leave_another_its_answers(database_url: str, app_role: str):
    async with running(database_url, app_role, pool_size=8) as world:
        alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
        async with held(database_url, "lock table events"):
            slow = [asyncio.create_task(alpha.get("/api/events", filter='{"type": "x"}')) for _ in range(16)]
            await until_waiting(world, 4)
            await all_answered(beta)
            assert await waiting(world) <= 4
        # 400: it took a list's five seconds
        assert {reply.status for reply in await asyncio.gather(*slow)} <= {200, 400, 429}
        await all_answered(alpha)


async def test_keys_of_one_workspace_share_what_it_has(database_url: str, app_role: str):
    async with running(database_url, app_role, pool_size=8) as world:
        alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
        keys = [await world.key(alpha.workspace_id) for _ in range(8)]
        async with held(database_url, "lock table events"):
            slow = [asyncio.create_task(key.get("/api/events")) for key in keys * 2]
            await until_waiting(world, 4)
            assert [(await beta.get("/api/workspaces")).status for _ in range(4)] == [200] * 4
            assert await waiting(world) <= 4
            for one in slow:
                one.cancel()
            await asyncio.gather(*slow, return_exceptions=True)


async def test_slow_lists_of_many_tenants_leave_room_for_what_is_brief(database_url: str, app_role: str):
    async with running(database_url, app_role, pool_size=8) as world:
        beta = await world.workspace("beta")
        tenants = [await world.workspace(f"slow-{number}") for number in range(8)]
        async with held(database_url, "lock table events"):
            slow = [asyncio.create_task(tenant.get("/api/events")) for tenant in tenants * 2]
            await until_waiting(world, 6)
            await all_answered(beta)
            replies = await asyncio.gather(*slow)
            assert {reply.status for reply in replies} == {503}
            assert {reply.headers["retry-after"] for reply in replies} == {"1"}


async def test_changes_that_wait_for_a_lock_leave_another_its_answers_and_end(database_url: str, app_role: str):
    async with running(database_url, app_role, pool_size=8) as world:
        alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
        path = f"/api/workspaces/{alpha.workspace_id}"
        async with held(database_url, "select 1 from workspaces where slug = 'alpha' for update"):
            start = time.monotonic()
            slow = [asyncio.create_task(alpha.patch(path, {"name": f"n{number}"})) for number in range(8)]
            await until_waiting(world, 4)
            await all_answered(beta)
            replies = await asyncio.gather(*slow)
            assert time.monotonic() - start < 30
        assert {(reply.status, reply.code) for reply in replies} <= {
            (503, "unavailable"), (429, "too-many-requests"),
        }  # fmt: skip
        assert any("changing the same" in reply.json["detail"] for reply in replies)
        assert (await alpha.patch(path, {"name": "again"})).status == 200


async def test_a_full_pool_is_503_after_a_second(database_url: str, app_role: str):
    async with running(database_url, app_role, pool_size=1) as world:
        alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
        await all_answered(beta)
        async with held(database_url, "select 1 from workspaces where slug = 'alpha' for update"):
            slow = asyncio.create_task(alpha.patch(f"/api/workspaces/{alpha.workspace_id}", {"name": "new"}))
            await until_waiting(world, 1)
            reply = await beta.get(f"/api/workspaces/{beta.workspace_id}")
            assert not slow.done()
            assert (reply.status, reply.code, reply.headers["retry-after"]) == (503, "unavailable", "1")
            assert reply.json["detail"] == "No connection to the database was free within 1 second."
        assert (await slow).status in {200, 503}


async def test_who_exceeds_its_share_is_429(database_url: str, app_role: str):
    async with running(database_url, app_role, pool_size=2) as world:
        alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
        path = f"/api/workspaces/{alpha.workspace_id}"
        async with held(database_url, "select 1 from workspaces where slug = 'alpha' for update"):
            slow = [asyncio.create_task(alpha.patch(path, {"name": f"n{number}"})) for number in range(300)]
            await until_waiting(world, 1)
            await all_answered(beta)
            # as many as may wait do, and the others are told at once
            told = [one.result() for one in slow if one.done()]
            refused = [reply for reply in told if (reply.status, reply.code) == (429, "too-many-requests")]
            assert len(refused) >= 300 - MOST_WAITING - 1
            assert {reply.headers["retry-after"] for reply in refused} == {"1"}
            for one in slow:
                one.cancel()
            await asyncio.gather(*slow, return_exceptions=True)
        await all_answered(alpha)


async def test_requests_after_a_restart_of_the_database_are_all_answered(database_url: str, app_role: str):
    async with running(database_url, app_role, pool_size=8) as world:
        alpha = await world.workspace("alpha")
        path = f"/api/workspaces/{alpha.workspace_id}"
        await asyncio.gather(*(alpha.get(path) for _ in range(32)))
        mine = "datname = current_database() and application_name = 'graft'"
        (count,) = await world.values(f"select count(*) from pg_stat_activity where {mine}")
        assert count > 1
        await world.owner.execute(f"select pg_terminate_backend(pid) from pg_stat_activity where {mine}")
        async with asyncio.timeout(30):
            while await world.owner.fetchval(f"select true from pg_stat_activity where {mine}"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert [(await alpha.get(path)).status for _ in range(16)] == [200] * 16
        assert (await alpha.patch(path, {"name": "other"})).status == 200
