"""Plans of undoing: what would become of each member, conflicts decided first, and exactly that done."""

from typing import Any

from tests.history.test_later_edits import edit, main_of, operation, scene, upgraded
from tests.history.test_undo import readable, stored, undone
from tests.support.client import As
from tests.support.factories.installs import history_of, members_of
from tests.support.world import World


async def planned(user: As, install: dict[str, Any], **body: Any) -> dict[str, Any]:
    reply = await user.post(f"/api/integration-installs/{install['id']}/undo-plans", body or None)
    assert reply.status == 201, reply.json
    return reply.json


async def applied(user: As, plan: dict[str, Any], **body: Any) -> dict[str, Any]:
    reply = await user.post(f"/api/upgrade-plans/{plan['id']}/apply", body or None)
    assert reply.status == 200, reply.json
    return reply.json


async def test_a_plan_of_an_undo_writes_itself_alone_and_is_done_as_it_says(world: World):
    author, user, install = await scene(world)
    before = await readable(user, install)
    await upgraded(author, user, install, "2.0.0", summary="two")
    rows = await stored(world, user)
    plan = await planned(user, install)
    assert await stored(world, user) == rows
    assert (plan["kind"], plan["state"], plan["from"]["version"], plan["to"]["version"]) == (
        "undo", "open", "2.0.0", "1.0.0"
    )  # fmt: skip
    assert [(member["slug"], member["outcome"]) for member in plan["members"]] == [("main", "update")]
    assert plan["summary"]["unchanged"] == 1
    assert (await user.get(f"/api/upgrade-plans/{plan['id']}")).json == plan
    done = await applied(user, plan, reason="it broke")
    assert done["installs"][0]["updated"] == ["main"]
    assert await readable(user, install) == before
    newest = (await history_of(user, install))[0]
    assert (newest["id"], newest["kind"], newest["reason"]) == (done["installs"][0]["operationId"], "undo", "it broke")
    assert (await user.post(f"/api/upgrade-plans/{plan['id']}/apply")).code == "plan-applied"


async def test_a_conflict_of_an_undo_is_decided_and_then_done(world: World):
    author, user, install = await scene(world)
    _, before = await main_of(user, install)
    await upgraded(author, user, install, "2.0.0", summary="two", more=1)
    await edit(user, install, summary="mine", deep={"x": 1, "y": "mine"})
    plan = await planned(user, install, operationId=await operation(user, install, "upgrade"))
    [member] = plan["members"]
    assert (member["outcome"], member["reason"]) == ("conflict", "conflict")
    assert member["conflicts"] == [{"pointer": "/summary", "kind": "both-changed"}]

    resolve = f"/api/upgrade-plans/{plan['id']}/resolve"
    refused = await user.post(resolve, {"resolutions": {"main": {"/tags": "mine"}, "none": {"/summary": "mine"}}})
    assert refused.problems == {
        ("/resolutions/main/~1tags", "unknown-conflict"), ("/resolutions/none/~1summary", "unknown-conflict")
    }  # fmt: skip
    decided = await user.post(resolve, {"resolutions": {"main": {"/summary": "theirs"}}})
    assert [found["outcome"] for found in decided.json["members"]] == ["merge"]
    await applied(user, decided.json)
    member, text = await main_of(user, install)
    assert text == {**before, "deep": {"x": 1, "y": "mine"}}
    assert member["detachedBy"] == "edit"


async def test_the_fields_of_an_undo_tell_each_place(world: World):
    author, user, install = await scene(world)
    await upgraded(author, user, install, "2.0.0", summary="two", more=1)
    plan = await planned(user, install)
    path = f"/api/upgrade-plans/{plan['id']}/fields"
    told = [(found["pointer"], found["by"], found.get("result")) for found in (await user.get(path)).json["data"]]
    assert told == [("/more", "theirs", None), ("/summary", "theirs", "one")]
    await edit(user, install, summary="mine", deep={"x": 1, "y": "mine"})
    plan = await planned(user, install, operationId=await operation(user, install, "upgrade"))
    found = {
        field["pointer"]: field for field in (await user.get(f"/api/upgrade-plans/{plan['id']}/fields")).json["data"]
    }
    assert {place: field["by"] for place, field in found.items()} == {
        "/deep/y": "mine", "/more": "theirs", "/summary": "conflict"
    }  # fmt: skip
    sides = {name: found["/summary"][name] for name in ("base", "current", "target", "conflict")}
    assert sides == {"base": "two", "current": "mine", "target": "one", "conflict": "both-changed"}


async def test_a_value_decides_a_conflict_of_an_undo(world: World):
    author, user, install = await scene(world)
    _, before = await main_of(user, install)
    await upgraded(author, user, install, "2.0.0", summary="two")
    await edit(user, install, summary="mine")
    answers = {(await main_of(user, install))[0]["id"]: {"/summary": {"value": "both"}}}
    upgrade = await operation(user, install, "upgrade")
    plan = await planned(user, install, operationId=upgrade, resolutions=answers)
    await applied(user, plan)
    assert (await main_of(user, install))[1] == {**before, "summary": "both"}


async def test_a_plan_whose_ground_moved_is_stale_and_gives_a_new_one(world: World):
    author, user, install = await scene(world)
    before = await main_of(user, install)
    await upgraded(author, user, install, "2.0.0", summary="two")
    plan = await planned(user, install)
    await edit(user, install, tags=["mine"])
    stale = await user.post(f"/api/upgrade-plans/{plan['id']}/apply")
    assert (stale.status, stale.code) == (409, "plan-stale")
    new = stale.json["plan"]
    assert [member["outcome"] for member in new["members"]] == ["merge"]
    await applied(user, new)
    assert (await main_of(user, install))[1] == {**before[1], "tags": ["mine"]}


async def test_one_member_is_planned_alone(world: World):
    author, user, install = await scene(world)
    await upgraded(author, user, install, "2.0.0", summary="two")
    members = await members_of(user, install)
    plan = await planned(user, install, memberId=members["main"]["id"])
    assert plan["to"]["version"] == "2.0.0"
    await applied(user, plan)
    assert (await main_of(user, install))[1]["summary"] == "one"
    await undone(user, install)
    assert (await main_of(user, install))[1]["summary"] == "two"


async def test_a_plan_of_what_is_not_undone_is_refused_as_the_call_is(world: World):
    _, user, install = await scene(world)
    path = f"/api/integration-installs/{install['id']}/undo-plans"
    assert (await user.post(path)).code == "not-undoable"
    assert (await user.post(path, {"operationId": "x"})).problems == {("/operationId", "unknown-operation")}
