"""A draft is run against the installs that there are: counts of what it would mean, and nothing else leaves anybody."""

from typing import Any

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed, members_of
from tests.support.factories.integrations import integration, manifest_member, offered, published, unlisted
from tests.support.world import World

NOTHING = {
    "merges": 0, "conflicts": 0, "needsValue": 0, "needsConsent": 0, "needsAuth": 0, "lacksDependency": 0,
    "breaksDependent": 0, "tooLarge": 0,
}  # fmt: skip
_TABLES = ("installs", "install_members", "entities", "entity_versions", "operations", "events", "integration_versions",
           "templates", "upgrade_plans", "variable_states")  # fmt: skip


async def _impact(author: As, draft: dict[str, Any], body: Any = None) -> dict[str, Any]:
    reply = await author.post(f"/api/integrations/{draft['id']}/impact", body)
    assert reply.status == 200, reply.json
    return reply.json


def _told(found: dict[str, Any]) -> dict[str, Any]:
    return {key: found[key] for key in NOTHING if found[key]} | {"clean": found["clean"]}


async def _fleet(world: World, **documents: Any) -> tuple[As, dict[str, Any], dict[str, Any]]:
    """An author's integration with one function that is copied."""
    author = await world.workspace("author")
    function = await entity(author, "function", "send", {"path": "/one", "summary": "One", "tags": ["a"]})
    member = manifest_member(function, required=True, forkOnInstall=True)
    return author, function, await offered(author, "demo", [member], **documents)


async def _tenant(world: World, slug: str, draft: dict[str, Any], **body: Any) -> tuple[As, dict[str, Any]]:
    tenant = await world.workspace(slug)
    return tenant, await installed(tenant, draft["id"], **body)


async def _edit(tenant: As, install: dict[str, Any], **changes: Any) -> None:
    clone = (await members_of(tenant, install))["send"]["entityId"]
    definition = (await tenant.get(f"/api/entities/{clone}")).json["definition"]
    assert (await tenant.patch(f"/api/entities/{clone}", {"definition": definition | changes})).status == 200


async def test_edits_merge_or_conflict_and_the_others_are_clean(world: World):
    author, function, draft = await _fleet(world)
    await _tenant(world, "plain", draft)
    merging, one = await _tenant(world, "merging", draft)
    await _edit(merging, one, summary="Ours, secret words")
    clashing, two = await _tenant(world, "clashing", draft)
    await _edit(clashing, two, path="/ours")
    same, three = await _tenant(world, "same", draft)
    await _edit(same, three, path="/two")

    await author.patch(
        f"/api/entities/{function['id']}", {"definition": {"path": "/two", "summary": "One", "tags": ["a"]}}
    )
    before = await world.values(f"select {', '.join(f'(select count(*) from {name})' for name in _TABLES)}")
    reply = await author.post(f"/api/integrations/{draft['id']}/impact")
    found = reply.json
    assert (found["version"], found["installs"], found["planned"], found["partial"]) == ("1.0.1", 4, 4, False)
    assert _told(found) == {"clean": 2, "merges": 1, "conflicts": 1}
    assert found["members"] == {"update": 2, "merge": 1, "conflict": 1, "add": 0, "remove": 0, "skip": 0}
    for secret in (b"Ours", b"/ours", one["id"].encode(), merging.workspace_id.encode()):
        assert secret not in reply.content
    assert await world.values(f"select {', '.join(f'(select count(*) from {name})' for name in _TABLES)}") == before


async def test_it_says_what_the_plans_say_once_it_is_published(world: World):
    author, function, draft = await _fleet(world)
    tenants = [await _tenant(world, f"t{at}", draft) for at in range(3)]
    await _edit(*tenants[0], summary="Ours")
    await _edit(*tenants[1], path="/ours")
    helper = await entity(author, "function", "helper", {"n": 1})
    await author.patch(
        f"/api/entities/{function['id']}", {"definition": {"path": "/two", "summary": "One", "tags": ["b"]}}
    )
    members = [manifest_member(function, required=True, forkOnInstall=True), manifest_member(helper, required=True)]
    await author.patch(f"/api/integrations/{draft['id']}", {"manifest": {"members": members}})
    found = await _impact(author, draft)

    await published(author, draft["id"], found["version"])
    summed: dict[str, int] = {}
    for tenant, install in tenants:
        path = f"/api/integration-installs/{install['id']}/upgrade-plans"
        plan = (await tenant.post(path, {"strategy": "merge"})).json
        for outcome, count in plan["summary"].items():
            summed[outcome] = summed.get(outcome, 0) + count
    assert {outcome: summed[outcome] for outcome in found["members"]} == found["members"]


