"""Where a plan may lead, what it asks for, and who may do it."""

import asyncio
from typing import Any

from tests.plans.plan_life import applied, outcomes, path_of, planned
from tests.support.factories.entities import entity
from tests.support.factories.integrations import integration, published
from tests.support.world import World
from tests.upgrades.upgrade_life import Free, cloned, free

SCHEMA = {"type": "object", "properties": {"word": {"type": "string", "default": "a"}}}


async def grown(world: World, **documents: Any) -> Free:
    """Versions 1 and 2, of which 2 has another text and a member more; 2 is installed."""
    it = await free(world)
    a, b = [await entity(it.author, "function", slug, {"v": 1, "t": "${variables.word}"}) for slug in "ab"]
    await it.begin(cloned(a), variablesSchema=SCHEMA, **documents)
    await it.write(a, {"v": 2, "t": "${variables.word}"})
    await it.publish(cloned(a), cloned(b))
    await it.upgrade()
    return it


async def versions(it: Free) -> list[str]:
    listed = await it.user.get(
        "/api/integration-versions", integration_id=it.draft["id"], orderBy='[{"version": "asc"}]'
    )
    return [version["id"] for version in listed.json["data"]]


async def test_a_plan_leads_back_to_an_older_version_too(world: World):
    it = await grown(world)
    ids = {slug: await it.id_of(slug) for slug in "ab"}
    plan = await planned(it, integrationVersionId=(await versions(it))[0])
    assert (outcomes(plan), plan["to"]["version"]) == ({"a": "update", "b": "remove"}, "1.0.0")
    await applied(it, plan)
    assert await it.text(ids["a"]) == {"v": 1, "t": "a"}
    forth = await planned(it)
    assert outcomes(forth) == {"a": "update", "b": "add"}
    await applied(it, forth)
    assert {slug: await it.id_of(slug) for slug in "ab"} == ids


async def test_a_change_of_variables_is_a_plan_like_any_other(world: World):
    it = await grown(world)
    await it.edit(await it.id_of("b"), {"v": "mine", "t": "a"})
    await it.author.delete(f"/api/integrations/{it.draft['id']}")
    assert (await it.user.post(path_of(it) + "/upgrade-plans")).code == "integration-deleted"
    same = (await versions(it))[-1]
    plan = await planned(it, integrationVersionId=same, strategy="merge", variables={"word": "b"})
    assert outcomes(plan) == {"a": "update", "b": "merge"}
    fields = (await it.user.get(f"/api/upgrade-plans/{plan['id']}/fields", member="b")).json["data"]
    assert {field["pointer"]: field["by"] for field in fields} == {"/t": "variables", "/v": "mine"}
    await applied(it, plan)
    assert [await it.text(await it.id_of(slug)) for slug in "ab"] == [{"v": 2, "t": "b"}, {"v": "mine", "t": "b"}]


async def test_a_version_of_another_integration_is_none(world: World):
    it = await grown(world)
    other = await integration(it.author, "other")
    version = await published(it.author, other["id"])
    for bad in (version["id"], "intver_x", "x"):
        reply = await it.user.post(path_of(it) + "/upgrade-plans", {"integrationVersionId": bad})
        assert reply.problems == {("/integrationVersionId", "unknown-version")}
    plan = await planned(it)
    for bad in ("intpln_x", plan["id"][:-1] + ("0" if plan["id"][-1] != "0" else "1")):
        reply = await it.user.post(path_of(it) + "/upgrade", {"planId": bad})
        assert reply.problems == {("/planId", "unknown-plan")}
    reply = await it.user.post(path_of(it) + "/upgrade", {"planId": plan["id"], "variables": {"word": "b"}})
    assert reply.problems == {("/planId", "plan-alone")}


