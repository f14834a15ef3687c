"""The smallest honest version of a draft, asked over HTTP."""

from typing import Any

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.integrations import integration, manifest_member, published, unlisted
from tests.support.world import World


async def _next(author: As, draft: dict[str, Any]) -> dict[str, Any]:
    reply = await author.get(f"/api/integrations/{draft['id']}/next-version")
    assert reply.status == 200, reply.json
    return reply.json


async def test_it_follows_what_the_author_changes(world: World):
    author = await world.workspace("author")
    one, two = await entity(author, "function", "one"), await entity(author, "function", "two")
    draft = await integration(author, manifest={"members": [manifest_member(one)]})
    path = f"/api/integrations/{draft['id']}"
    assert await _next(author, draft) == {
        "currentVersion": None, "version": "1.0.0", "level": None, "reasons": [], "reasonsLeftOut": 0,
    }  # fmt: skip

    await published(author, draft["id"], "1.2.0")
    same = await _next(author, draft)
    assert (same["currentVersion"], same["version"], same["level"], same["reasons"]) == ("1.2.0", "1.2.1", None, [])

    await author.patch(f"/api/entities/{one['id']}", {"definition": {"text": "new"}})
    found = await _next(author, draft)
    assert (found["version"], found["level"]) == ("1.2.1", "patch")
    assert [reason["change"] for reason in found["reasons"]] == ["text-changed"]

    await author.patch(path, {"manifest": {"members": [manifest_member(one), manifest_member(two)]}})
    found = await _next(author, draft)
    assert (found["version"], found["level"]) == ("1.3.0", "minor")
    assert [(reason["level"], reason["about"]) for reason in found["reasons"]] == [("minor", "two"), ("patch", "one")]

    needed = {"type": "object", "properties": {"key": {"type": "string"}}, "required": ["key"]}
    await author.patch(path, {"variablesSchema": needed})
    found = await _next(author, draft)
    assert (found["version"], found["level"]) == ("2.0.0", "major")
    assert found["reasons"][0] == {
        "level": "major",
        "change": "variable-needed",
        "pointer": "/variablesSchema/properties/key",
        "about": "key",
        "detail": "Whoever upgrades has to give key, which has no default.",
    }
    await published(author, draft["id"], found["version"])
    assert (await _next(author, draft))["reasons"] == []


async def test_a_back_port_is_not_what_it_is_compared_with(world: World):
    author = await world.workspace("author")
    draft = await integration(author)
    for version in ("1.0.0", "2.0.0", "1.0.1"):
        await published(author, draft["id"], version)
    found = await _next(author, draft)
    assert (found["currentVersion"], found["version"]) == ("2.0.0", "2.0.1")


async def test_where_all_versions_are_yanked_the_highest_is_compared(world: World):
    author = await world.workspace("author")
    draft = await integration(author)
    version = await published(author, draft["id"], "3.0.0")
    assert (await author.post(f"/api/integration-versions/{version['id']}/yank", {"reason": "bad"})).status == 200
    found = await _next(author, draft)
    assert (found["currentVersion"], found["version"]) == ("3.0.0", "3.0.1")


async def test_a_version_that_a_purge_has_spent_is_passed_over(world: World):
    author = await world.workspace("author")
    draft = await integration(author)
    for version in ("1.0.0", "1.0.1", "1.0.2"):
        await published(author, draft["id"], version)
    await author.delete(f"/api/integrations/{draft['id']}")
    assert (await author.delete(f"/api/integrations/{draft['id']}/purge")).status == 200
    again = await integration(author)
    assert (await _next(author, again))["version"] == "1.0.3"


async def test_a_draft_that_cannot_be_published_has_no_next_version(world: World):
    author = await world.workspace("author")
    draft = await integration(author, manifest={"dependencies": [{"integration": "a/b", "range": "one"}]})
    reply = await author.get(f"/api/integrations/{draft['id']}/next-version")
    assert (reply.status, reply.problems) == (400, {("/manifest/dependencies/0/range", "malformed-range")})


async def test_of_many_reasons_the_weightiest_are_told(world: World, monkeypatch: Any):
    monkeypatch.setattr("graft.versions.next_version.MOST_REASONS", 2)
    author = await world.workspace("author")
    parts = [await entity(author, "function", f"f{at}") for at in range(4)]
    draft = await integration(author, manifest={"members": [manifest_member(parts[0])]})
    await published(author, draft["id"])
    await author.patch(
        f"/api/integrations/{draft['id']}", {"manifest": {"members": [manifest_member(one) for one in parts[1:]]}}
    )
    found = await _next(author, draft)
    assert [reason["level"] for reason in found["reasons"]] == ["major", "minor"]
    assert found["reasonsLeftOut"] == 2


async def test_only_editors_read_it(world: World):
    author, other = await world.workspace("author"), await world.workspace("other")
    draft = await integration(author)
    await published(author, draft["id"])
    path = f"/api/integrations/{draft['id']}/next-version"
    assert (await other.get(path)).status == 404
    await unlisted(author, draft["id"])
    assert (await other.get(path)).status == 403
