"""The calls that hold places and switch members: what they refuse, what they record, what undo and plans make of it."""

from typing import Any

import pytest

from graft import jsontext
from tests.installs.held_life import GIVEN, WORD, Held, held_life, operations
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed, members_of
from tests.support.factories.integrations import manifest_member, offered
from tests.support.world import World
from tests.upgrades.upgrade_life import CLONED, NOTHING


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("", "is the whole definition"), ("note", "is no JSON pointer"), ("/nothing/at/all", "stands in nothing"),
        ("/parameters/query", "half the key"), ("/parameters/query/limit/name", "part of the key"),
        ("/tags/0", "read as a whole"),
    ],
)  # fmt: skip
async def test_what_is_no_place_is_refused_by_its_pointer(path: str, problem: str, world: World):
    it = await held_life(world)
    before = await it.clone()
    reply = await it.held("/note", path)
    assert (reply.status, reply.problems) == (400, {("/heldPaths/1", "invalid-hold")})
    assert problem in reply.json["errors"][0]["detail"]
    assert (await it.clone(), await operations(world)) == (before, [])


async def test_a_hold_inside_another_one_is_dropped(world: World):
    it = await held_life(world)
    assert (await it.hold("/deep/a/b", "/note", "/deep"))["heldPaths"] == ["/deep", "/note"]
    # said again, nothing changes
    await it.hold("/note", "/deep", "/deep/a")
    assert await operations(world) == [("hold", None)]


