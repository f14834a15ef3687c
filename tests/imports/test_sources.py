"""Which line of documents an import continues, what it overwrites, and how members of a draft come and go."""

import json
from typing import Any

import pytest

from tests.imports.test_rules import counted, document, sent
from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.integrations import integration, manifest_member, published
from tests.support.world import World, running

pytestmark = pytest.mark.slow


def operations(*names: str, title: str = "Shop", **more: Any) -> dict[str, Any]:
    """A document of these operations, each of them with `more` in it, and a schema that every document has."""
    node = {"responses": {"200": {"description": "ok"}}, **more}
    paths = {f"/{name}": {"get": {"operationId": name, **node}} for name in names}
    error = {"Error": {"type": "object", "title": title}}
    return {"openapi": "3.1.0", "info": {"title": title}, "paths": paths, "components": {"schemas": error}}


async def members(caller: As, draft: dict[str, Any]) -> list[dict[str, Any]]:
    return (await caller.get(f"/api/integrations/{draft['id']}")).json["manifest"]["members"]


async def test_a_title_that_stands_for_other_operations_asks_for_a_name(world: World):
    alpha = await world.workspace("alpha")
    await sent(alpha, operations("books", "loans"))
    before = await counted(world)
    refused = await sent(alpha, operations("cars", "parts"))
    assert (refused.status, refused.code, refused.json["source"]) == (409, "source-in-use", "shop")
    assert await counted(world) == before
    named = await sent(alpha, operations("cars", "parts"), source="garage")
    assert (named.json["operations"]["added"], named.json["gone"]) == (2, [])
    # who says the name means it
    replaced = await sent(alpha, operations("cars"), source="shop")
    assert (replaced.status, replaced.json["operations"]["gone"]) == (200, 2)


async def test_one_operation_in_common_makes_it_the_same_line(world: World):
    alpha = await world.workspace("alpha")
    await sent(alpha, operations("books", "loans"))
    newer = await sent(alpha, operations("loans", "cars"))
    assert (newer.status, newer.json["operations"]["added"], newer.json["operations"]["gone"]) == (200, 1, 1)


@pytest.mark.parametrize("deleted", [False, True])
async def test_a_title_that_stands_for_no_operation_is_free(deleted: bool, world: World):
    alpha = await world.workspace("alpha")
    await sent(alpha, operations(*(["a"] if deleted else [])))
    for row in (await alpha.get("/api/entities", kind="function")).json["data"]:
        await alpha.delete(f"/api/entities/{row['id']}")
    assert (await sent(alpha, operations("b"))).json["operations"]["added"] == 1


async def test_a_draft_has_the_source_of_its_members_whatever_the_title(world: World):
    alpha = await world.workspace("alpha")
    draft, other = await integration(alpha), await integration(alpha, "other")
    await sent(alpha, operations("a"), integrationId=draft["id"], source="backend")
    renamed = await sent(alpha, operations("a", "b", title="Renamed"), integrationId=draft["id"])
    assert (renamed.json["source"], renamed.json["operations"]["added"]) == ("backend", 1)
    # into another draft the title counts
    assert (await sent(alpha, operations("a", title="Renamed"), integrationId=other["id"])).json["source"] == "renamed"
    # a document that has none of the draft's operations would empty it
    foreign = await sent(alpha, operations("x", title="Renamed"), integrationId=draft["id"])
    assert (foreign.status, foreign.code, foreign.json["source"]) == (409, "source-in-use", "backend")


async def test_a_draft_of_two_lines_goes_by_the_title(world: World):
    alpha = await world.workspace("alpha")
    draft = await integration(alpha)
    for name in ("one", "two"):
        await sent(alpha, operations(f"op-{name}", title=name), integrationId=draft["id"], source=name)
    again = await sent(alpha, operations("op-two", title="Two"), integrationId=draft["id"])
    assert (again.json["source"], again.json["operations"]["unchanged"]) == ("two", 1)
    assert len(await members(alpha, draft)) == 2


async def test_a_member_that_was_gone_comes_back_as_its_author_wanted_it(world: World):
    alpha = await world.workspace("alpha")
    draft = await integration(alpha)
    await sent(alpha, operations("a", "b"), integrationId=draft["id"])
    wanted = [{**member, "slug": f"my-{member['slug']}", "required": True} for member in await members(alpha, draft)]
    await alpha.patch(f"/api/integrations/{draft['id']}", {"manifest": {"members": wanted}})
    await sent(alpha, operations("b"), integrationId=draft["id"])
    assert await members(alpha, draft) == wanted[1:]
    # also when it was gone for longer
    await sent(alpha, operations("b", "c"), integrationId=draft["id"])
    await sent(alpha, operations("b", "a"), integrationId=draft["id"])
    assert {member["slug"]: member for member in await members(alpha, draft)} == {
        found["slug"]: found for found in wanted
    }
    await published(alpha, draft["id"])


