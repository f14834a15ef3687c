"""Held places: what may be held, what an edit and an upgrade do around them, and what comes of it when they end."""

from typing import Any

import pytest

from graft import jsontext
from tests.support.client import Reply
from tests.support.factories.entities import entity
from tests.support.factories.installs import definition_of, installed, members_of
from tests.support.factories.integrations import manifest_member, offered
from tests.support.world import World
from tests.upgrades.upgrade_life import CLONED, NOTHING, Life, cloned, free

WORD = {"type": "object", "properties": {"word": {"type": "string", "default": "hi"}}}
PARAMETERS = [{"in": "query", "name": "limit", "schema": {"type": "integer"}}, {"in": "path", "name": "id"}]
GIVEN: dict[str, Any] = {
    "summary": "Says ${variables.word}.", "note": "one", "parameters": PARAMETERS, "tags": ["a"], "deep": {"a": {"b": 1}}
}  # fmt: skip


class Held(Life):
    """A life whose function has a text of several places."""

    async def hold(self, *paths: str, slug: str = "greet", **more: Any) -> dict[str, Any]:
        reply = await self.held(*paths, slug=slug, **more)
        assert reply.status == 200, reply.json
        assert reply.json == await self.clone(slug)
        return reply.json

    async def held(self, *paths: str, slug: str = "greet", **more: Any) -> Reply:
        member = await self.clone(slug)
        return await self.user.patch(f"/api/integration-members/{member['id']}", {"heldPaths": list(paths), **more})

    async def read(self, slug: str = "greet") -> dict[str, Any]:
        return await definition_of(self.user, await self.clone(slug))

    async def edit(self, **changes: Any) -> None:
        """The clone with these keys; None takes one out."""
        text = {key: value for key, value in {**await self.read(), **changes}.items() if value is not None}
        reply = await self.user.patch(f"/api/entities/{(await self.clone())['entityId']}", {"definition": text})
        assert reply.status == 200, reply.json

    async def write(self, **changes: Any) -> None:
        """A next version of the function with these keys otherwise."""
        text = {key: value for key, value in {**GIVEN, **changes}.items() if value is not None}
        assert (await self.author.patch(self.source, {"definition": text})).status == 200
        await self.publish()

    async def state(self) -> tuple[bool, str | None, bool, list[str]]:
        member = await self.clone()
        return member["detached"], member["detachedBy"], member["edited"], member["heldPaths"]


async def held_life(world: World) -> Held:
    author, user = await world.workspace("author"), await world.workspace("user")
    greet = await entity(author, "function", "greet", GIVEN)
    draft = await offered(author, "demo", [manifest_member(greet, **CLONED)], variablesSchema=WORD)
    return Held(author, user, draft, await installed(user, draft["id"]))


async def operations(world: World) -> list[tuple[str, str | None]]:
    rows = await world.owner.fetch("select kind, reason from operations order by id")
    return [(row["kind"], row["reason"]) for row in rows if row["kind"] != "install"]


async def test_a_held_value_survives_upgrades_and_the_rest_moves_on(world: World):
    it = await held_life(world)
    await it.hold("/note", reason="Ours.")
    assert await it.state() == (False, None, False, ["/note"])
    await it.write(note="two", tags=["b"])
    assert await it.upgrade() == NOTHING | {"updated": ["greet"]}
    text = await it.read()
    assert (text["note"], text["tags"], text["summary"]) == ("one", ["b"], "Says hi.")
    assert await it.state() == (False, None, True, ["/note"])
    # at the same version there is nothing to do
    assert await it.upgrade() == NOTHING
    await it.write(note="three", tags=["c"], more=1)
    await it.upgrade()
    text = await it.read()
    assert (text["note"], text["tags"], text["more"]) == ("one", ["c"], 1)
    assert await operations(world) == [("hold", "Ours."), ("upgrade", None), ("upgrade", None)]


