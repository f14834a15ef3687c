"""The time of a change is that of its turn: who waits for a lock has the time after it."""

import asyncio
from datetime import datetime

from tests.support.factories.entities import entity
from tests.support.factories.integrations import integration, manifest_member
from tests.support.world import World


async def waits(world: World) -> None:
    async with asyncio.timeout(30):
        # nobody tells when
        while not await world.owner.fetchval(  # noqa: ASYNC110
            "select true from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        ):
            await asyncio.sleep(0.01)


async def test_a_version_is_published_after_what_its_author_waited_for(world: World):
    author = await world.workspace("author")
    function = await entity(author, "function", "greet")
    draft = await integration(author, manifest={"members": [manifest_member(function)]})
    async with world.owner.transaction():
        await world.owner.execute("select 1 from integrations for update")
        publishing = asyncio.ensure_future(
            author.post(f"/api/integrations/{draft['id']}/publish", {"version": "1.0.0"})
        )
        await waits(world)
        (released,) = await world.values("select clock_timestamp()")
    version = (await publishing).json
    assert datetime.fromisoformat(version["publishedAt"]) > released


async def test_all_that_one_change_writes_has_one_time(world: World):
    author = await world.workspace("author")
    draft = await integration(author)
    event = (await author.get("/api/events", subject_id=draft["id"])).json["data"][0]
    assert draft["createdAt"] == draft["updatedAt"] == event["createdAt"]
