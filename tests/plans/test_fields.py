"""The fields of a plan: what each side has, who decided, in pages."""

from typing import Any

from tests.plans.plan_life import applied, outcomes, planned
from tests.support.factories.entities import entity
from tests.support.world import World
from tests.upgrades.upgrade_life import Free, cloned, free, shown


async def fields(it: Free, plan: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    reply = await it.user.get(f"/api/upgrade-plans/{plan['id']}/fields", **query)
    assert reply.status == 200, reply.json
    return reply.json["data"]


async def edited(world: World) -> tuple[Free, dict[str, Any]]:
    """`a` follows the version, `b` merges, `c` is in conflict, `r` is a reference."""
    it = await free(world)
    sources = {slug: await entity(it.author, "function", slug, {"v": 1, "w": 1}) for slug in ("a", "b", "c", "r")}
    members = [*[cloned(sources[slug]) for slug in ("a", "b", "c")], shown(sources["r"])]
    await it.begin(*members)
    await it.edit(await it.id_of("b"), {"v": 1, "w": "mine"})
    await it.edit(await it.id_of("c"), {"v": "mine", "w": 1})
    for source in sources.values():
        await it.write(source, {"v": 2, "w": 1})
    await it.publish(*members)
    return it, await planned(it, strategy="merge")


async def test_each_place_says_what_the_sides_have_and_who_decided(world: World):
    it, plan = await edited(world)
    found = [{key: value for key, value in field.items() if not key.endswith("Id")} for field in await fields(it, plan)]
    assert found == [
        {"slug": "a", "pointer": "/v", "by": "theirs", "base": 1, "current": 1, "target": 2, "result": 2},
        {"slug": "b", "pointer": "/v", "by": "theirs", "base": 1, "current": 1, "target": 2, "result": 2},
        {"slug": "b", "pointer": "/w", "by": "mine", "base": 1, "current": "mine", "target": 1, "result": "mine"},
        {"slug": "c", "pointer": "/v", "by": "conflict", "base": 1, "current": "mine", "target": 2, "result": "mine",
         "conflict": "type"},
        {"slug": "r", "pointer": "/v", "by": "theirs", "base": 1, "current": 1, "target": 2, "result": 2},
    ]  # fmt: skip


async def test_what_only_a_variable_changes_is_told_from_what_the_author_changed(world: World):
    it = await free(world)
    sources = [await entity(it.author, "function", slug, {"v": "${variables.word}", "w": 1}) for slug in ("a", "b")]
    schema = {"type": "object", "properties": {"word": {"type": "string"}}}
    members = [cloned(source) for source in sources]
    await it.begin(*members, body={"variables": {"word": "old"}}, variablesSchema=schema)
    await it.write(sources[1], {"v": "${variables.word}", "w": 2})
    await it.publish(*members)
    found = await fields(it, await planned(it, strategy="merge", variables={"word": "new"}))
    assert [(field["slug"], field["pointer"], field["by"], field["base"], field["result"]) for field in found] == [
        ("a", "/v", "variables", "new", "new"),
        ("b", "/v", "variables", "new", "new"),
        ("b", "/w", "theirs", 1, 2),
    ]


async def test_pages_give_each_field_once_and_one_member_can_be_asked_for(world: World):
    it, plan = await edited(world)
    whole = await fields(it, plan)
    for limit in (1, 2, 3):
        walked: list[dict[str, Any]] = []
        after: dict[str, Any] = {}
        while True:
            reply = await it.user.get(f"/api/upgrade-plans/{plan['id']}/fields", limit=limit, **after)
            walked += reply.json["data"]
            if not reply.json["pageInfo"]["hasNextPage"]:
                break
            after = {"after": reply.json["pageInfo"]["endCursor"]}
        assert walked == whole
    member = next(member for member in plan["members"] if member["slug"] == "b")
    for name in ("b", member["memberId"]):
        assert await fields(it, plan, member=name) == [field for field in whole if field["slug"] == "b"]
    for bad in ("x", "1", "-1.0", "1.x"):
        reply = await it.user.get(f"/api/upgrade-plans/{plan['id']}/fields", after=bad)
        assert reply.problems == {("after", "invalid-cursor")}


async def test_a_decision_makes_a_new_plan_and_fields_show_what_comes_of_it(world: World):
    it, plan = await edited(world)
    reply = await it.user.post(f"/api/upgrade-plans/{plan['id']}/resolve", {"resolutions": {"c": {"/v": "theirs"}}})
    assert reply.status == 201, reply.json
    new = reply.json
    assert (outcomes(plan)["c"], outcomes(new)["c"]) == ("conflict", "update")
    [field] = await fields(it, new, member="c")
    assert (field["by"], field["result"]) == ("resolved", 2)
    assert new["resolutions"] == {"c": {"/v": "theirs"}}
    await applied(it, new)
    assert await it.text(await it.id_of("c")) == {"v": 2, "w": 1}
    assert (await it.members())["c"]["detachedBy"] is None  # it is what the version gives

    for bad, problem in (
        ({"c": {"/v": "yours"}}, ("/resolutions/c/~1v", "invalid-resolution")),
        ({"c": {"/v": {"value": 1, "x": 1}}}, ("/resolutions/c/~1v", "invalid-resolution")),
        ({"c": {"/w": "mine"}}, ("/resolutions/c/~1w", "unknown-conflict")),
        ({"nobody": {"/v": "mine"}}, ("/resolutions/nobody/~1v", "unknown-conflict")),
    ):
        refused = await it.user.post(f"/api/upgrade-plans/{plan['id']}/resolve", {"resolutions": bad})
        assert (refused.status, refused.problems) == (400, {problem}), bad


async def test_fields_of_what_has_moved_are_no_fields_of_the_plan(world: World):
    it, plan = await edited(world)
    await it.edit(await it.id_of("b"), {"v": 5, "w": 5})
    reply = await it.user.get(f"/api/upgrade-plans/{plan['id']}/fields")
    assert (reply.status, reply.code) == (409, "plan-stale")


async def test_a_large_value_is_left_out_by_name(world: World):
    it = await free(world)
    source = await entity(it.author, "function", "a", {"v": "small"})
    await it.begin(cloned(source))
    await it.write(source, {"v": "x" * 20_000})
    await it.publish(cloned(source))
    [field] = await fields(it, await planned(it))
    assert field["current"] == "small"
    assert field["leftOut"] == ["target", "result"]
    assert "target" not in field