async def test_a_plan_waits_for_consent_and_an_admin_gives_it(world: World):
    it = await grown(world)
    await it.publish(*it.draft.get("members", []), manifest={"permissions": ["mail.send"], "members": []})
    editor = await world.key(it.user.workspace_id, "editor")
    reply = await editor.post(path_of(it) + "/upgrade-plans")
    assert reply.status == 201, reply.json
    plan = reply.json
    assert {member["reason"] for member in plan["members"]} == {"pending-consent"}
    assert plan["installs"][0]["permissions"] == ["mail.send"]
    for who in (editor, it.user):
        refused = await who.post(f"/api/upgrade-plans/{plan['id']}/apply")
        assert (refused.status, refused.code, refused.json["permissions"]) == (409, "consent-required", ["mail.send"])
    accepting = {"acceptPermissions": ["mail.send"]}
    assert (await editor.post(path_of(it) + "/upgrade-plans", accepting)).status == 403
    assert (await it.user.post(path_of(it) + "/upgrade-plans", {"acceptPermissions": ["x"]})).code == "consent-required"
    given = (await it.user.post(path_of(it) + "/upgrade-plans", accepting)).json
    assert {member["reason"] for member in given["members"]} == {None}
    assert (await editor.post(f"/api/upgrade-plans/{given['id']}/apply")).status == 403
    await applied(it, given)


async def test_a_decision_that_makes_something_invalid_is_a_conflict_again(world: World):
    it = await free(world)
    source = await entity(it.author, "function", "a", {"parameters": [], "v": 1})
    await it.begin(cloned(source))
    await it.edit(await it.id_of("a"), {"parameters": [], "v": 2})
    await it.write(source, {"parameters": [], "v": 3})
    await it.publish(cloned(source))
    nobody = f"sch_{'0' * 26}"
    plan = await planned(it, strategy="merge", resolutions={"a": {"/v": {"value": {"inputSchemaId": nobody}}}})
    [member] = plan["members"]
    assert (member["outcome"], member["conflicts"]) == (
        "conflict", [{"pointer": "/v/inputSchemaId", "kind": "invalid"}],
    )  # fmt: skip
    done = await applied(it, plan)
    assert done["installs"][0]["skipped"] == ["a"]
    assert await it.text(await it.id_of("a")) == {"parameters": [], "v": 2}

    again = {"/v": {"value": {"inputSchemaId": nobody}}, "/v/inputSchemaId": {"value": "none"}}
    decided = await planned(it, strategy="merge", resolutions={"a": again})
    assert outcomes(decided) == {"a": "merge"}
    await applied(it, decided)
    assert await it.text(await it.id_of("a")) == {"parameters": [], "v": {"inputSchemaId": "none"}}


async def test_two_who_apply_one_plan_do_it_once(world: World):
    it = await free(world)
    source = await entity(it.author, "function", "a", {"v": 1})
    await it.begin(cloned(source))
    await it.write(source, {"v": 2})
    await it.publish(cloned(source))
    plan = await planned(it)
    path = f"/api/upgrade-plans/{plan['id']}/apply"
    edit = it.user.patch(f"/api/entities/{await it.id_of('a')}", {"definition": {"v": "mine"}})
    *replies, edited = await asyncio.gather(it.user.post(path), it.user.post(path), edit)
    assert edited.status == 200
    said = sorted((reply.status, reply.code if reply.status == 409 else "") for reply in replies)
    # either the edit came first, and there is a new plan for each, or one of them did it before
    assert said in ([(409, "plan-stale")] * 2, [(200, ""), (409, "plan-applied")])
    assert await it.text(await it.id_of("a")) == {"v": "mine"}


async def test_another_workspace_finds_no_plan(world: World):
    it = await grown(world)
    plan = await planned(it)
    stranger = await world.workspace("stranger")
    for method, end in (("GET", ""), ("GET", "/fields"), ("POST", "/apply"), ("POST", "/resolve")):
        body = {"resolutions": {}} if end == "/resolve" else None
        reply = await stranger(method, f"/api/upgrade-plans/{plan['id']}{end}", body)
        absent = await stranger(method, f"/api/upgrade-plans/intpln_{'0' * 26}{end}", body)
        assert (reply.status, reply.code) == (absent.status, absent.code) == (404, "not-found")
