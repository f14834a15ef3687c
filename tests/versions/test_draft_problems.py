"""An author reads all that publish would refuse, with its place, and nothing is written."""

from typing import Any

from tests.support.client import As, Reply
from tests.support.factories.entities import entity
from tests.support.factories.integrations import integration, manifest_member, published, unlisted
from tests.support.world import World


async def _problems(author: As, draft: dict[str, Any], **query: str) -> list[dict[str, Any]]:
    reply = await author.get(f"/api/integrations/{draft['id']}/problems", **query)
    assert reply.status == 200, reply.json
    assert reply.json["problemsLeftOut"] == 0
    return reply.json["problems"]


async def _publish(author: As, draft: dict[str, Any], version: str = "1.0.0") -> Reply:
    return await author.post(f"/api/integrations/{draft['id']}/publish", {"version": version})


async def test_they_are_those_of_publish_and_nothing_is_written(world: World):
    author = await world.workspace("author")
    plain, gone = await entity(author, "function", "plain"), await entity(author, "function", "gone")
    await author.delete(f"/api/entities/{gone['id']}")
    asking = await entity(author, "function", "asking", {"url": "${variables.base}/x"})
    members = [manifest_member(plain, dependsOn=["nobody"]), manifest_member(gone), manifest_member(asking)]
    draft = await integration(
        author,
        manifest={"members": members, "dependencies": [{"integration": "a/b", "range": "one"}]},
        variablesSchema={"type": "object", "properties": {"key": {"type": "string", "writeOnly": True}}},
        authConfig={"type": "oauth2"},
    )
    before = await world.values("select count(*), max(updated_at) from integrations")
    told = await _problems(author, draft)
    assert len(told) > 5
    assert told == (await _publish(author, draft)).json["errors"]
    assert await world.values("select count(*), max(updated_at) from integrations") == before
    assert await world.values("select count(*) from integration_versions") == (0,)


async def test_a_draft_without_problems_has_none_and_can_be_published(world: World):
    author = await world.workspace("author")
    draft = await integration(author, manifest={"members": [manifest_member(await entity(author, "function", "a"))]})
    assert await _problems(author, draft) == []
    await published(author, draft["id"])


async def test_what_is_wrong_in_a_definition_says_where_it_is(world: World):
    author = await world.workspace("author")
    loose = await entity(author, "function", "loose")
    definition = {
        "a": {"b": ["x", "${variables.one} and ${variables.two}"], "again": "${variables.one}"},
        "example": "${variables.none}",
        "calls": [loose["id"]],
        "slip": "${variables.}",
    }
    draft = await integration(
        author,
        manifest={"members": [manifest_member(await entity(author, "function", "asking", definition))]},
        variablesSchema={"type": "object", "properties": {}},
    )
    told = await _problems(author, draft)
    assert all(problem["pointer"] == "/manifest/members/0/entityId" for problem in told)
    assert {(one["code"], one["member"], one["definitionPointer"], one.get("variable")) for one in told} == {
        ("undeclared-variable", "asking", "/a/b/1", "one"),
        ("undeclared-variable", "asking", "/a/b/1", "two"),
        ("unresolved-reference", "asking", "/calls/0", None),
        ("malformed-placeholder", "asking", "/slip", None),
    }


async def test_a_schema_of_the_closure_is_named(world: World):
    author = await world.workspace("author")
    inner = await entity(author, "schema", "inner", {"title": "${variables.none}"})
    user = await entity(author, "function", "user", {"in": inner["id"]})
    draft = await integration(author, manifest={"members": [manifest_member(user)]})
    [told] = await _problems(author, draft)
    assert (told["pointer"], told["member"]) == ("/manifest/members", "schema:inner")
    assert (told["definitionPointer"], told["variable"]) == ("/title", "none")


async def test_problems_of_the_documents_name_no_member(world: World):
    author = await world.workspace("author")
    draft = await integration(author, authConfig={"type": "oauth2"})
    assert [{*problem} for problem in await _problems(author, draft)] == [{"pointer", "code", "detail"}] * 2


async def test_a_version_is_looked_at_where_one_is_named(world: World):
    author = await world.workspace("author")
    draft = await integration(author)
    assert [one["code"] for one in await _problems(author, draft, version="1.0")] == ["invalid-version"]
    assert await _problems(author, draft, version="1.0.0") == []
    await published(author, draft["id"])
    [told] = await _problems(author, draft, version="1.0.0+build")
    assert (told["pointer"], told["code"]) == ("version", "version-exists")
    assert await _problems(author, draft, version="1.0.1") == []


async def test_of_a_draft_that_is_too_large_it_says_so(world: World, monkeypatch: Any):
    author = await world.workspace("author")
    draft = await integration(author, manifest={"members": [manifest_member(await entity(author, "function", "a"))]})
    monkeypatch.setattr("graft.versions.draft.MAX_ENTITIES", 0)
    assert [one["code"] for one in await _problems(author, draft)] == ["draft-too-large"]


async def test_only_editors_read_them_and_not_of_a_deleted_draft(world: World):
    author, other = await world.workspace("author"), await world.workspace("other")
    draft = await integration(author)
    path = f"/api/integrations/{draft['id']}/problems"
    assert (await other.get(path)).status == 404
    await published(author, draft["id"])
    await unlisted(author, draft["id"])
    assert (await other.get(path)).status == 403
    await author.delete(f"/api/integrations/{draft['id']}")
    assert ((await author.get(path)).status, (await author.get(path)).code) == (409, "deleted")
