"""A filter reaches the versions of integrations by whether they are yanked."""

import json

from tests.support.factories.integrations import integration, published
from tests.support.world import World


async def test_integrations_are_found_by_their_yanked_versions(world: World):
    author = await world.workspace("author")
    one, two = await integration(author, "one"), await integration(author, "two")
    version = await published(author, one["id"])
    await published(author, two["id"])
    assert (await author.post(f"/api/integration-versions/{version['id']}/yank", {"reason": "bad"})).status == 200
    for yanked, found in ((True, one), (False, two)):
        asked = json.dumps({"versions": {"some": {"yanked": yanked}}})
        reply = await author.get("/api/integrations", filter=asked)
        assert [row["id"] for row in reply.json["data"]] == [found["id"]]
