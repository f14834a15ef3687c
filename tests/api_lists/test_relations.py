"""Filters through relations: what they find, and that no hop shows what the caller does not see otherwise."""

import json
from typing import Any

import asyncpg
import pytest

from graft.auth.caller import NOBODY, Caller, Tier
from graft.db.connection import set_codecs
from graft.ids import Id
from graft.listing import Resource, fetch_page, read_query, sql
from graft.web import lists
from tests.api_lists.scene import Scene, named, published_public, scene
from tests.support.catalog import CATALOG
from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed
from tests.support.factories.integrations import integration, published
from tests.support.world import World

pytestmark = pytest.mark.slow

# What leads where.
RELATIONS = {
    "integrations": {"workspace", "versions", "installs"},
    "integration-versions": {"integration", "installs"},
    "integration-installs": {
        "integration",
        "integrationVersion",
        "workspace",
        "parentInstall",
        "childInstalls",
        "members",
        "solution",
    },
    "integration-members": {"install", "entity"},
    "entities": {"workspace", "versions", "memberships"},
}

INTEGRATIONS, VERSIONS = "/api/integrations", "/api/integration-versions"
INSTALLS, ENTITIES = "/api/integration-installs", "/api/entities"
SOLUTION_MEMBERS = "/api/solution-members"


async def _count(caller: As, path: str, tree: Any) -> int:
    reply = await caller.get(path, filter=json.dumps(tree))
    assert reply.status == 200, reply.json
    assert reply.statements <= 1
    assert reply.json["pageInfo"]["total"] == len(reply.json["data"])
    return reply.json["pageInfo"]["total"]


def test_every_relation_that_the_lists_promise_is_there():
    declared = {resource.name: resource for resource in CATALOG}
    for name, expected in RELATIONS.items():
        assert declared[name].relations.keys() == expected


@pytest.mark.parametrize("name", sorted(resource.name for resource in CATALOG))
async def test_every_field_and_relation_is_sql_that_runs(name: str, shared_database_url: str):
    resource = next(resource for resource in CATALOG if resource.name == name)
    one, other = Id("0" * 25 + "1"), Id("0" * 25 + "2")
    callers = (
        Caller(NOBODY, "secret", NOBODY, {one: Tier.ADMIN}),
        Caller(NOBODY, "session", one, {one: Tier.VIEWER, other: Tier.ADMIN}),
        Caller(NOBODY, "session", one, platform_admin=True),
    )
    connection = await asyncpg.connect(shared_database_url)
    try:
        await set_codecs(connection)
        for caller in callers:
            for tree in _conditions(resource):
                await _run(connection, caller, resource, tree, [])
            for key, field in resource.fields.items():
                if field.orderable and field.scalar.orderable:
                    await _run(connection, caller, resource, {}, [{key: "desc_nulls_last"}])
    finally:
        await connection.close()