async def test_an_edit_inside_a_held_place_does_not_detach_and_one_outside_does(world: World):
    it = await held_life(world)
    await it.hold("/note", "/deep/a")
    await it.edit(note="ours", deep={"a": {"b": 2, "c": 3}})
    assert await it.state() == (False, None, True, ["/deep/a", "/note"])
    await it.edit(tags=["ours"])
    assert (await it.state())[:2] == (True, "edit")
    await it.write(note="two")
    assert await it.upgrade() == NOTHING | {"skipped": ["greet"]}
    # what is edited is held alone again
    await it.edit(tags=["a"])
    assert (await it.state())[:2] == (False, None)
    assert await it.upgrade() == NOTHING | {"updated": ["greet"]}
    assert (await it.read())["note"] == "ours"
    await it.write(note="three", tags=["c"])
    assert await it.upgrade() == NOTHING | {"updated": ["greet"]}
    text = await it.read()
    assert (text["note"], text["deep"], text["tags"]) == ("ours", {"a": {"b": 2, "c": 3}}, ["c"])


async def test_an_item_of_a_list_is_held_by_its_key_and_an_absent_key_stays_absent(world: World):
    it = await held_life(world)
    await it.hold("/parameters/query/limit/schema", "/added")
    limit = {**PARAMETERS[0], "schema": {"type": "integer", "maximum": 5}}
    await it.edit(parameters=[limit, PARAMETERS[1]])
    assert (await it.state())[:2] == (False, None)
    theirs = {"in": "query", "name": "limit", "schema": {"type": "string"}, "description": "How many."}
    await it.write(parameters=[{"in": "query", "name": "after"}, theirs, PARAMETERS[1]], added="new")
    assert await it.upgrade() == NOTHING | {"updated": ["greet"]}
    text = await it.read()
    assert "added" not in text
    assert text["parameters"] == [
        {"in": "query", "name": "after"}, {**limit, "description": "How many."}, PARAMETERS[1]
    ]  # fmt: skip


async def test_a_variable_moves_what_is_not_held(world: World):
    it = await held_life(world)
    await it.hold("/note")
    await it.edit(note="ours")
    assert await it.upgrade(variables={"word": "hello"}) == NOTHING | {"updated": ["greet"]}
    text = await it.read()
    assert (text["summary"], text["note"]) == ("Says hello.", "ours")
    reply = await it.user.patch(it.path, {"variables": {"word": "bye"}})
    assert reply.json["updated"] == ["greet"]
    assert (await it.read())["summary"] == "Says bye."
    await it.hold("/note", "/summary")
    assert await it.upgrade(variables={"word": "again"}) == NOTHING
    assert (await it.read())["summary"] == "Says bye."
    await it.write(tags=["z"])
    assert await it.upgrade() == NOTHING | {"updated": ["greet"]}
    text = await it.read()
    assert (text["summary"], text["note"], text["tags"]) == ("Says bye.", "ours", ["z"])


async def test_a_clone_is_left_alone_where_the_version_has_no_room_for_what_is_held(world: World):
    it = await held_life(world)
    await it.hold("/deep/a/b")
    await it.edit(deep={"a": {"b": 2}})
    await it.write(deep=None, tags=["b"])
    assert await it.upgrade() == NOTHING | {"skipped": ["greet"]}
    text = await it.read()
    assert (text["deep"], text["tags"]) == ({"a": {"b": 2}}, ["a"])
    # the next version has room again
    await it.write(tags=["c"])
    assert await it.upgrade() == NOTHING | {"updated": ["greet"]}
    text = await it.read()
    assert (text["deep"], text["tags"]) == ({"a": {"b": 2}}, ["c"])


async def test_a_member_that_goes_is_kept_while_places_of_it_are_held(world: World):
    it = await held_life(world)
    await it.hold("/note")
    members = it.draft["manifest"]["members"]
    await it.publish(manifest={"members": []})
    assert await it.upgrade() == NOTHING | {"skipped": ["greet"]}
    assert (await it.read())["note"] == "one"
    await it.hold()
    assert await it.upgrade() == NOTHING | {"removed": ["greet"]}
    await it.publish(manifest={"members": members})
    assert await it.upgrade() == NOTHING | {"added": ["greet"]}
    assert await it.state() == (False, None, False, [])


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


async def test_what_was_edited_and_is_no_longer_held_is_an_edit(world: World):
    it = await held_life(world)
    await it.hold("/note", "/tags")
    await it.edit(note="ours")
    await it.hold("/tags")
    assert await it.state() == (True, "edit", True, ["/tags"])
    # holding all that was edited attaches the clone again
    await it.hold("/note")
    assert await it.state() == (False, None, True, ["/note"])
    await it.write(note="two", tags=["b"])
    assert await it.upgrade() == NOTHING | {"updated": ["greet"]}
    assert ((await it.read())["note"], (await it.read())["tags"]) == ("ours", ["b"])


