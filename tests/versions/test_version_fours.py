"""Who may call what on versions, and what it costs."""

import pytest

from support.four import Four, hold
from support.world import entity, integration, manifest_member, published, running

CALLS = [
    Four("POST", "/api/integrations/<integration>/publish", "editor", 15, {"version": "2.0.0"}, 201),
    Four("GET", "/api/integration-versions/<version>", "viewer", 1),
    Four("GET", "/api/integrations/<integration>/members", "viewer", 3),
    Four("GET", "/api/integrations/<integration>/members?integrationVersionId=<version>", "viewer", 2),
    Four("GET", "/api/integrations/<integration>/members?draft=true", "editor", 5),
]


@pytest.mark.parametrize("call", CALLS, ids=str)
async def test_the_four(call: Four, database_url: str, app_role: str):
    async with running(database_url, app_role) as world:
        alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
        schema = await entity(alpha, "schema", "shape")
        function = await entity(alpha, "function", "greet", {"in": schema["id"]})
        draft = await integration(alpha, manifest={"members": [manifest_member(function)]})
        scene = {"integration": draft["id"], "version": (await published(alpha, draft["id"]))["id"]}
        await alpha.patch(f"/api/entities/{function['id']}", {"definition": {"in": schema["id"], "text": "new"}})
        await hold(world, call, scene, alpha, beta)
