"""How two versions differ, by member and by field, over HTTP."""

from typing import Any

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.integrations import integration, manifest_member, published, unlisted
from tests.support.world import World


async def _diff(caller: As, old: dict[str, Any], new: dict[str, Any], **query: Any) -> dict[str, Any]:
    reply = await caller.get(f"/api/integration-versions/{new['id']}/diff", **{"from": old["id"]}, **query)
    assert reply.status == 200, reply.json
    return reply.json


async def _draft(author: As, entities: list[dict[str, Any]], **documents: Any) -> dict[str, Any]:
    return await integration(author, manifest={"members": [manifest_member(one) for one in entities]}, **documents)


async def test_members_are_added_removed_and_changed_field_by_field(world: World):
    author = await world.workspace("author")
    call = {
        "method": "GET",
        "path": "/orders",
        "parameters": [{"in": "query", "name": "limit"}, {"in": "query", "name": "after"}],
        "tags": ["a", "b"],
    }
    changed, same = await entity(author, "function", "changed", call), await entity(author, "function", "same")
    gone, new = await entity(author, "function", "gone"), await entity(author, "function", "new")
    draft = await _draft(author, [changed, same, gone])
    one = await published(author, draft["id"], "1.0.0")
    later = call | {
        "path": "/v2/orders",
        "parameters": [{"in": "query", "name": "after"}, {"in": "query", "name": "limit", "required": True}],
        "tags": ["b", "c"],
        "text": "${variables.region}",
    }
    await author.patch(f"/api/entities/{changed['id']}", {"definition": later, "name": "Other"})
    flags = [manifest_member(changed, required=True, dependsOn=["same"]), manifest_member(same), manifest_member(new)]
    await author.patch(
        f"/api/integrations/{draft['id']}",
        {"manifest": {"members": flags}, "variablesSchema": {"type": "object", "properties": {"region": {}}}},
    )
    two = await published(author, draft["id"], "2.0.0")

    found = await _diff(author, one, two)
    assert (found["from"]["version"], found["to"]["version"]) == ("1.0.0", "2.0.0")
    assert (found["total"], found["hasNextPage"], found["endCursor"]) == (3, False, None)
    assert [(member["slug"], member["change"]) for member in found["members"]] == [
        ("changed", "changed"), ("gone", "removed"), ("new", "added"),
    ]  # fmt: skip
    assert found["members"][0]["fields"] == [
        {"pointer": "/dependsOn", "before": [], "after": ["same"]},
        {"pointer": "/name", "before": "changed", "after": "Other"},
        {"pointer": "/required", "before": False, "after": True},
        {"pointer": "/definition/parameters/query/limit/required", "after": True},
        {"pointer": "/definition/path", "before": "/orders", "after": "/v2/orders"},
        {"pointer": "/definition/tags", "before": ["a", "b"], "after": ["b", "c"]},
        {"pointer": "/definition/text", "after": "${variables.region}"},
    ]
    assert [field["pointer"] for field in found["documents"]] == [
        "/variablesSchema/properties",
        "/variablesSchema/type",
    ]
    backwards = await _diff(author, two, one)
    assert [(member["slug"], member["change"]) for member in backwards["members"]] == [
        ("changed", "changed"), ("gone", "added"), ("new", "removed"),
    ]  # fmt: skip
    same_version = await _diff(author, two, two)
    assert (same_version["members"], same_version["documents"], same_version["total"]) == ([], [], 0)


async def test_a_member_whose_slug_changed_is_the_same_member(world: World):
    author = await world.workspace("author")
    made = await entity(author, "function", "old")
    draft = await _draft(author, [made])
    one = await published(author, draft["id"], "1.0.0")
    members = [{**manifest_member(made), "slug": "renamed"}]
    await author.patch(f"/api/integrations/{draft['id']}", {"manifest": {"members": members}})
    [member] = (await _diff(author, one, await published(author, draft["id"], "2.0.0")))["members"]
    assert (member["slug"], member["slugBefore"], member["change"]) == ("renamed", "old", "changed")
    assert member["fields"] == [{"pointer": "/slug", "before": "old", "after": "renamed"}]