async def test_a_slug_that_is_taken_by_now_gets_a_number(world: World):
    alpha = await world.workspace("alpha")
    agent = await entity(alpha, "agent", "an-agent")
    draft = await integration(alpha, manifest={"members": [{**manifest_member(agent), "slug": "a"}]})
    await sent(alpha, operations("a", "b"), integrationId=draft["id"])
    assert [(found["slug"], found["kind"]) for found in await members(alpha, draft)] == [
        ("a", "agent"), ("a-2", "function"), ("b", "function"),
    ]  # fmt: skip
    await sent(alpha, operations("a"), integrationId=draft["id"])
    kept = await members(alpha, draft)
    await alpha.patch(
        f"/api/integrations/{draft['id']}", {"manifest": {"members": [{**kept[0], "slug": "b"}, kept[1]]}}
    )
    await sent(alpha, operations("a", "b"), integrationId=draft["id"])
    assert [found["slug"] for found in await members(alpha, draft)] == ["b", "a-2", "b-2"]
    await published(alpha, draft["id"])


async def test_an_edit_by_hand_that_is_overwritten_is_named(world: World):
    alpha = await world.workspace("alpha")
    await sent(alpha, operations("a", "b", "c"))
    rows = {row["name"]: row for row in (await alpha.get("/api/entities")).json["data"]}
    await alpha.patch(
        f"/api/entities/{rows['a']['id']}", {"definition": {**rows["a"]["definition"], "summary": "mine"}}
    )
    await alpha.patch(f"/api/entities/{rows['b']['id']}", {"name": "Mine"})
    again = await sent(alpha, operations("a", "b", "c"))
    assert {found["id"] for found in again.json["overwritten"]} == {rows["a"]["id"], rows["b"]["id"]}
    assert again.json["operations"] == {"added": 0, "changed": 2, "revived": 0, "unchanged": 1, "gone": 0}
    # what the document changed is no edit by hand
    newer = await sent(alpha, operations("a", "b", "c", summary="newer"))
    assert (newer.json["operations"]["changed"], newer.json["overwritten"]) == (3, [])


async def test_an_edit_of_a_deleted_entity_that_comes_back_is_named(world: World):
    alpha = await world.workspace("alpha")
    await sent(alpha, operations("a"))
    (row,) = (await alpha.get("/api/entities", kind="function")).json["data"]
    await alpha.patch(f"/api/entities/{row['id']}", {"definition": {"mine": True}})
    await alpha.delete(f"/api/entities/{row['id']}")
    again = await sent(alpha, operations("a"))
    assert (again.json["operations"]["revived"], again.json["overwritten"][0]["id"]) == (1, row["id"])


TEXT = "Write $${VAR}, ${variables.name}, ${{ secrets.X }} and agt_01jz3k5v9q8w7x6r5t4s3d2f1g"


@pytest.mark.parametrize("asked", [False, True])
async def test_a_document_is_literal_unless_placeholders_are_asked_for(asked: bool, world: World):
    alpha, user = await world.workspace("alpha"), await world.workspace("user")
    variables = {"type": "object", "properties": {"name": {"type": "string"}}}
    draft = await integration(alpha, variablesSchema=variables)
    text = TEXT.replace("${{ secrets.X }}", "") if asked else TEXT
    node: dict[str, Any] = {"description": text, "x-data": text, "tags": [text, "agt_01jz3k5v9q8w7x6r5t4s3d2f1g"]}
    asking = {"placeholders": "variables"} if asked else {}
    assert (await sent(alpha, operations("a", **node), integrationId=draft["id"], **asking)).json["warnings"] == []
    await published(alpha, draft["id"])
    await world.grant(draft["id"], user.workspace_id, "viewer", alpha.workspace_id)
    body = {"workspaceId": user.workspace_id, "variables": {"name": "filled"}}
    install = await user.post(f"/api/integrations/{draft['id']}/install", body)
    found = await user.get(f"/api/integration-installs/{install.json['id']}/members")
    (clone,) = [member["entityId"] for member in found.json["members"] if member["sourceMemberSlug"] == "a"]
    made = (await user.get(f"/api/entities/{clone}")).json["definition"]
    filled = text.replace("$${", "${").replace("${variables.name}", "filled") if asked else text
    assert {name: made[name] for name in node} == {**node, "description": filled, "tags": [filled, node["tags"][1]]}


async def test_the_reply_tells_what_was_taken_and_what_was_left_out(world: World):
    alpha = await world.workspace("alpha")
    odd = {**operations("a"), "servers": None, "webhooks": {"w": {}}}
    reply = await sent(alpha, odd)
    told = {(warning["pointer"], warning["code"]) for warning in reply.json["warnings"]}
    assert (told, reply.json["warningsLeftOut"]) == ({("/servers", "null"), ("/webhooks", "left-out")}, 0)
    assert all(warning["detail"] for warning in reply.json["warnings"])
    assert (await sent(alpha, document(title="Valid"))).json["warnings"] == []


async def test_a_document_of_more_entities_than_allowed_is_refused(database_url: str, app_role: str):
    async with running(database_url, app_role, max_import_entities=4) as world:
        alpha = await world.workspace("alpha")
        reply = await sent(alpha, document(3))
        assert (reply.status, reply.problems) == (400, {("", "too-many-entities")})
        assert "6 operations and schemas; an import may make 4" in json.dumps(reply.json)
        assert (await sent(alpha, document(2))).status == 200
