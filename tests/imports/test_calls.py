"""Importing OpenAPI documents over HTTP: what is stored, and what is refused."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.client import As, Reply
from tests.support.factories.entities import entity
from tests.support.factories.integrations import integration, manifest_member, published
from tests.support.world import World, running

pytestmark = pytest.mark.slow

HELPDESK = Path(__file__).parents[2] / "examples" / "helpdesk"
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Shop", "version": "1"},
    "paths": {
        "/orders": {"get": {"operationId": "listOrders", "responses": {"200": {"description": "ok"}}}},
        "/orders/{id}": {
            "get": {
                "operationId": "getOrder",
                "responses": {
                    "200": {
                        "description": "ok",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
                    }
                },
            }
        },
    },
    "components": {"schemas": {"Order": {"type": "object", "example": {"total": 10.50, "big": 2**60}}}},
}


async def _import(caller: As, document: Any, **parameters: str) -> Reply:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return await caller(
        "POST",
        "/api/entities/import-openapi",
        params={"workspaceId": caller.workspace_id, **parameters},
        content=content,
    )


async def _rows(world: World) -> tuple[int, ...]:
    return await world.values(
        """select (select count(*) from entities), (select count(*) from entity_versions),
             (select count(*) from events), (select count(*) from templates)"""
    )


async def test_operations_and_schemas_become_entities_that_name_each_other(world: World):
    alpha = await world.workspace("alpha")
    reply = await _import(alpha, DOCUMENT)
    assert reply.status == 200, reply.json
    assert (reply.json["operations"]["added"], reply.json["schemas"]["added"]) == (2, 1)
    found = {row["name"]: row for row in (await alpha.get("/api/entities")).json["data"]}
    assert set(found) == {"listOrders", "getOrder", "Order"}
    assert found["getOrder"]["definition"]["outputSchemaId"] == found["Order"]["id"]
    assert found["getOrder"]["definition"]["path"] == "/orders/{id}"


async def test_the_same_document_again_writes_nothing(world: World):
    alpha = await world.workspace("alpha")
    draft = await integration(alpha)
    await _import(alpha, DOCUMENT, integrationId=draft["id"])
    before = await _rows(world)
    reordered = dict(reversed(DOCUMENT.items()))
    again = await _import(alpha, reordered, integrationId=draft["id"])
    assert (again.json["operations"]["unchanged"], again.json["schemas"]["unchanged"]) == (2, 1)
    assert await _rows(world) == before


async def test_a_newer_document_updates_the_same_entities(world: World):
    alpha = await world.workspace("alpha")
    await _import(alpha, DOCUMENT)
    before = {row["name"]: row["id"] for row in (await alpha.get("/api/entities")).json["data"]}
    newer = json.loads(json.dumps(DOCUMENT))
    newer["paths"]["/v2/orders/{order}"] = newer["paths"].pop("/orders/{id}")
    newer["components"]["schemas"]["Order"]["description"] = "An order."
    del newer["paths"]["/orders"]
    reply = await _import(alpha, newer)
    assert reply.json["operations"] == {"added": 0, "changed": 1, "revived": 0, "unchanged": 0, "gone": 1}
    assert [gone["name"] for gone in reply.json["gone"]] == ["listOrders"]
    after = {row["name"]: row for row in (await alpha.get("/api/entities")).json["data"]}
    assert {name: row["id"] for name, row in after.items()} == before
    assert after["getOrder"]["definition"]["path"] == "/v2/orders/{order}"
    assert after["Order"]["description"] == "An order."


async def test_a_deleted_entity_comes_back_with_its_document(world: World):
    alpha = await world.workspace("alpha")
    await _import(alpha, DOCUMENT)
    order = next(row for row in (await alpha.get("/api/entities")).json["data"] if row["name"] == "Order")
    await alpha.delete(f"/api/entities/{order['id']}")
    reply = await _import(alpha, DOCUMENT)
    assert reply.json["schemas"]["revived"] == 1
    assert (await alpha.get(f"/api/entities/{order['id']}")).json["deletedAt"] is None


async def test_the_members_of_a_draft_follow_and_keep_what_their_author_set(world: World):
    alpha = await world.workspace("alpha")
    own = await entity(alpha, "agent", "own")
    draft = await integration(alpha, manifest={"members": [manifest_member(own)], "x-note": "kept"})
    await _import(alpha, DOCUMENT, integrationId=draft["id"])
    path = f"/api/integrations/{draft['id']}"
    manifest = (await alpha.get(path)).json["manifest"]
    assert [member["kind"] for member in manifest["members"]] == ["agent", "function", "function"]
    manifest["members"][1]["required"] = True
    await alpha.patch(path, {"manifest": manifest})
    newer = json.loads(json.dumps(DOCUMENT))
    newer["paths"]["/orders/{id}"]["delete"] = {"operationId": "x", "responses": {"204": {"description": "gone"}}}
    await _import(alpha, newer, integrationId=draft["id"])
    after = (await alpha.get(path)).json["manifest"]
    assert after["members"][:3] == manifest["members"]
    assert (len(after["members"]), after["x-note"]) == (4, "kept")
    await published(alpha, draft["id"])


@pytest.mark.parametrize("packed", [False, True])
async def test_yaml_is_read_plain_and_gzipped(packed: bool, world: World):
    alpha = await world.workspace("alpha")
    data = (HELPDESK / "v1.yaml").read_bytes()
    reply = await _import(alpha, gzip.compress(data) if packed else data)
    assert reply.status == 200, reply.json
    assert reply.json["schemas"]["added"] == 20


@pytest.mark.parametrize(
    "document",
    [
        {"swagger": "2.0", "info": {"title": "Old", "version": "1"}, "paths": {}},
        {"asyncapi": "2.6.0", "info": {"title": "Async", "version": "1"}, "channels": {}},
        {"hello": "world"},
        [],
        b"\x00\x01\x02",
        b"",
        {**DOCUMENT, "components": {"schemas": {"Order": {"$ref": "https://example.com/schema"}}}},
        {**DOCUMENT, "components": {"schemas": {}}},
    ],
)
async def test_what_is_refused_names_its_place_and_stores_nothing(document: Any, world: World):
    alpha = await world.workspace("alpha")
    reply = await _import(alpha, document)
    assert reply.status == 400
    assert reply.json["errors"]
    assert (await _rows(world))[:2] == (0, 0)


async def test_a_document_over_the_limit_is_refused(database_url: str, app_role: str):
    async with running(database_url, app_role, max_body_imports=1000) as world:
        alpha = await world.workspace("alpha")
        assert (await _import(alpha, b" " * 1001)).status == 413


async def test_the_four_of_every_call(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    viewer = await world.key(alpha.workspace_id, "viewer")
    foreign = await integration(beta)
    assert (await _import(As(world, None, alpha.workspace_id), DOCUMENT)).status == 401
    assert (await _import(As(world, beta.token, alpha.workspace_id), DOCUMENT)).status == 404
    assert (await _import(viewer, DOCUMENT)).status == 403
    refused = await _import(alpha, DOCUMENT, integrationId=foreign["id"])
    assert (refused.status, refused.problems) == (400, {("integrationId", "unknown-integration")})
