"""The calls on a draft: create, read, change, delete, restore, purge."""

from tests.support.factories.entities import entity
from tests.support.factories.installs import installed
from tests.support.factories.integrations import integration, manifest_member, published, unlisted
from tests.support.world import World


async def test_a_draft_is_created_read_and_changed(world: World):
    alpha = await world.workspace("alpha")
    made = await integration(alpha, "demo")
    assert (made["publisher"], made["visibility"], made["currentVersion"]) == ("alpha", "private", None)
    changed = await alpha.patch(f"/api/integrations/{made['id']}", {"name": "New", "description": "text"})
    assert changed.status == 200
    read = await alpha.get(f"/api/integrations/{made['id']}")
    assert (read.json["name"], read.json["description"], read.statements) == ("New", "text", 1)


async def test_a_null_clears_a_nullable_field_only(world: World):
    alpha = await world.workspace("alpha")
    made = await integration(alpha)
    await alpha.patch(f"/api/integrations/{made['id']}", {"description": "text"})
    cleared = await alpha.patch(f"/api/integrations/{made['id']}", {"description": None})
    assert cleared.json["description"] is None
    refused = await alpha.patch(f"/api/integrations/{made['id']}", {"name": None})
    assert (refused.status, refused.problems) == (400, {("/name", "wrong-type")})


async def test_every_problem_of_a_body_is_told_at_once(world: World):
    alpha = await world.workspace("alpha")
    reply = await alpha.post("/api/integrations", {"workspaceId": alpha.workspace_id, "slug": 1, "extra": True})
    assert reply.status == 400
    assert {("/slug", "wrong-type"), ("/name", "missing-key"), ("/extra", "unknown-key")} <= reply.problems


async def test_who_may_not_see_it_learns_nothing_and_who_may_not_do_it_is_told(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    viewer = await world.key(alpha.workspace_id, "viewer")
    path = f"/api/integrations/{(await integration(alpha))['id']}"
    assert (await world.stranger.get(path)).status == 401
    hidden, absent = await beta.get(path), await beta.get(path[:-5] + "00000")
    assert hidden.status == absent.status == 404
    assert {**hidden.json, "requestId": ""} == {**absent.json, "requestId": ""}
    assert (await viewer.patch(path, {"name": "New"})).status == 403


async def test_a_deleted_one_keeps_its_slug_until_purge(world: World):
    alpha = await world.workspace("alpha")
    made = await integration(alpha, "demo")
    path = f"/api/integrations/{made['id']}"
    assert (await alpha.delete(path + "/purge")).code == "not-deleted"
    assert (await alpha.delete(path)).json == {"success": True}
    assert (await alpha.delete(path)).status == 404
    body = {"workspaceId": alpha.workspace_id, "slug": "demo", "name": "Again"}
    assert (await alpha.post("/api/integrations", body)).code == "slug-taken"
    assert (await alpha.post(path + "/restore")).json["deletedAt"] is None
    await alpha.delete(path)
    assert (await alpha.delete(path + "/purge")).status == 200
    assert (await alpha.get(path)).status == 404
    assert (await alpha.post("/api/integrations", body)).status == 201


async def test_a_version_string_is_burnt_also_after_purge(world: World):
    alpha = await world.workspace("alpha")
    made = await integration(alpha, "demo")
    await published(alpha, made["id"], "1.0.0+build")
    await alpha.delete(f"/api/integrations/{made['id']}")
    await alpha.delete(f"/api/integrations/{made['id']}/purge")
    again = await integration(alpha, "demo")
    reply = await alpha.post(f"/api/integrations/{again['id']}/publish", {"version": "1.0.0"})
    assert (reply.status, reply.code) == (409, "version-exists")


async def test_a_purge_waits_for_live_installs(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    function = await entity(alpha, "function", "greet", {"text": "hello"})
    made = await integration(alpha, manifest={"members": [manifest_member(function, required=True)]})
    await published(alpha, made["id"])
    await unlisted(alpha, made["id"])
    await installed(beta, made["id"])
    path = f"/api/integrations/{made['id']}"
    await alpha.delete(path)
    assert (await alpha.delete(path + "/purge")).code == "has-live-installs"
