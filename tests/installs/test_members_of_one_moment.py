"""The members of an install are all of one moment, whatever an upgrade does meanwhile."""

import asyncio

import pytest

from tests.support.factories.entities import entity
from tests.support.world import World
from tests.upgrades.upgrade_life import cloned, free, shown

pytestmark = pytest.mark.slow

UPGRADES = 30


async def test_a_reply_shows_no_member_of_another_version(world: World):
    it = await free(world)
    sources = [await entity(it.author, "function", slug, {"v": 0}) for slug in ("clone", "reference")]
    members = [cloned(sources[0]), shown(sources[1])]
    await it.begin(*members)
    done = asyncio.Event()

    async def read() -> int:
        replies = 0
        while not done.is_set():
            found = (await it.members()).values()
            assert len({row["sourceVersionId"] for row in found}) == 1
            replies += 1
        return replies

    reading = [asyncio.create_task(read()) for _ in range(3)]
    for number in range(UPGRADES):
        for source in sources:
            await it.write(source, {"v": number + 1})
        await it.publish(*members)
        await it.upgrade()
    done.set()
    assert sum(await asyncio.gather(*reading)) > UPGRADES