async def test_what_installs_would_need_is_counted(world: World):
    author, _, draft = await _fleet(world)
    await _tenant(world, "one", draft)
    await _tenant(world, "two", draft)
    path = f"/api/integrations/{draft['id']}"
    assert _told(await _impact(author, draft)) == {"clean": 2}

    needed = {"type": "object", "properties": {"key": {"type": "string"}}, "required": ["key"]}
    await author.patch(path, {"variablesSchema": needed})
    assert _told(await _impact(author, draft)) == {"clean": 0, "needsValue": 2}

    manifest = draft["manifest"] | {
        "permissions": ["read"], "dependencies": [{"integration": "acme/base", "range": "^1.0.0"}]
    }  # fmt: skip
    await author.patch(path, {"variablesSchema": {}, "manifest": manifest, "authConfig": {"type": "api_key"}})
    found = await _impact(author, draft)
    assert _told(found) == {"clean": 0, "needsConsent": 2, "lacksDependency": 2, "needsAuth": 2}
    assert found["version"] == "2.0.0"


async def test_a_dependent_that_breaks_is_counted_by_the_version_that_is_meant(world: World):
    author, _, draft = await _fleet(world)
    tenant, _ = await _tenant(world, "tenant", draft)
    await _tenant(world, "other", draft)
    needing = await offered(
        author, "needing", [], manifest={"dependencies": [{"integration": "author/demo", "range": "^1.0.0"}]}
    )
    await installed(tenant, needing["id"])
    assert _told(await _impact(author, draft, {"version": "1.9.0"})) == {"clean": 2}
    assert _told(await _impact(author, draft, {"version": "2.0.0"})) == {"clean": 1, "breaksDependent": 1}
    reply = await author.post(f"/api/integrations/{draft['id']}/impact", {"version": "2"})
    assert (reply.status, reply.problems) == (400, {("/version", "invalid-version")})


async def test_what_would_read_too_large_is_counted(world: World):
    variables = {"type": "object", "properties": {"text": {"type": "string"}}}
    author, function, draft = await _fleet(world, variablesSchema=variables)
    await _tenant(world, "small", draft, variables={"text": "x"})
    await _tenant(world, "large", draft, variables={"text": "x" * 500_000})
    await author.patch(f"/api/entities/{function['id']}", {"definition": {"text": "${variables.text}" * 3}})
    assert _told(await _impact(author, draft)) == {"clean": 1, "tooLarge": 1}


async def test_texts_of_a_draft_are_not_mistaken_for_those_of_another_one(world: World):
    author, function, draft = await _fleet(world)
    tenant, install = await _tenant(world, "tenant", draft)
    await _edit(tenant, install, path="/ours")
    await author.patch(
        f"/api/entities/{function['id']}", {"definition": {"path": "/two", "summary": "One", "tags": ["a"]}}
    )
    assert _told(await _impact(author, draft)) == {"clean": 0, "conflicts": 1}
    await author.patch(
        f"/api/entities/{function['id']}", {"definition": {"path": "/one", "summary": "Two", "tags": ["a"]}}
    )
    assert _told(await _impact(author, draft)) == {"clean": 0, "merges": 1}


async def test_uninstalled_ones_do_not_count(world: World):
    author, _, draft = await _fleet(world)
    tenant, install = await _tenant(world, "tenant", draft)
    await tenant.delete(f"/api/integration-installs/{install['id']}")
    found = await _impact(author, draft)
    assert (found["installs"], found["planned"], found["partial"], found["clean"]) == (0, 0, False, 0)


async def test_beyond_its_budget_it_says_that_it_is_partial(world: World, monkeypatch: Any):
    author, _, draft = await _fleet(world)
    for at in range(5):
        await _tenant(world, f"t{at}", draft)
    monkeypatch.setattr("graft.plans.impact._BATCH", 2)
    assert (await _impact(author, draft))["planned"] == 5
    monkeypatch.setattr("graft.plans.impact.MOST_INSTALLS", 3)
    found = await _impact(author, draft)
    assert (found["installs"], found["planned"], found["partial"]) == (5, 4, True)
    monkeypatch.setattr("graft.plans.impact.MOST_SECONDS", 0)
    found = await _impact(author, draft)
    assert (found["planned"], found["partial"]) == (0, True)


async def test_only_editors_run_it_and_only_of_a_draft_that_could_be_published(world: World):
    author, other = await world.workspace("author"), await world.workspace("other")
    draft = await integration(author, manifest={"dependencies": [{"integration": "a/b", "range": "one"}]})
    path = f"/api/integrations/{draft['id']}/impact"
    assert (await other.post(path)).status == 404
    reply = await author.post(path)
    assert (reply.status, reply.problems) == (400, {("/manifest/dependencies/0/range", "malformed-range")})
    await author.patch(f"/api/integrations/{draft['id']}", {"manifest": {}})
    await published(author, draft["id"])
    await unlisted(author, draft["id"])
    assert (await other.post(path)).status == 403
    assert (await (await world.key(author.workspace_id, "viewer")).post(path)).status == 403
    await author.delete(f"/api/integrations/{draft['id']}")
    assert (await author.post(path)).code == "deleted"
