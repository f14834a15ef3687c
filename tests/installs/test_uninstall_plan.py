"""The plan of an uninstallation: what it says is what happens, and nothing happens where it does not hold any more."""

from typing import Any

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed, members_of
from tests.support.factories.integrations import manifest_member, offered
from tests.support.world import World
from tests.upgrades.upgrade_life import CLONED, life


def path_of(install: dict[str, Any]) -> str:
    return f"/api/integration-installs/{install['id']}"


async def plan_of(user: As, install: dict[str, Any], **query: Any) -> dict[str, Any]:
    reply = await user.get(path_of(install) + "/uninstall-plan", **query)
    assert reply.status == 200, reply.json
    return reply.json


def outcomes(plan: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    return {member["slug"]: (member["outcome"], member["reason"]) for member in plan["members"]}


async def of_five(world: World) -> tuple[As, dict[str, Any]]:
    """An install of four clones and a reference, three of them the workspace's own by now."""
    author, user = await world.workspace("author"), await world.workspace("user")
    made = {slug: await entity(author, "function", slug) for slug in ("named", "plain", "detached", "shown")}
    made["edited"] = await entity(author, "function", "edited", {"calls": made["named"]["id"]})
    members = [manifest_member(one, **CLONED) for slug, one in made.items() if slug != "shown"]
    members.append(manifest_member(made["shown"], required=True))
    draft = await offered(author, "demo", members)
    install = await installed(user, draft["id"])
    mine = await members_of(user, install)
    text = {"calls": mine["named"]["entityId"], "more": 1}
    assert (await user.patch(f"/api/entities/{mine['edited']['entityId']}", {"definition": text})).status == 200
    path = f"/api/integration-members/{mine['detached']['id']}/detach"
    assert (await user.post(path, {"detached": True})).status == 200
    return user, install


async def test_it_says_what_goes_and_what_stays_and_why(world: World):
    user, install = await of_five(world)
    members = await members_of(user, install)
    plan = await plan_of(user, install)
    assert outcomes(plan) == {
        "named": ("keep", "named"), "plain": ("remove", None), "detached": ("keep", "detached"),
        "shown": ("remove", None), "edited": ("keep", "detached"),
    }  # fmt: skip
    assert (plan["kind"], plan["summary"], plan["refused"]) == ("uninstall", {"remove": 2, "keep": 3}, None)
    [only] = plan["installs"]
    assert (only["integration"], only["version"], only["cause"], only["warnings"]) == (
        "author/demo",
        "1.0.0",
        "asked",
        [],
    )
    by_slug = {member["slug"]: member for member in plan["members"]}
    assert by_slug["plain"]["entityId"] == members["plain"]["entityId"]

    # and so it is
    assert (await user.get(path_of(install))).json["deletedAt"] is None
    assert (await user("DELETE", path_of(install), params={"fingerprint": plan["fingerprint"]})).status == 200
    for slug, (outcome, _) in outcomes(plan).items():
        if members[slug]["isClone"]:
            found = (await user.get(f"/api/entities/{members[slug]['entityId']}")).json
            assert (found["deletedAt"] is None) == (outcome == "keep"), slug
    assert (await user.get(path_of(install) + "/uninstall-plan")).status == 404


async def test_nothing_is_done_where_the_plan_does_not_hold_any_more(world: World):
    it = await life(world)
    before = await plan_of(it.user, it.install)
    assert before["fingerprint"] == (await plan_of(it.user, it.install))["fingerprint"]
    clone = await it.clone()
    await entity(it.user, "agent", "own", {"tool": clone["entityId"]})
    refused = await it.user("DELETE", it.path, params={"fingerprint": before["fingerprint"]})
    assert (refused.status, refused.code) == (409, "plan-stale")
    assert (await it.user.get(it.path)).json["deletedAt"] is None
    after = await plan_of(it.user, it.install)
    assert after["fingerprint"] != before["fingerprint"]
    await it.user.patch(f"/api/entities/{clone['entityId']}", {"definition": {"text": "ours"}})
    assert (await it.user("DELETE", it.path, params={"fingerprint": after["fingerprint"]})).code == "plan-stale"
    last = await plan_of(it.user, it.install)
    assert outcomes(last) == {"greet": ("keep", "detached")}
    assert (await it.user("DELETE", it.path, params={"fingerprint": last["fingerprint"]})).status == 200


async def test_own_entities_and_other_installs_that_name_what_goes_are_told(world: World):
    it = await life(world)
    clone = await it.clone()
    own = await entity(it.user, "agent", "own", {"tool": clone["entityId"]})
    other = await offered(it.author, "other", [manifest_member(await entity(it.author, "function", "call"), **CLONED)])
    beside = await members_of(it.user, await installed(it.user, other["id"]))
    text = {"calls": clone["entityId"]}
    assert (await it.user.patch(f"/api/entities/{beside['call']['entityId']}", {"definition": text})).status == 200
    [only] = (await plan_of(it.user, it.install))["installs"]
    [warning] = only["warnings"]
    assert (warning["code"], warning["slug"]) == ("still-named", "greet")
    assert set(warning["entityIds"]) == {own["id"], beside["call"]["entityId"]}


async def test_children_and_dependents_forbid_it_or_go_along(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    base = await offered(author, "base", [], manifest={"allowMultipleInstalls": True})
    needs = {"dependencies": [{"integration": "author/base", "range": "^1.0.0"}]}
    needing = await offered(
        author, "needing", [manifest_member(await entity(author, "function", "f"), **CLONED)], manifest=needs
    )
    first = await installed(user, base["id"])
    dependent = await installed(user, needing["id"])
    plan = await plan_of(user, first)
    assert plan["refused"] == {"conflict": "dependent-breaks", "installs": [dependent["id"]]}
    assert [one["integrationInstallId"] for one in plan["installs"]] == [first["id"]]
    child = await installed(user, base["id"], parentInstallId=first["id"])
    assert (await plan_of(user, first))["refused"] == {"conflict": "has-children", "installs": [child["id"]]}
    assert (await user.delete(path_of(first))).code == "has-children"

    plan = await plan_of(user, first, withDependents="true")
    causes = {one["integrationInstallId"]: one["cause"] for one in plan["installs"]}
    assert (plan["refused"], causes) == (
        None, {first["id"]: "asked", child["id"]: "child", dependent["id"]: "dependent"}
    )  # fmt: skip
    assert [(member["integrationInstallId"], member["slug"]) for member in plan["members"]] == [(dependent["id"], "f")]
    query = {"withDependents": "true", "fingerprint": plan["fingerprint"]}
    assert (await user("DELETE", path_of(first), params=query)).status == 200
    for install in (first, child, dependent):
        assert (await user.get(path_of(install))).json["deletedAt"] is not None


async def test_members_come_by_page_and_nothing_is_written(world: World):
    user, install = await of_five(world)
    rows = "select (select count(*) from operations), (select count(*) from events), (select max(updated_at) from entities)"
    before = await world.values(rows)
    whole = await plan_of(user, install)
    seen: list[str] = []
    after: dict[str, str] = {}
    page: dict[str, Any] = {}
    for _ in range(3):
        page = await plan_of(user, install, limit=2, **after)
        seen += [member["slug"] for member in page["members"]]
        assert page["pageInfo"]["total"] == 5
        after = {"after": page["pageInfo"]["endCursor"]}
    assert seen == sorted(member["slug"] for member in whole["members"])
    assert page["pageInfo"]["hasNextPage"] is False
    refused = await user.get(path_of(install) + "/uninstall-plan", after="x")
    assert refused.problems == {("after", "invalid-cursor")}
    assert await world.values(rows) == before
