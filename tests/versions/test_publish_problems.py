"""Publish refuses a draft with everything that is wrong with it at once, and writes nothing then."""

from typing import Any

import pytest

from tests.support.client import As, Reply
from tests.support.factories.entities import entity
from tests.support.factories.integrations import integration, manifest_member, published
from tests.support.world import World


async def _refused(author: As, version: str = "1.0.0", **documents: Any) -> Reply:
    draft = await integration(author, f"d{abs(hash(str(documents)))}", **documents)
    return await author.post(f"/api/integrations/{draft['id']}/publish", {"version": version})


async def test_all_problems_of_members_come_at_once(world: World):
    author, other = await world.workspace("author"), await world.workspace("other")
    plain, foreign = await entity(author, "function", "plain"), await entity(other, "function", "foreign")
    gone, loose = await entity(author, "function", "gone"), await entity(author, "function", "loose")
    await author.delete(f"/api/entities/{gone['id']}")
    naming = await entity(author, "function", "naming", {"steps": [{"call": loose["id"]}]})
    asking = await entity(author, "function", "asking", {"url": "${variables.base}/x", "text": "$${variables.no}"})
    reply = await _refused(
        author,
        "1.0",
        manifest={
            "members": [
                manifest_member(plain, dependsOn=["nobody"]),
                {**manifest_member(plain), "slug": "Bad Slug"},
                manifest_member(foreign),
                manifest_member(gone),
                {**manifest_member(naming), "dependsOn": ["asking"]},
                {**manifest_member(asking), "dependsOn": ["naming"]},
                {"slug": "kindless", "entityId": "fun_00000000000000000000000000", "kind": "nonsense"},
            ],
            "dependencies": [{"integration": "a/b", "range": "one"}],
        },
        variablesSchema={"type": "object", "properties": {"key": {"type": "string", "writeOnly": True}}},
        authConfig={"type": "oauth2", "authorizeUrl": "http://plain.example"},
    )
    assert reply.status == 400
    assert {
        ("/version", "invalid-version"),
        ("/manifest/members/0/dependsOn/0", "unknown-member"),
        ("/manifest/members/1/slug", "malformed-slug"),
        ("/manifest/members/2/entityId", "unknown-entity"),
        ("/manifest/members/3/entityId", "deleted-entity"),
        ("/manifest/members/4/entityId", "unresolved-reference"),
        ("/manifest/members/5/entityId", "undeclared-variable"),
        ("/manifest/members/6/kind", "unknown-kind"),
        ("/manifest/dependencies/0/range", "malformed-range"),
        ("/variablesSchema/properties/key", "secret-variable"),
    } <= {(place.removesuffix("/writeOnly"), code) for place, code in reply.problems}
    details = " ".join(problem["detail"] for problem in reply.json["errors"])
    assert "/steps/0/call" in details
    assert "naming → asking → naming" in details or "asking → naming → asking" in details
    assert any(place.startswith("/authConfig") for place, _ in reply.problems)
    assert await world.owner.fetchval("select count(*) from integration_versions") == 0
    assert await world.owner.fetchval("select count(*) from burnt_versions") == 0


async def test_a_wrong_kind_is_told_with_its_place(world: World):
    author = await world.workspace("author")
    plain = await entity(author, "function", "plain")
    reply = await _refused(author, manifest={"members": [{**manifest_member(plain), "kind": "agent"}]})
    assert reply.problems == {("/manifest/members/0/kind", "wrong-kind")}


async def test_a_schema_that_a_closure_names_may_not_be_deleted(world: World):
    author = await world.workspace("author")
    inner = await entity(author, "schema", "inner")
    outer = await entity(author, "schema", "outer", {"items": {"$ref": inner["id"]}})
    user = await entity(author, "function", "user", {"in": outer["id"]})
    await author.delete(f"/api/entities/{inner['id']}")
    reply = await _refused(author, manifest={"members": [manifest_member(user)]})
    assert {code for _, code in reply.problems} == {"unresolved-reference"}


@pytest.mark.parametrize(
    ("published_in_turn", "current"),
    [
        (["1.0.0", "1.1.0"], "1.1.0"),
        (["2.0.0", "1.9.9"], "2.0.0"),
        (["1.0.0-rc.1", "1.0.0-rc.2"], "1.0.0-rc.2"),
        (["1.0.0-rc.1", "0.9.0"], "0.9.0"),
        (["1.0.0", "2.0.0-beta"], "1.0.0"),
        (["1.9.0", "1.10.0"], "1.10.0"),
    ],
)
async def test_the_highest_release_is_current(published_in_turn: list[str], current: str, world: World):
    author = await world.workspace("author")
    draft = await integration(author)
    for version in published_in_turn:
        await published(author, draft["id"], version)
    assert (await author.get(f"/api/integrations/{draft['id']}")).json["currentVersion"] == current


async def test_a_version_keeps_what_it_was_published_with(world: World):
    author = await world.workspace("author")
    function = await entity(author, "function", "greet", {"n": 1.50, "big": 2**70})
    draft = await integration(author, manifest={"members": [manifest_member(function)], "x-note": 1})
    version = await published(author, draft["id"])
    await author.patch(f"/api/integrations/{draft['id']}", {"manifest": {}})
    read = (await author.get(f"/api/integration-versions/{version['id']}")).json
    assert read == version
    assert read["memberEntityVersions"] == {"greet": function["defaultVersionId"]}
    assert read["manifestSnapshot"]["x-note"] == 1
