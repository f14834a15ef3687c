"""Who may call what on entities, and what it costs."""

import pytest

from support.four import Four, hold
from support.world import entity, running

ONE = "/api/entities/<entity>"
DELETED = (("DELETE", ONE),)
NEW = {"workspaceId": "<workspace>", "kind": "function", "slug": "new", "name": "New", "definition": {"in": "<schema>"}}
CALLS = [
    Four("GET", ONE, "viewer", 1),
    Four("GET", ONE + "/versions", "viewer", 2),
    Four("POST", "/api/entities", "editor", 6, NEW, 201),
    Four("PATCH", ONE, "editor", 6, {"name": "Renamed"}),
    Four("PATCH", ONE, "editor", 7, {"definition": {"text": "new"}}),
    Four("DELETE", ONE, "editor", 5),
    Four("POST", ONE + "/restore", "editor", 6, before=DELETED),
    Four("DELETE", ONE + "/purge", "admin", 6, before=DELETED),
]


@pytest.mark.parametrize("call", CALLS, ids=str)
async def test_the_four(call: Four, database_url: str, app_role: str):
    async with running(database_url, app_role) as world:
        alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
        made, schema = await entity(alpha, "function", "own"), await entity(alpha, "schema", "shape")
        scene = {"entity": made["id"], "workspace": alpha.workspace_id, "schema": schema["id"]}
        await hold(world, call, scene, alpha, beta)