async def test_a_clone_with_nothing_held_and_nothing_edited_follows_its_version_again(world: World):
    it = await held_life(world)
    before = await it.clone()
    await it.hold("/note")
    assert await world.values(
        "select count(*) from entities where definition is not null and origin_install_id is not null"
    ) == (1,)
    await it.hold()
    assert await world.values(
        "select count(*) from entities where definition is not null and origin_install_id is not null"
    ) == (0,)
    assert await it.clone() == before
    assert await it.upgrade(variables={"word": "hello"}) == NOTHING | {"updated": ["greet"]}
    assert (await it.read())["summary"] == "Says hello."


async def test_what_is_handed_back_is_overwritten_but_for_what_is_held(world: World):
    it = await held_life(world)
    await it.edit(note="ours", tags=["ours"], deep=None)
    await it.hold("/note")
    assert (await it.state())[:2] == (True, "edit")
    member = await it.clone()
    await it.user.post(f"/api/integration-members/{member['id']}/detach", {"detached": False})
    assert (await it.state())[:2] == (False, None)
    assert await it.upgrade() == NOTHING | {"updated": ["greet"]}
    text = await it.read()
    assert (text["note"], text["tags"], text["deep"]) == ("ours", ["a"], GIVEN["deep"])
    await it.write(note="two", tags=["b"])
    assert await it.upgrade() == NOTHING | {"updated": ["greet"]}
    assert ((await it.read())["note"], (await it.read())["tags"]) == ("ours", ["b"])


async def test_a_clone_that_the_call_detached_keeps_its_holds_and_is_left_alone(world: World):
    it = await held_life(world)
    await it.hold("/note")
    member = await it.clone()
    detach = f"/api/integration-members/{member['id']}/detach"
    assert (await it.user.post(detach, {"detached": True})).status == 200
    await it.edit(note="ours")
    assert await it.state() == (True, "call", True, ["/note"])
    await it.write(note="two", tags=["b"])
    assert await it.upgrade() == NOTHING | {"skipped": ["greet"]}
    # all that it has of its own is held, so nothing is overwritten
    assert (await it.user.post(detach, {"detached": False})).status == 200
    assert await it.upgrade() == NOTHING | {"updated": ["greet"]}
    assert ((await it.read())["note"], (await it.read())["tags"]) == ("ours", ["b"])


async def test_what_a_held_place_names_stays_and_what_only_the_old_text_named_goes(world: World):
    it = await free(world)
    kept, gone = [await entity(it.author, "schema", slug, {"title": slug}) for slug in ("kept", "gone")]
    greet = await entity(it.author, "function", "greet", {"in": kept["id"], "out": gone["id"]})
    await it.begin(cloned(greet))
    members = await it.members()
    path = f"/api/integration-members/{members['greet']['id']}"
    assert (await it.user.patch(path, {"heldPaths": ["/in"]})).status == 200
    await it.write(greet, {"in": None, "out": None})
    await it.publish(cloned(greet))
    assert await it.upgrade() == NOTHING | {
        "updated": ["greet"], "removed": ["schema:gone"], "skipped": ["schema:kept"]
    }  # fmt: skip
    kept_id = members["schema:kept"]["entityId"]
    assert await it.text(members["greet"]["entityId"]) == {"in": kept_id, "out": None}
    assert await it.text(kept_id) == {"title": "kept"}
    assert await it.upgrade() == NOTHING


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


async def test_a_held_and_edited_clone_stays_when_its_install_goes(world: World):
    it = await held_life(world)
    await it.hold("/note")
    await it.edit(note="ours")
    clone = await it.clone()
    await it.user.delete(it.path)
    reply = await it.user.get(f"/api/entities/{clone['entityId']}")
    assert (reply.json["deletedAt"], reply.json["definition"]["note"]) == (None, "ours")
    assert (await it.user.post(it.path + "/restore")).status == 200
    assert (await members_of(it.user, it.install))["greet"]["heldPaths"] == ["/note"]


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
