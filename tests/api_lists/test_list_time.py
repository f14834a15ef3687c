"""A list that takes too long is stopped, and whoever asked hears why; the next one is answered."""

import asyncio

import pytest

from graft.web import lists
from tests.support.database import connected
from tests.support.factories.integrations import integration
from tests.support.world import running


async def test_a_list_that_takes_too_long_is_stopped(database_url: str, app_role: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lists, "_MOST_SECONDS", 0.1)
    async with running(database_url, app_role, pool_size=1) as world, connected(database_url) as other:
        alpha = await world.workspace("alpha")
        await integration(alpha)
        transaction = other.transaction()
        await transaction.start()
        await other.execute("lock table integrations in access exclusive mode")
        filtered = await alpha.get("/api/integrations", filter='{"name": {"contains": "e"}}')
        assert (filtered.status, filtered.problems) == (400, {("filter", "too-expensive")})
        plain = await alpha.get("/api/integrations")
        assert (plain.status, plain.headers["Retry-After"]) == (503, "1")
        waiting = "datname = current_database() and wait_event_type = 'Lock'"
        async with asyncio.timeout(30):
            # the server stops it when it hears of it, a moment after the reply
            while await other.fetchval(f"select true from pg_stat_activity where {waiting}"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await transaction.rollback()
        assert (await alpha.get("/api/integrations")).json["pageInfo"]["total"] == 1
