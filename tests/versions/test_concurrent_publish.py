"""Versions published at the same time."""

import asyncio
import random

import pytest

from tests.support.factories.entities import entity
from tests.support.factories.integrations import integration, manifest_member, published
from tests.support.world import World, running

pytestmark = pytest.mark.slow


async def test_the_highest_of_versions_published_at_once_is_current(database_url: str, app_role: str):
    async with running(database_url, app_role, pool_size=16) as world:
        author = await world.workspace("author")
        draft = await integration(author)
        numbers = random.Random(1).sample(range(1, 41), 40)
        path = f"/api/integrations/{draft['id']}"
        replies = await asyncio.gather(*(author.post(path + "/publish", {"version": f"{n}.0.0"}) for n in numbers))
        assert {reply.status for reply in replies} == {201}
        assert (await author.get(path)).json["currentVersion"] == "40.0.0"


async def test_new_templates_are_written_in_one_order_so_that_no_two_publishes_wait_for_each_other(world: World):
    author = await world.workspace("author")
    made = [await entity(author, "function", f"f{at}", {"v": at}) for at in range(12)]
    draft = await integration(author, manifest={"members": [manifest_member(one) for one in made]})
    await published(author, draft["id"])
    written = await world.values("select array_agg(digest order by id) from templates")
    assert len(written[0]) == 12
    assert written[0] == sorted(written[0])
