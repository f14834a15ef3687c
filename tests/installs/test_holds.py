"""Held places: what edits and upgrades do around them, and what comes of it when they end."""

from tests.installs.held_life import GIVEN, PARAMETERS, held_life, operations
from tests.support.factories.entities import entity
from tests.support.factories.installs import members_of
from tests.support.world import World
from tests.upgrades.upgrade_life import NOTHING, cloned, free


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
