"""Versions published at the same time."""

import asyncio
import random

from support.world import integration, running


async def test_the_highest_of_versions_published_at_once_is_current(database_url: str, app_role: str):
    async with running(database_url, app_role, pool_size=16) as world:
        author = await world.workspace("author")
        draft = await integration(author)
        numbers = random.Random(1).sample(range(1, 41), 40)
        path = f"/api/integrations/{draft['id']}"
        replies = await asyncio.gather(*(author.post(path + "/publish", {"version": f"{n}.0.0"}) for n in numbers))
        assert {reply.status for reply in replies} == {201}
        assert (await author.get(path)).json["currentVersion"] == "40.0.0"
