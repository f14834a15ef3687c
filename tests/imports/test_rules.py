"""What an import costs, what it refuses and where, and which entities and drafts it touches."""

import gzip
import json
from typing import Any

import pytest

from tests.support.client import As, Reply
from tests.support.factories.entities import entity
from tests.support.factories.integrations import integration, published, unlisted
from tests.support.world import World, running

pytestmark = pytest.mark.slow

PATH = "/api/entities/import-openapi"


def document(size: int = 1, title: str = "Shop", **extra: Any) -> dict[str, Any]:
    """A document of `size` operations, each answering with a schema of its own."""

    def answer(at: int) -> dict[str, Any]:
        schema = {"$ref": f"#/components/schemas/S{at}"}
        return {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}

    return {
        "openapi": "3.0.3",
        "info": {"title": title, "version": "1"},
        "paths": {f"/p{at}": {"get": {"operationId": f"get{at}", "responses": answer(at)}} for at in range(size)},
        "components": {"schemas": {f"S{at}": {"type": "object"} for at in range(size)}},
        **extra,
    }


async def sent(caller: As, body: Any, **parameters: str) -> Reply:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await caller("POST", PATH, params={"workspaceId": caller.workspace_id, **parameters}, content=content)


async def counted(world: World) -> tuple[int, ...]:
    statement = """select (select count(*) from entities), (select count(*) from entity_versions),
        (select count(*) from events), (select max(updated_at) from integrations)"""
    return await world.values(statement)


async def test_the_statements_do_not_grow_with_the_document(world: World):
    counts: list[list[int]] = []
    for size in (2, 200):
        alpha = await world.workspace(f"alpha-{size}")
        draft = await integration(alpha)
        newer = json.loads(json.dumps(document(size)).replace('"object"', '"array"'))
        steps = [
            await sent(alpha, found, integrationId=draft["id"])
            for found in (document(size), document(size), newer, document(1))
        ]
        assert [(step.status, step.json["operations"]["added"]) for step in steps] == [
            (200, size), (200, 0), (200, 0), (200, 0),
        ]  # fmt: skip
        assert steps[2].json["schemas"]["changed"] == size
        assert steps[3].json["operations"]["gone"] == steps[3].json["schemas"]["gone"] == size - 1
        counts.append([step.statements for step in steps])
    assert counts[0] == counts[1]
    # nothing new: read, and write nothing
    assert max(counts[0]) <= 18
    assert counts[0][1] <= 11


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", ("", "not-openapi")),
        (b"{", ("", "invalid-yaml")),
        (b'{"openapi": "3.0.3",', ("", "invalid-json")),
        (b"[]", ("", "not-openapi")),
        (b"\xff\xfea", ("", "not-utf-8")),
        (b"\x1f\x8b\x08nonsense", ("", "invalid-gzip")),
        ({"swagger": "2.0", "paths": {}}, ("/swagger", "swagger")),
        ({"asyncapi": "2.6.0"}, ("/asyncapi", "asyncapi")),
        (document(openapi="4.0.0"), ("/openapi", "unsupported-version")),
        (document(paths=[1]), ("/paths", "wrong-type")),
        (
            document(components={"schemas": {}}),
            ("/paths/~1p0/get/responses/200/content/application~1json/schema/$ref", "dangling-ref"),
        ),
        (
            document(components={"schemas": {"S0": {"$ref": "https://example.com/s"}}}),
            ("/components/schemas/S0/$ref", "foreign-ref"),
        ),
    ],
)
async def test_what_is_refused_is_refused_at_its_place_and_changes_nothing(
    body: Any, problem: tuple[str, str], world: World
):
    alpha = await world.workspace("alpha")
    draft = await integration(alpha)
    await sent(alpha, document(2), integrationId=draft["id"], source="shop")
    before = await counted(world)
    reply = await sent(alpha, body, integrationId=draft["id"], source="shop")
    assert (reply.status, reply.problems) == (400, {problem})
    assert await counted(world) == before


async def test_every_problem_of_a_document_is_told_at_once(world: World):
    alpha = await world.workspace("alpha")
    wrong = document(3, components={"schemas": {"S1": {"items": {"$ref": "other.yaml#/S"}}}})
    reply = await sent(alpha, wrong)
    assert len(reply.json["errors"]) == 3


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"source": "Not A Slug"}, ("source", "invalid-value")),
        ({"integrationId": "nonsense"}, ("integrationId", "unknown-integration")),
        ({"integrationId": "int_" + "0" * 26}, ("integrationId", "unknown-integration")),
        ({"dryRun": "true"}, ("dryRun", "unknown-parameter")),
    ],
)
async def test_a_wrong_parameter_is_named(parameters: dict[str, str], problem: tuple[str, str], world: World):
    alpha = await world.workspace("alpha")
    reply = await sent(alpha, document(), **parameters)
    assert (reply.status, reply.problems) == (400, {problem})
    missing = await alpha("POST", PATH, content=b"{}")
    assert missing.problems == {("workspaceId", "missing-parameter")}