async def test_members_are_switched_off_and_on_references_too(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    made = [await entity(author, "function", slug) for slug in ("mine", "theirs")]
    members = [manifest_member(made[0], **CLONED), manifest_member(made[1], required=True)]
    draft = await offered(author, "demo", members)
    it = Held(author, user, draft, await installed(user, draft["id"]))
    for slug in ("mine", "theirs"):
        path = f"/api/integration-members/{(await it.clone(slug))['id']}"
        reply = await it.user.patch(path, {"enabled": False, "reason": "Too dear."})
        assert (reply.status, reply.json["enabled"], reply.json["detached"]) == (200, False, False)
    await it.publish()
    await it.upgrade()
    assert {slug: member["enabled"] for slug, member in (await it.members()).items()} == {
        "mine": False,
        "theirs": False,
    }
    assert (await operations(world))[:2] == [("reconfigure", "Too dear.")] * 2
    found = await world.owner.fetch("select data from events where type = 'integration_member.updated'")
    assert [jsontext.decode(bytes(row["data"])) for row in found] == [
        {"fields": ["enabled"], "reason": "Too dear."}
    ] * 2
    refused = await it.held("/note", slug="theirs")
    assert (refused.status, refused.problems) == (400, {("/heldPaths", "not-a-clone")})


async def test_several_members_change_together_or_not_at_all(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    made = [await entity(author, "function", slug, GIVEN) for slug in ("one", "two", "three")]
    draft = await offered(author, "demo", [manifest_member(one, **CLONED) for one in made], variablesSchema=WORD)
    it = Held(author, user, draft, await installed(user, draft["id"]))
    ids = {slug: member["id"] for slug, member in (await it.members()).items()}
    body: dict[str, Any] = {
        "members": [
            {"id": ids["one"], "heldPaths": ["/note"]}, {"id": ids["two"], "heldPaths": ["/tags/0"]},
            {"id": ids["one"], "enabled": False}, {"id": "intmem_" + "0" * 26, "enabled": False},
        ]
    }  # fmt: skip
    refused = await it.user.patch(it.path + "/members", body)
    assert (refused.status, refused.problems) == (
        400, {("/members/2/id", "duplicate"), ("/members/3/id", "unknown-member")},
    )  # fmt: skip
    body["members"] = body["members"][:2]
    refused = await it.user.patch(it.path + "/members", body)
    assert refused.problems == {("/members/1/heldPaths/0", "invalid-hold")}
    assert (await operations(world), (await it.clone("one"))["heldPaths"]) == ([], [])

    body["members"][1] = {"id": ids["two"], "heldPaths": ["/tags"], "enabled": False}
    done = await it.user.patch(it.path + "/members", {**body, "reason": "Both."})
    assert [member["id"] for member in done.json["members"]] == [ids["one"], ids["two"]]
    assert done.json["members"] == [await it.clone("one"), await it.clone("two")]
    assert await operations(world) == [("hold", "Both.")]
    await it.write(note="two", tags=["b"])
    for one in made[1:]:
        assert (await author.patch(f"/api/entities/{one['id']}", {"definition": {**GIVEN, "note": "2"}})).status == 200
    await it.publish()
    assert await it.upgrade() == NOTHING | {"updated": ["one", "three", "two"]}
    assert ((await it.read("one"))["note"], (await it.read("one"))["tags"]) == ("one", ["b"])


async def test_a_deleted_clone_or_install_changes_no_holds(world: World):
    it = await held_life(world)
    member = await it.clone()
    await it.user.delete(f"/api/entities/{member['entityId']}")
    refused = await it.held("/note")
    assert (refused.status, refused.code) == (409, "deleted")
    await it.user.delete(it.path)
    assert (await it.user.patch(f"/api/integration-members/{member['id']}", {"enabled": False})).status == 404
    body = {"members": [{"id": member["id"], "enabled": False}]}
    assert (await it.user.patch(it.path + "/members", body)).code == "deleted"


async def test_an_upgrade_of_many_held_clones_takes_a_constant_number_of_statements(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")

    async def statements(count: int) -> int:
        made = [await entity(author, "function", f"f{count}-{number}", GIVEN) for number in range(count)]
        draft = await offered(
            author, f"d{count}", [manifest_member(one, **CLONED) for one in made], variablesSchema=WORD
        )
        install = await installed(user, draft["id"])
        members = [member["id"] for member in (await members_of(user, install)).values()]
        path = f"/api/integration-installs/{install['id']}"
        body = {"members": [{"id": member, "heldPaths": ["/note"]} for member in members]}
        assert (await user.patch(path + "/members", body)).status == 200
        for one in made:
            await author.patch(f"/api/entities/{one['id']}", {"definition": {**GIVEN, "tags": ["b"]}})
        await author.post(f"/api/integrations/{draft['id']}/publish", {"version": "2.0.0"})
        upgraded = await user.post(path + "/upgrade")
        assert len(upgraded.json["updated"]) == count
        return upgraded.statements

    assert await statements(2) == await statements(12)


async def test_a_hold_and_an_upgrade_around_it_are_undone(world: World):
    it = await held_life(world)
    before, text = await it.clone(), await it.read()
    await it.hold("/note")
    held, kept = await it.clone(), await it.read()
    await it.write(note="two", tags=["b"])
    await it.upgrade()
    history = (await it.user.get(it.path + "/history")).json["data"]
    upgraded, holding = [found["id"] for found in history[:2]]
    for operation, member, read in ((upgraded, held, kept), (holding, before, text)):
        undone = await it.user.post(it.path + "/undo", {"operationId": operation})
        assert undone.status == 200, undone.json
        assert (await it.clone(), await it.read()) == (member, read)


async def test_a_plan_says_that_a_held_member_waits_for_room(world: World):
    it = await held_life(world)
    await it.hold("/deep/a/b")
    await it.edit(deep={"a": {"b": 2}})
    await it.write(deep=None, tags=["b"])
    reply = await it.user.post(it.path + "/upgrade-plans")
    assert reply.status == 201, reply.json
    [member] = reply.json["members"]
    assert (member["slug"], member["outcome"], member["reason"]) == ("greet", "conflict", "held")
    assert [(place["pointer"], place["kind"]) for place in member["conflicts"]] == [("", "held")]
