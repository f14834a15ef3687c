"""When a key was last used is written in batches, off the path of requests."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from graft.auth.last_used import LastUsed
from graft.ids import Id
from tests.support.database import opened
from tests.support.world import World, running

MOMENT = datetime(2026, 1, 31, 12, tzinfo=UTC)


async def _key(world: World) -> Id:
    await world.workspace("alpha")
    return Id(str(await world.owner.fetchval("select id from api_keys")))


async def _written(world: World) -> datetime | None:
    return await world.owner.fetchval("select last_used_at from api_keys")


async def test_uses_are_written_when_the_process_ends(database_url: str, app_role: str):
    async with running(database_url, app_role) as world:
        alpha = await world.workspace("alpha")
        read = await alpha.get("/api/api-keys")
        assert (read.json["data"][0]["lastUsedAt"], read.statements) == (None, 1)
    async with running(database_url, app_role) as world:
        assert (await _written(world)) is not None


async def test_what_is_written_in_the_background_is_not_counted_with_a_request(
    database_url: str, app_role: str, monkeypatch: pytest.MonkeyPatch
):
    writing_to = LastUsed.writing_to
    # at every turn of the loop
    monkeypatch.setattr(LastUsed, "writing_to", lambda uses, database: writing_to(uses, database, seconds=0))
    async with running(database_url, app_role) as world:
        alpha = await world.workspace("alpha")
        taken = [(await alpha.get("/api/api-keys")).statements for _ in range(20)]
        # the writer's first connection may take longer than all of these
        for _ in range(1_000):
            if await _written(world) is not None:
                break
            await asyncio.sleep(0.02)
        assert await _written(world) is not None
        assert taken == [1] * 20
        # and the token checks
        assert len(world.statements) - 20 <= 2


async def test_many_uses_are_one_statement_with_the_latest(world: World, database_url: str, app_role: str):
    key_id, heard = await _key(world), list[str]()

    def hear(statement: str, values: object) -> None:
        heard.append(statement)

    async with opened(database_url, role=app_role, listeners=[hear]) as database:
        uses = LastUsed()
        for second in range(100):
            uses.note(key_id, MOMENT + timedelta(seconds=second))
        assert heard == []
        await uses.write(database)
        await uses.write(database)
    assert len(heard) == 1
    assert await _written(world) == MOMENT + timedelta(seconds=99)


async def test_an_earlier_use_told_later_changes_nothing(world: World, database_url: str, app_role: str):
    key_id = await _key(world)
    async with opened(database_url, role=app_role) as database:
        for moment in (MOMENT, MOMENT - timedelta(hours=1)):
            uses = LastUsed()
            uses.note(key_id, moment)
            await uses.write(database)
    assert await _written(world) == MOMENT


async def test_what_could_not_be_written_is_written_later(world: World, database_url: str, app_role: str):
    key_id, uses = await _key(world), LastUsed()
    uses.note(key_id, MOMENT)
    async with opened(database_url, role=app_role) as database:
        pass
    await uses.write(database)
    assert await _written(world) is None
    async with opened(database_url, role=app_role) as database:
        await uses.write(database)
    assert await _written(world) == MOMENT


async def test_while_the_process_runs_uses_are_written_now_and_then(database_url: str, app_role: str):
    async with running(database_url, app_role) as world, opened(database_url, role=app_role) as database:
        key_id, uses = await _key(world), LastUsed()
        async with uses.writing_to(database, seconds=0.01):
            for moment in (MOMENT, MOMENT + timedelta(minutes=1)):
                uses.note(key_id, moment)
                async with asyncio.timeout(10):
                    while await _written(world) != moment:  # noqa: ASYNC110  the other side is a database
                        await asyncio.sleep(0.01)
            uses.note(key_id, MOMENT + timedelta(minutes=2))
        assert await _written(world) == MOMENT + timedelta(minutes=2)
