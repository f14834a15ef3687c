"""Undo of one member: it goes back alone, and its install stays where it is."""

from tests.history.test_history import CLONED, scene, upgraded
from tests.history.test_undo import readable, undo, undone
from tests.support.factories.entities import entity
from tests.support.factories.installs import definition_of, history_of, installed, members_of
from tests.support.factories.integrations import manifest_member, offered
from tests.support.world import World


async def test_one_clone_of_an_upgrade_goes_back_and_the_install_stays(world: World):
    author, user, install = await scene(world)
    await upgraded(author, user, install, "2.0.0", one="new", two="new", shown="new")
    after = await readable(user, install)
    members = await members_of(user, install)
    [upgrade, _] = await history_of(user, install)
    reply = await undone(user, install, operationId=upgrade["id"], memberId=members["one"]["id"], reason="broke")
    assert (reply["updated"], reply["skipped"]) == (["one"], [])
    now = await members_of(user, install)
    assert await definition_of(user, now["one"]) == {"text": "one"}
    assert [await definition_of(user, now[slug]) for slug in ("two", "shown")] == [{"text": "new"}] * 2
    [shown] = (await user.get("/api/integration-installs")).json["data"]
    assert shown["integrationVersionId"] == upgrade["toVersionId"]
    undoing, told, _ = await history_of(user, install)
    assert (undoing["memberId"], undoing["undoes"], told["undoneBy"]) == (members["one"]["id"], upgrade["id"], None)
    await undone(user, install)
    assert await readable(user, install) == after


async def test_one_reference_goes_back(world: World):
    author, user, install = await scene(world)
    await upgraded(author, user, install, "2.0.0", shown="new")
    shown = (await members_of(user, install))["shown"]
    assert (await undone(user, install, memberId=shown["id"]))["updated"] == ["shown"]
    assert await definition_of(user, (await members_of(user, install))["shown"]) == {"text": "shown"}
    # the next upgrade brings it up again
    reply = await user.post(f"/api/integration-installs/{install['id']}/upgrade")
    assert reply.json["updated"] == ["shown"]


async def test_a_clone_that_goes_back_reads_with_the_values_and_ids_of_then(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    named = await entity(author, "function", "named", {"text": "named"})
    made = await entity(author, "function", "made", {"calls": named["id"], "host": "${variables.host}", "text": "made"})
    members = [manifest_member(made, **CLONED), manifest_member(named, **CLONED)]
    schema = {"type": "object", "properties": {"host": {"type": "string"}}}
    draft = await offered(author, "demo", members, variablesSchema=schema)
    install = await installed(user, draft["id"], variables={"host": "a"})
    before = await definition_of(user, (await members_of(user, install))["made"])
    reply = await user.post(f"/api/integration-installs/{install['id']}/upgrade", {"variables": {"host": "b"}})
    assert reply.json["updated"] == ["made"]
    member = (await members_of(user, install))["made"]
    assert await definition_of(user, member) == {**before, "host": "b"}
    await undone(user, install, memberId=member["id"])
    assert await definition_of(user, member) == before


async def test_an_edit_is_undone_by_its_member(world: World):
    author, user, install = await scene(world)
    one = (await members_of(user, install))["one"]
    await user.patch(f"/api/entities/{one['entityId']}", {"definition": {"text": "mine"}})
    await upgraded(author, user, install, "2.0.0", two="new")
    edit = (await history_of(user, install))[1]
    await undone(user, install, operationId=edit["id"], memberId=one["id"])
    now = await members_of(user, install)
    assert (await definition_of(user, now["one"]), now["one"]["detached"]) == ({"text": "one"}, False)
    assert await definition_of(user, now["two"]) == {"text": "new"}


async def test_what_came_or_went_is_not_undone_alone(world: World):
    author, user, install = await scene(world)
    two = (await members_of(user, install))["two"]
    old = (await author.get(f"/api/integrations/{install['integrationId']}")).json["manifest"]["members"]
    late = await entity(author, "function", "late", {"late": 1})
    kept = [found for found in old if found["slug"] != "two"]
    manifest = {"members": [*kept, manifest_member(late, **CLONED)]}
    await author.patch(f"/api/integrations/{install['integrationId']}", {"manifest": manifest})
    await upgraded(author, user, install, "2.0.0", one="new")
    members = await members_of(user, install)
    for member in (two, members["late"]):
        reply = await undo(user, install, memberId=member["id"])
        assert (reply.status, reply.code) == (409, "not-undoable"), reply.json
    for wanted in (members["shown"]["id"], "intmem_01h455vb4pex5vsknk084sn02q", "x"):
        assert (await undo(user, install, memberId=wanted)).problems == {("/memberId", "unknown-member")}
    await user.delete(f"/api/integration-installs/{install['id']}")
    assert (await undo(user, install, memberId=members["one"]["id"])).code == "not-undoable"


async def test_a_clone_that_named_what_is_gone_is_not_undone_alone(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    named = await entity(author, "function", "named", {"text": "named"})
    made = await entity(author, "function", "made", {"calls": named["id"]})
    draft = await offered(author, "demo", [manifest_member(made, **CLONED), manifest_member(named, **CLONED)])
    install = await installed(user, draft["id"])
    await author.patch(f"/api/entities/{made['id']}", {"definition": {"calls": None}})
    await author.patch(f"/api/integrations/{draft['id']}", {"manifest": {"members": [manifest_member(made, **CLONED)]}})
    await upgraded(author, user, install, "2.0.0")
    member = (await members_of(user, install))["made"]
    reply = await undo(user, install, memberId=member["id"])
    assert (reply.status, reply.code) == (409, "not-undoable")


async def test_a_deletion_by_hand_is_undone_by_its_member(world: World):
    _, user, install = await scene(world)
    one = (await members_of(user, install))["one"]
    await user.delete(f"/api/entities/{one['entityId']}")
    assert (await undone(user, install, memberId=one["id"]))["added"] == ["one"]
    assert await definition_of(user, one) == {"text": "one"}
