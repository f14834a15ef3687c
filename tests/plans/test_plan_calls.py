"""Plans over HTTP: they are stored, tell what upgrades do, and are done exactly so."""

from tests.plans.plan_life import outcomes, planned
from tests.support.factories.entities import entity
from tests.support.world import World
from tests.upgrades.upgrade_life import NOTHING, cloned, free, life


async def test_a_plan_says_what_becomes_of_each_member_and_is_then_done(world: World):
    it = await free(world)
    a, b, c, d = [await entity(it.author, "function", slug, {"v": 1}) for slug in "abcd"]
    await it.begin(cloned(a), cloned(b), cloned(c))
    await it.edit(await it.id_of("b"), {"v": 9})
    for source in (a, b):
        await it.write(source, {"v": 2})
    await it.publish(cloned(a), cloned(b), cloned(d))

    path = f"/api/integration-installs/{it.install['id']}"
    reply = await it.user.post(path + "/upgrade-plans")
    assert reply.status == 201, reply.json
    plan = reply.json
    assert outcomes(plan) == {"a": "update", "b": "skip", "c": "remove", "d": "add"}
    assert {member["slug"]: member["reason"] for member in plan["members"]} == {
        "a": None, "b": "detached", "c": None, "d": None,
    }  # fmt: skip
    assert (plan["from"]["version"], plan["to"]["version"], plan["state"]) == ("1.0.0", "2.0.0", "open")
    assert (await it.user.get(f"/api/upgrade-plans/{plan['id']}")).json == plan

    done = await it.user.post(f"/api/upgrade-plans/{plan['id']}/apply", {"reason": "we want it"})
    assert done.status == 200, done.json
    [lists] = done.json["installs"]
    assert lists["updated"] == ["a"]
    assert lists["skipped"] == ["b"]
    assert lists["removed"] == ["c"]
    assert lists["added"] == ["d"]
    ids = {member["slug"]: (member["memberId"], member["entityId"]) for member in plan["members"]}
    now = {slug: (member["id"], member["entityId"]) for slug, member in (await it.members()).items()}
    assert now == {slug: ids[slug] for slug in ("a", "b", "d")}
    assert (await it.user.get(f"/api/upgrade-plans/{plan['id']}")).json["state"] == "applied"
    again = await it.user.post(f"/api/upgrade-plans/{plan['id']}/apply")
    assert (again.status, again.code) == (409, "plan-applied")


async def test_the_upgrade_call_does_a_plan_by_its_id(world: World):
    it = await life(world)
    await it.publish("two")
    plan = await planned(it)
    await it.publish("three")
    assert await it.upgrade(planId=plan["id"]) == NOTHING | {"updated": ["greet"]}
    assert await it.text() == "two"


async def test_a_plan_of_what_has_moved_is_refused_with_a_new_one(world: World):
    it = await life(world)
    await it.publish("two")
    plan = await planned(it)
    entity_id = (await it.clone())["entityId"]
    assert (await it.user.patch(f"/api/entities/{entity_id}", {"definition": {"text": "mine"}})).status == 200
    refused = await it.user.post(f"/api/upgrade-plans/{plan['id']}/apply")
    assert (refused.status, refused.code) == (409, "plan-stale")
    new = refused.json["plan"]
    assert new["id"] != plan["id"]
    assert outcomes(new) == {"greet": "skip"}
    assert (await it.user.get(f"/api/upgrade-plans/{plan['id']}")).json["state"] == "stale"
    assert (await it.user.post(f"/api/upgrade-plans/{new['id']}/apply")).status == 200
    assert await it.text() == "mine"


async def test_disjoint_edits_merge_and_conflicts_wait_for_a_decision(world: World):
    it = await free(world)
    a, b = [await entity(it.author, "function", slug, {"x": 1, "y": 1, "s": "a b"}) for slug in "ab"]
    await it.begin(cloned(a), cloned(b))
    ids = {slug: await it.id_of(slug) for slug in "ab"}
    await it.edit(ids["a"], {"x": 9, "y": 1, "s": "a b"})
    await it.edit(ids["b"], {"x": 9, "y": 1, "s": "a b"})
    await it.write(a, {"x": 1, "y": 2, "s": "a b"})
    await it.write(b, {"x": 3, "y": 3, "s": "a b"})
    await it.publish(cloned(a), cloned(b))

    path = f"/api/integration-installs/{it.install['id']}"
    plan = (await it.user.post(path + "/upgrade-plans", {"strategy": "merge"})).json
    assert outcomes(plan) == {"a": "merge", "b": "conflict"}
    assert plan["members"][1]["conflicts"] == [{"pointer": "/x", "kind": "both-changed"}]
    done = await it.user.post(f"/api/upgrade-plans/{plan['id']}/apply")
    assert done.status == 200, done.json
    assert await it.text(ids["a"]) == {"x": 9, "y": 2, "s": "a b"}
    assert await it.text(ids["b"]) == {"x": 9, "y": 1, "s": "a b"}
    # twice is once: what waits still waits
    again = (await it.user.post(path + "/upgrade-plans", {"strategy": "merge"})).json
    assert outcomes(again) == {"b": "conflict"}
    body = {"strategy": "merge", "resolutions": {"b": {"/x": {"value": 7}}}}
    decided = (await it.user.post(path + "/upgrade-plans", body)).json
    assert outcomes(decided) == {"b": "merge"}
    assert (await it.user.post(f"/api/upgrade-plans/{decided['id']}/apply")).status == 200
    assert await it.text(ids["b"]) == {"x": 7, "y": 3, "s": "a b"}
    assert (await it.user.post(path + "/upgrade-plans", {"strategy": "merge"})).json["members"] == []
    assert (await it.members())["b"]["detachedBy"] == "edit"
    unknown = await it.user.post(path + "/upgrade-plans", {"strategy": "merge", "resolutions": {"b": {"/x": "mine"}}})
    assert unknown.problems == {("/resolutions/b/~1x", "unknown-conflict")}