async def test_a_draft_of_another_workspace_is_no_draft_of_this_one(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    drafts = {name: await integration(beta, name) for name in ("hidden", "shared", "known")}
    await published(beta, drafts["known"]["id"])
    await unlisted(beta, drafts["known"]["id"])
    await world.grant(drafts["shared"]["id"], alpha.workspace_id, "editor", beta.workspace_id)
    replies = [await sent(alpha, document(), integrationId=draft["id"]) for draft in drafts.values()]
    assert {reply.status for reply in replies} == {400}
    assert replies[0].json["errors"] == replies[1].json["errors"] == replies[2].json["errors"]
    assert await world.owner.fetchval("select count(*) from entities") == 0


async def test_a_deleted_draft_is_not_written(world: World):
    alpha = await world.workspace("alpha")
    draft = await integration(alpha)
    await alpha.delete(f"/api/integrations/{draft['id']}")
    reply = await sent(alpha, document(), integrationId=draft["id"])
    assert (reply.status, reply.code) == (409, "deleted")
    assert await world.owner.fetchval("select count(*) from entities") == 0


async def test_two_lines_of_documents_do_not_touch_each_other(world: World):
    alpha = await world.workspace("alpha")
    await entity(alpha, "function", "get0")
    first, second = await sent(alpha, document()), await sent(alpha, document(title="Shop ÄÖ"), source="other")
    assert (first.json["source"], second.json["source"]) == ("shop", "other")
    assert second.json["operations"]["added"] == second.json["schemas"]["added"] == 1
    rows = (await alpha.get("/api/entities")).json["data"]
    assert len({(row["kind"], row["slug"]) for row in rows}) == len(rows) == 5
    # without a source the title is the line
    again = await sent(alpha, document(title="Shop ÄÖ"))
    assert again.json["operations"]["added"] == 1


async def test_an_operation_that_is_gone_leaves_the_draft_and_stays_an_entity(world: World):
    alpha = await world.workspace("alpha")
    draft = await integration(alpha)
    await sent(alpha, document(2), integrationId=draft["id"])
    reply = await sent(alpha, document(1), integrationId=draft["id"])
    gone = {found["name"]: found["id"] for found in reply.json["gone"]}
    assert set(gone) == {"get1", "S1"}
    manifest = (await alpha.get(f"/api/integrations/{draft['id']}")).json["manifest"]
    assert [member["slug"] for member in manifest["members"]] == ["get0"]
    for entity_id in gone.values():
        assert (await alpha.get(f"/api/entities/{entity_id}")).json["deletedAt"] is None


async def test_a_manifest_of_more_members_than_allowed_is_refused(database_url: str, app_role: str):
    async with running(database_url, app_role, max_members=2) as world:
        alpha = await world.workspace("alpha")
        draft = await integration(alpha)
        reply = await sent(alpha, document(3), integrationId=draft["id"])
        assert (reply.status, reply.problems) == (400, {("/manifest/members", "too-many")})
        assert await world.owner.fetchval("select count(*) from entities") == 0
        assert (await sent(alpha, document(2), integrationId=draft["id"])).status == 200
        path = f"/api/integrations/{draft['id']}"
        manifest = (await alpha.get(path)).json["manifest"]
        assert (await alpha.patch(path, {"manifest": manifest})).status == 200
        more = {"members": [*manifest["members"], {**manifest["members"][0], "slug": "one-more"}]}
        reply = await alpha.patch(path, {"manifest": more})
        assert (reply.status, reply.problems) == (400, {("/manifest/members", "too-many")})


async def test_a_document_of_the_limit_is_read_and_one_byte_more_is_not(database_url: str, app_role: str):
    limit = 2_000
    async with running(database_url, app_role, max_document=limit) as world:
        alpha = await world.workspace("alpha")
        for packed in (bytes, gzip.compress):
            exact = json.dumps(document()).encode().ljust(limit)
            reply = await sent(alpha, packed(exact + b" "))
            assert (reply.status, reply.problems) == (400, {("", "document-too-large")})
            assert (await sent(alpha, packed(exact))).status == 200


async def test_a_definition_of_a_document_may_be_no_larger_than_is_set(database_url: str, app_role: str):
    async with running(database_url, app_role, max_definition=1024) as world:
        alpha = await world.workspace("alpha")
        large = document()
        large["paths"]["/p0"]["get"]["description"] = "x" * 1024
        reply = await sent(alpha, large)
        assert reply.status == 400
        assert {code for _, code in reply.problems} == {"definition-too-large"}
        assert (await sent(alpha, document())).status == 200


async def test_a_document_may_have_32_mib(world: World):
    alpha = await world.workspace("alpha")
    limit = 32 * 1024 * 1024
    padded = json.dumps(document()).encode()
    assert (await sent(alpha, padded + b" " * (limit - len(padded)))).status == 200
    assert (await sent(alpha, padded + b" " * (limit - len(padded) + 1))).status == 413
