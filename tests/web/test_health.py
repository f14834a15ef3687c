"""Health: `/healthz` needs no database, `/readyz` tells whether it answers, both in bounded time and without a token."""

import asyncio
import time

import pytest

from graft.web.health import Readiness
from tests.support.database import connected, opened
from tests.support.world import World, running

pytestmark = pytest.mark.slow


async def test_a_server_whose_database_answers_is_alive_and_ready(world: World):
    alive, ready = await world.http.get("/healthz"), await world.http.get("/readyz")
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
    for reply in (alive, ready):
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["x-request-id"]
    assert (await world.http.head("/healthz")).status_code == 200
    assert (await world.http.post("/readyz")).status_code == 405


@pytest.mark.one_server
async def test_a_server_whose_database_lets_nobody_in_is_alive_and_not_ready(
    database_url: str, server_url: str, app_role: str
):
    async with running(database_url, app_role, pool_size=1) as world, connected(server_url) as superuser:
        name = await world.owner.fetchval("select quote_ident(current_database())")
        await superuser.execute(f"alter database {name} allow_connections false")
        await superuser.execute(
            """select pg_terminate_backend(s.pid) from pg_stat_activity s join pg_roles r on r.oid = s.usesysid
               where s.application_name = 'graft' and quote_ident(s.datname) = $1""",
            name,
        )
        ready = await world.http.get("/readyz")
        assert (ready.status_code, ready.json()["code"]) == (503, "unavailable")
        assert ready.json()["detail"] == "The database cannot be reached."
        assert ready.headers["retry-after"] == "1"
        assert (await world.http.get("/healthz")).status_code == 200
        await superuser.execute(f"alter database {name} allow_connections true")
        assert (await world.http.get("/readyz")).status_code == 200


async def test_a_database_that_does_not_answer_in_time_is_told_by_all_who_ask(database_url: str, app_role: str):
    async with opened(database_url, role=app_role, size=1) as database:
        readiness = Readiness()
        async with database.reading():
            start = time.monotonic()
            reasons = await asyncio.gather(*(readiness.reason(database) for _ in range(20)))
            assert time.monotonic() - start < 10
        assert set(reasons) == {"No connection to the database was free within 1 second."}
        assert await readiness.reason(database) is None
