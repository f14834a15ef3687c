"""A preview of a draft tells what is wrong with each member, what it names, and as what it would arrive."""

from typing import Any

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.integrations import integration, manifest_member
from tests.support.world import World


async def _preview(author: As, draft: dict[str, Any]) -> dict[str, dict[str, Any]]:
    reply = await author.get(f"/api/integrations/{draft['id']}/members", draft="true")
    assert reply.status == 200, reply.json
    return {member["slug"]: member for member in reply.json["members"]}


async def test_each_problem_of_a_member_is_told_apart_from_the_reason(world: World):
    author = await world.workspace("author")
    asking = await entity(author, "function", "asking", {"a": "${variables.one}", "b": "${variables.two}"})
    gone = await entity(author, "function", "gone")
    await author.delete(f"/api/entities/{gone['id']}")
    fine = await entity(author, "function", "fine")
    members = [manifest_member(one, required=True) for one in (asking, gone, fine)]
    found = await _preview(author, await integration(author, manifest={"members": members}))
    told = {slug: [(one["code"], one.get("definitionPointer")) for one in found[slug]["problems"]] for slug in found}
    assert told == {
        "asking": [("undeclared-variable", "/a"), ("undeclared-variable", "/b")],
        "gone": [("deleted-entity", None)],
        "fine": [],
    }
    assert found["asking"]["reason"] == found["asking"]["problems"][0]["detail"]
    assert {slug: found[slug]["selected"] for slug in found} == {"asking": False, "gone": False, "fine": True}


async def test_a_member_says_what_it_names_and_as_what_it_would_arrive(world: World):
    author = await world.workspace("author")
    inner, shared = await entity(author, "schema", "inner"), await entity(author, "schema", "shared")
    outer = await entity(author, "schema", "outer", {"items": inner["id"]})
    clone = await entity(author, "function", "clone", {"in": outer["id"]})
    reference = await entity(author, "function", "reference", {"in": shared["id"]})
    members = [manifest_member(clone, forkOnInstall=True), manifest_member(reference)]
    found = await _preview(author, await integration(author, manifest={"members": members}))
    assert {slug: (one["refersTo"], one["arrivesAs"]) for slug, one in found.items()} == {
        "clone": (["schema:outer"], "clone"),
        "reference": (["schema:shared"], "reference"),
        "schema:outer": (["schema:inner"], "clone"),
        "schema:inner": ([], "clone"),
        "schema:shared": ([], "reference"),
    }


async def test_of_very_many_problems_each_broken_member_still_has_its_reason(world: World):
    author = await world.workspace("author")
    text = {f"k{at}": f"${{variables.v{at}}}" for at in range(1_200)}
    first, second = await entity(author, "function", "first", text), await entity(author, "function", "second", text)
    draft = await integration(author, manifest={"members": [manifest_member(first), manifest_member(second)]})
    found = await _preview(author, draft)
    assert found["first"]["reason"].startswith("first asks for")
    assert found["second"]["reason"].startswith("second asks for")
    assert len(found["first"]["problems"]) + len(found["second"]["problems"]) <= 1_000
