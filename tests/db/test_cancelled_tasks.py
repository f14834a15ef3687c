"""A statement that is cancelled under a background task, or under a request, is no end of it."""

import asyncio

from graft import clock
from graft.auth.last_used import LastUsed
from graft.db.changes import pruning
from tests.support.database import connected, opened
from tests.support.world import World, running

WAITING = "datname = current_database() and application_name = 'graft' and wait_event_type = 'Lock'"


async def cancel_who_waits(world: World) -> None:
    async with asyncio.timeout(30):
        # nobody tells when
        while not await world.owner.fetchval(  # noqa: ASYNC110
            f"select bool_or(pg_cancel_backend(pid)) from pg_stat_activity where {WAITING}"
        ):
            await asyncio.sleep(0.01)


async def test_pruning_goes_on_after_a_statement_of_it_was_cancelled(database_url: str, app_role: str):
    async with (
        running(database_url, app_role) as world,
        opened(database_url, role=app_role) as database,
        pruning(database, 0.01),
        connected(database_url) as other,
    ):
        async with other.transaction():
            await other.execute("update changes_horizon set xid = xid")
            await cancel_who_waits(world)
            # it comes again, and waits again
            await cancel_who_waits(world)
        await other.execute("insert into changes (table_name, xid) values ('workspaces', '1')")
        async with asyncio.timeout(30):
            while await other.fetchval("select true from changes where xid = '1'"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_uses_of_keys_are_written_after_a_statement_was_cancelled(database_url: str, app_role: str):
    async with running(database_url, app_role) as world, opened(database_url, role=app_role) as database:
        alpha = await world.workspace("alpha")
        uses = LastUsed()
        key_id = (await alpha.get("/api/api-keys")).json["data"][0]["id"].split("_")[1]
        async with uses.writing_to(database, 0.01), connected(database_url) as other, other.transaction():
            await other.execute("select 1 from api_keys for update")
            uses.note(key_id, clock.now())
            await cancel_who_waits(world)
            # it comes again, and waits again
            await cancel_who_waits(world)
        assert await world.owner.fetchval("select last_used_at is not null from api_keys")


async def test_a_request_whose_statement_was_cancelled_is_503(world: World, database_url: str):
    alpha = await world.workspace("alpha")
    async with connected(database_url) as other, other.transaction():
        await other.execute("select 1 from workspaces for update")
        path = f"/api/workspaces/{alpha.workspace_id}"
        changing = asyncio.ensure_future(alpha.patch(path, {"name": "other"}))
        await cancel_who_waits(world)
        reply = await changing
    assert (reply.status, reply.code) == (503, "unavailable")
    assert (await alpha.get(path)).json["name"] == "alpha"