async def test_another_kind_under_one_slug_is_another_member(world: World):
    author = await world.workspace("author")
    function, agent = await entity(author, "function", "a"), await entity(author, "agent", "a")
    draft = await _draft(author, [function])
    one = await published(author, draft["id"], "1.0.0")
    await author.patch(f"/api/integrations/{draft['id']}", {"manifest": {"members": [manifest_member(agent)]}})
    found = await _diff(author, one, await published(author, draft["id"], "2.0.0"), limit=1)
    assert [(member["kind"], member["change"]) for member in found["members"]] == [
        ("agent", "added"),
        ("function", "removed"),
    ]
    assert (found["total"], found["hasNextPage"]) == (2, False)


async def test_dependencies_permissions_and_credentials_are_told_on_the_first_page(world: World):
    author = await world.workspace("author")
    draft = await integration(
        author,
        manifest={"dependencies": [{"integration": "a/b", "range": "^1.0.0"}], "permissions": ["read"]},
        authConfig={"type": "api_key"},
    )
    one = await published(author, draft["id"], "1.0.0")
    later = {
        "dependencies": [{"integration": "c/d", "range": "^1.0.0"}, {"integration": "a/b", "range": "^2.0.0"}],
        "permissions": ["write", "read"],
    }
    await author.patch(f"/api/integrations/{draft['id']}", {"manifest": later, "authConfig": {"type": "none"}})
    two = await published(author, draft["id"], "2.0.0")
    assert (await _diff(author, one, two))["documents"] == [
        {"pointer": "/authConfig/type", "before": "api_key", "after": "none"},
        {"pointer": "/manifest/dependencies/a~1b/range", "before": "^1.0.0", "after": "^2.0.0"},
        {"pointer": "/manifest/dependencies/c~1d", "after": {"integration": "c/d", "range": "^1.0.0"}},
        {"pointer": "/manifest/permissions", "before": ["read"], "after": ["write", "read"]},
    ]
    assert (await _diff(author, one, two, after="a"))["documents"] == []


async def test_pages_end_by_number_and_by_bytes_and_lose_nothing(world: World, monkeypatch: Any):
    author = await world.workspace("author")
    made = [await entity(author, "function", f"f{at}", {"text": "x" * 1_000}) for at in range(7)]
    draft = await _draft(author, made)
    one = await published(author, draft["id"], "1.0.0")
    for each in made:
        await author.patch(f"/api/entities/{each['id']}", {"definition": {"text": "y" * 1_000}})
    two = await published(author, draft["id"], "2.0.0")

    async def walk(**query: Any) -> list[list[str]]:
        pages: list[list[str]] = []
        while True:
            found = await _diff(author, one, two, **query)
            pages.append([member["slug"] for member in found["members"]])
            assert found["total"] == 7
            if not found["hasNextPage"]:
                return pages
            query["after"] = found["endCursor"]

    assert await walk() == [[f"f{at}" for at in range(7)]]
    assert [len(page) for page in await walk(limit=3)] == [3, 3, 1]
    monkeypatch.setattr("graft.versions.diff._MOST_BYTES", 5_000)
    assert [len(page) for page in await walk()] == [2, 2, 2, 1]
    monkeypatch.setattr("graft.versions.diff._MOST_BYTES", 1)
    assert sum(map(len, await walk())) == 7


async def test_only_versions_of_the_same_integration_that_the_caller_sees(world: World):
    author, other = await world.workspace("author"), await world.workspace("other")
    draft, second = await integration(author, "one"), await integration(author, "two")
    one, foreign = await published(author, draft["id"]), await published(author, second["id"])
    path = f"/api/integration-versions/{one['id']}/diff"
    assert (await other.get(path, **{"from": one["id"]})).status == 404
    await unlisted(author, draft["id"])
    assert (await other.get(path, **{"from": one["id"]})).status == 200
    for unknown in (foreign["id"], "intver_" + "0" * 26, "nonsense"):
        reply = await author.get(path, **{"from": unknown})
        assert (reply.status, reply.problems) == (400, {("from", "unknown-version")})
    assert (await author.get(path)).problems == {("from", "missing-parameter")}
    assert (
        await (await world.key(author.workspace_id, kind="publishable")).get(path, **{"from": one["id"]})
    ).status == 403
