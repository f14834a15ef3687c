"""A served Graft under one tenant's slow requests, and after its connections to the database have ended."""

import asyncio
import json

import httpx
import pytest

from tests.support.database import connected
from tests.support.processes import READY, environment, external, free_port, graft, read_until, started

pytestmark = [pytest.mark.slow, pytest.mark.one_server]

MINE = "datname = current_database() and application_name = 'graft'"
COUNT = f"select true from pg_stat_activity where {MINE}"
SIZE = 8


async def _until(url: str, question: str) -> None:
    async with connected(url) as owner, asyncio.timeout(60):
        while not await owner.fetchval(question):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_slow_requests_and_lost_connections_of_one_tenant_cost_another_nothing(data_dir, database_url, app_role):
    env = environment(data_dir, **external(database_url, app_role, GRAFT_POOL_SIZE=str(SIZE)))
    made = json.loads(graft("bootstrap", "--json", env=env).stdout)
    port = free_port()
    with started(port, env) as server:
        read_until(server, READY)
        limits = httpx.Limits(max_connections=100)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/api", timeout=60, limits=limits) as http:

            async def get(path: str, token: str) -> int:
                reply = await http.get(path, headers={"Authorization": f"Bearer {token}"})
                assert reply.status_code not in {429, 503} or reply.headers["retry-after"] == "1"
                return reply.status_code

            slow, other = made["secretKey"], made["sessionToken"]
            small = f"/workspaces/{made['workspaceId']}"
            async with connected(database_url) as owner, owner.transaction():
                await owner.execute("lock table events")
                lists = [asyncio.create_task(get("/events", slow)) for _ in range(16)]
                await _until(database_url, f"{COUNT} and wait_event_type = 'Lock' having count(*) = 4")
                assert [await get(small, other) for _ in range(20)] == [200] * 20
            assert set(await asyncio.gather(*lists)) <= {200, 429, 503}

            async with connected(database_url) as owner:
                await owner.execute(f"select pg_terminate_backend(pid) from pg_stat_activity where {MINE}")
            await _until(database_url, f"{COUNT} having count(*) = 0")
            assert [await get(small, other) for _ in range(2 * SIZE)] == [200] * (2 * SIZE)