def _conditions(resource: Resource[Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {key: {"ne": None}} for key, field in resource.fields.items() if field.scalar.operators
    ]
    for key, relation in resource.relations.items():
        if relation.many:
            found += [{key: {"some": {}}}, {key: {"none": {}}}, {key: {"every": {"id": {"ne": None}}}}]
        else:
            found += [{key: {}}, {key: None}]
    return found


async def _run(connection: asyncpg.Connection, caller: Caller, resource: Resource[Any], tree: Any, order: Any) -> None:
    query = read_query(resource, [("filter", json.dumps(tree)), ("orderBy", json.dumps(order))], CATALOG)
    scope = lists.Scope(caller)
    await fetch_page(connection.fetch, query, scope, columns=sql("t.id"), key=b"key", caller="somebody")


async def test_installs_are_found_by_what_they_are_tied_to(world: World):
    found = await scene(world)
    child = await installed(found.beta, found.demo["id"], parentInstallId=found.install["id"])
    for tree, expected in (
        ({"integration": {"slug": "demo"}}, 2),
        ({"integration": {"NOT": {"slug": "demo"}}}, 0),
        ({"integration": None}, 0),
        ({"integrationVersion": {"version": "1.0.0"}}, 2),
        ({"integrationVersion": {"integration": {"publisher": "alpha"}}}, 2),
        ({"workspace": {"slug": "beta"}}, 2),
        ({"workspace": {"slug": "alpha"}}, 0),
        ({"parentInstall": {"id": found.install["id"]}}, 1),
        ({"parentInstall": None}, 1),
        ({"childInstalls": {"some": {"id": child["id"]}}}, 1),
        ({"childInstalls": {"none": {}}}, 1),
        ({"members": {"some": {"isClone": True}}}, 2),
        ({"members": {"every": {"isClone": True}}}, 0),
        ({"members": {"some": {"detached": True}}}, 0),
        ({"members": {"some": {"entity": {"name": "shown"}}}}, 2),
        ({"members": {"some": {"entity": {"slug": "given", "kind": "agent"}}}}, 2),
        ({"solution": {"name": "demo"}}, 2),
        ({"solution": None}, 0),
    ):
        assert await _count(found.beta, INSTALLS, tree) == expected, tree


async def test_entities_are_found_by_their_memberships_and_versions(world: World):
    found = await scene(world)
    own = await entity(found.beta, "schema", "own")
    await found.beta.patch(f"/api/entities/{own['id']}", {"definition": {"type": "object"}})
    shown = (await found.beta.get(f"/api/entities/{found.shown['id']}")).json
    for tree, expected in (
        ({"memberships": {"none": {}}}, ["own"]),
        ({"memberships": {"some": {"install": {"integration": {"slug": "demo"}}}}}, ["given", "shown"]),
        ({"memberships": {"some": {"isClone": False}}}, ["shown"]),
        ({"memberships": {"some": {"sourceMemberSlug": "given"}}}, ["given"]),
        ({"workspace": {"slug": "beta"}}, ["own", "given"]),
        ({"workspace": None}, ["shown"]),
        ({"versions": {"some": {"id": own["defaultVersionId"]}}}, ["own"]),
        ({"versions": {"some": {"id": shown["defaultVersionId"]}}}, ["shown"]),
        ({"versions": {"some": {"id": found.shown["defaultVersionId"]}}}, []),
        ({"versions": {"some": {"createdBy": None}}}, ["given", "shown"]),
        ({"versions": {"every": {"entityId": own["id"]}}}, ["own"]),
    ):
        reply = await found.beta.get(ENTITIES, filter=json.dumps(tree))
        assert named(reply) == expected, tree
    clone = {"entity": {"versions": {"some": {"createdBy": None}}}, "solution": {"name": {"startsWith": "de"}}}
    assert await _count(found.beta, SOLUTION_MEMBERS, clone) == 1


async def test_integrations_and_versions_find_each_other_and_their_installs(world: World):
    found = await scene(world)
    await published(found.alpha, found.demo["id"], "1.1.0")
    await integration(found.alpha, "draft")
    for tree, expected in (
        ({"versions": {"some": {"version": "1.1.0"}}}, ["demo"]),
        ({"versions": {"none": {}}}, ["draft"]),
        ({"versions": {"every": {"version": "1.0.0"}}}, ["draft"]),
        ({"workspace": {"slug": {"contains": "alph"}}}, ["draft", "demo"]),
        ({"installs": {"some": {}}}, []),
    ):
        reply = await found.alpha.get(INTEGRATIONS, filter=json.dumps(tree))
        assert named(reply) == expected, tree
    assert await _count(found.alpha, VERSIONS, {"integration": {"slug": "demo"}}) == 2
    assert await _count(found.alpha, VERSIONS, {"integration": {"slug": "draft"}}) == 0
    await installed(found.alpha, found.demo["id"], integrationVersionId=found.version["id"])
    tree = {"installs": {"some": {"memberPolicy": "auto_defaults"}}}
    assert named(await found.alpha.get(VERSIONS, filter=json.dumps(tree)), "version") == ["1.0.0"]
    assert named(await found.alpha.get(INTEGRATIONS, filter=json.dumps(tree))) == ["demo"]


async def test_a_hop_ends_where_the_caller_sees_nothing(world: World):
    found = await scene(world)
    public = await published_public(world, found.alpha, "public")
    await installed(found.beta, public["id"])
    guest = await world.workspace("guest")
    for tree, theirs, guests in (
        ({"installs": {"some": {}}}, 1, 0),
        ({"installs": {"none": {}}}, 0, 1),
        ({"workspace": {"slug": "alpha"}}, 0, 0),
        ({"workspace": None}, 1, 1),
        ({"versions": {"some": {"integration": {"slug": "public"}}}}, 1, 1),
        ({"versions": {"some": {"installs": {"some": {"workspace": {"slug": "beta"}}}}}}, 1, 0),
    ):
        both = (await _count(found.beta, INTEGRATIONS, tree), await _count(guest, INTEGRATIONS, tree))
        assert both == (theirs, guests), tree
    # the author does not see who has installed it, nor what became of it there
    assert await _count(found.alpha, INTEGRATIONS, {"installs": {"some": {}}}) == 0
    assert await _count(found.alpha, ENTITIES, {"memberships": {"some": {}}}) == 0


async def test_a_hop_to_a_reference_meets_what_was_published(world: World):
    found = await scene(world)
    body = {"name": "present", "description": "present", "definition": {"text": "two"}}
    changed = (await found.alpha.patch(f"/api/entities/{found.shown['id']}", body)).json
    for condition, expected in (
        ({"name": "present"}, 0),
        ({"description": "present"}, 0),
        ({"versions": {"some": {"id": changed["defaultVersionId"]}}}, 0),
        ({"name": "shown"}, 1),
    ):
        assert await _count(found.beta, INSTALLS, {"members": {"some": {"entity": condition}}}) == expected
    assert await _count(found.beta, ENTITIES, {"versions": {"some": {"id": changed["defaultVersionId"]}}}) == 0
    assert await _count(found.alpha, ENTITIES, {"versions": {"some": {"id": changed["defaultVersionId"]}}}) == 1


async def test_a_publishable_key_gets_nowhere_but_to_integrations_and_versions(world: World):
    found = await scene(world)
    public = await published_public(world, found.alpha, "public")
    await installed(found.beta, public["id"])
    browser = await world.key(found.beta.workspace_id, "viewer", kind="publishable")
    for tree, members, browsers in (
        ({"installs": {"some": {}}}, 1, 0),
        ({"installs": {"some": {"members": {"none": {}}}}}, 1, 0),
        ({"versions": {"some": {"installs": {"some": {}}}}}, 1, 0),
        ({"versions": {"some": {"version": "1.0.0"}}}, 1, 1),
    ):
        both = (await _count(found.beta, INTEGRATIONS, tree), await _count(browser, INTEGRATIONS, tree))
        assert both == (members, browsers), tree
    mine = await world.key(found.alpha.workspace_id, "viewer", kind="publishable")
    assert await _count(mine, INTEGRATIONS, {"workspace": {"slug": "alpha"}}) == 0
    assert await _count(mine, VERSIONS, {"integration": {"slug": "public"}}) == 1
    for path in (INSTALLS, ENTITIES, "/api/solutions", SOLUTION_MEMBERS, "/api/integration-reviews"):
        assert (await browser.get(path)).status == 403, path
        assert (await world.stranger.get(path)).status == 401, path
    for path in (f"/api/entities/{found.shown['id']}/versions", f"/api/solutions/{found.install['solutionId']}"):
        assert (await browser.get(path)).status == 403, path
        assert (await world.stranger.get(path)).status == 401, path


async def _hide_more(world: World, found: Scene) -> None:
    """Rows like those of the scene, in workspaces that its callers do not see."""
    other, third = await world.workspace("other"), await world.workspace("third")
    hidden = await entity(other, "function", "shown")
    demo = await integration(
        other,
        "demo",
        manifest={"members": [{"slug": "shown", "entityId": hidden["id"], "kind": "function", "required": True}]},
    )
    await published(other, demo["id"])
    await other.post(f"/api/integrations/{demo['id']}/visibility", {"visibility": "unlisted"})
    await installed(third, demo["id"])
    # strangers use what the callers see, too
    await installed(third, found.demo["id"])


async def test_rows_of_others_change_no_list_under_any_filter(world: World):
    questions = [
        (INTEGRATIONS, {"installs": {"some": {}}}),
        (INTEGRATIONS, {"OR": [{"installs": {"none": {}}}, {"versions": {"some": {"installs": {"some": {}}}}}]}),
        (VERSIONS, {"installs": {"every": {"integration": {"slug": "demo"}}}}),
        (INSTALLS, {"integration": {"slug": "demo"}}),
        (INSTALLS, {"integration": {"installs": {"every": {"workspace": {"slug": "beta"}}}}}),
        (ENTITIES, {"memberships": {"every": {"install": {"workspace": {"slug": "beta"}}}}}),
        (ENTITIES, {"slug": "shown", "versions": {"some": {}}}),
        (SOLUTION_MEMBERS, {"entity": {"slug": "given"}}),
        ("/api/integration-reviews", {"integration": {"slug": "demo"}}),
    ]

    async def answers(found: Scene) -> list[bytes]:
        return [
            (await caller.get(path, filter=json.dumps(tree))).content
            for path, tree in questions
            for caller in (found.alpha, found.beta)
        ]

    found = await scene(world)
    before = await answers(found)
    await _hide_more(world, found)
    assert await answers(found) == before
