"""The calls on workspaces."""

from tests.support.client import As
from tests.support.factories.integrations import integration
from tests.support.world import World


async def _made(caller: As, slug: str = "acme", **fields: str):
    reply = await caller.post("/api/workspaces", {"slug": slug, "name": slug, **fields})
    assert reply.status == 201, reply.json
    return reply.json


async def _member(world: World, workspace_id: str, tier: str) -> As:
    """A session of a user who has this tier in the workspace."""
    user_id = await world.user()
    await world.member(workspace_id, user_id, tier)
    return await world.session(user_id)


async def test_any_user_makes_a_workspace_and_is_its_admin(world: World):
    assert (await world.stranger.post("/api/workspaces", {"slug": "acme", "name": "Acme"})).status == 401
    user = await world.session(await world.user())
    made = await _made(user, description="things")
    assert set(made) == {
        "id", "slug", "name", "description", "retentionTier", "createdBy", "deletedAt", "createdAt", "updatedAt",
    }  # fmt: skip
    assert (made["retentionTier"], made["deletedAt"]) == ("medium", None)
    read = await user.get(f"/api/workspaces/{made['id']}")
    assert (read.json, read.statements) == (made, 1)
    changed = await user.patch(
        f"/api/workspaces/{made['id']}", {"name": "Acme", "description": None, "retentionTier": "long"}
    )
    assert (changed.json["name"], changed.json["description"], changed.json["retentionTier"]) == (
        "Acme", None, "long",
    )  # fmt: skip
    # it publishes under its slug at once
    body = {"workspaceId": made["id"], "slug": "demo", "name": "Demo"}
    assert (await user.post("/api/integrations", body)).json["publisher"] == "acme"


async def test_a_key_makes_no_workspace(world: World):
    alpha = await world.workspace("alpha")
    assert (await alpha.post("/api/workspaces", {"slug": "beta", "name": "Beta"})).status == 403


async def test_who_is_not_in_it_learns_nothing_and_who_is_no_admin_changes_nothing(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    path = f"/api/workspaces/{alpha.workspace_id}"
    for reply in (await world.stranger.get(path), await world.stranger.delete(path)):
        assert reply.status == 401
    for reply in (
        await beta.get(path),
        await beta.patch(path, {"name": "X"}),
        await beta.delete(path),
        await beta.post(path + "/restore"),
    ):
        assert reply.status == 404
    editor = await _member(world, alpha.workspace_id, "editor")
    assert (await editor.get(path)).status == 200
    for reply in (
        await editor.patch(path, {"name": "X"}),
        await editor.delete(path),
        await editor.post(path + "/restore"),
    ):
        assert reply.status == 403


async def test_slug_and_publisher_name_are_one_name_in_the_installation(world: World):
    user, admin = await world.session(await world.user()), await world.platform_admin()
    acme = await _made(user)
    reply = await user.post("/api/workspaces", {"slug": "acme", "name": "Again"})
    assert (reply.status, reply.code) == (409, "slug-taken")
    await admin.post("/api/publishers", {"name": "stripe", "workspaceId": acme["id"]})
    reply = await user.post("/api/workspaces", {"slug": "stripe", "name": "Stripe"})
    assert (reply.status, reply.code) == (409, "publisher-taken")
    wrong = await user.post("/api/workspaces", {"slug": "Acme!\n", "name": "", "retentionTier": "ever"})
    assert {pointer for pointer, _ in wrong.problems} == {"/slug", "/name", "/retentionTier"}


async def test_in_a_deleted_workspace_nobody_acts_until_an_admin_restores_it(world: World):
    alpha = await world.workspace("alpha")
    path = f"/api/workspaces/{alpha.workspace_id}"
    draft = await integration(alpha)
    lead = await _member(world, alpha.workspace_id, "admin")
    viewer = await _member(world, alpha.workspace_id, "viewer")
    assert (await lead.delete(path)).json == {"success": True}
    assert (await lead.delete(path)).status == 404
    assert (await alpha.get(path)).status == 401
    assert (await lead.get(f"/api/integrations/{draft['id']}")).status == 404
    body = {"workspaceId": alpha.workspace_id, "slug": "more", "name": "More"}
    assert (await lead.post("/api/integrations", body)).status == 404
    # the slug stays its own, and only an admin sees that it was there
    assert (await lead.post("/api/workspaces", {"slug": "alpha", "name": "Again"})).code == "slug-taken"
    assert (await viewer.get(path)).status == 404
    assert (await viewer.post(path + "/restore")).status == 404
    assert (await lead.get(path)).json["deletedAt"] is not None
    assert (await lead.patch(path, {"name": "X"})).code == "deleted"
    assert (await lead.post(path + "/restore")).json["deletedAt"] is None
    assert (await lead.post(path + "/restore")).code == "not-deleted"
    assert (await alpha.get(path)).status == 200
    assert (await viewer.get(path)).status == 200


async def test_a_platform_admin_administers_every_workspace(world: World):
    alpha, admin = await world.workspace("alpha"), await world.platform_admin()
    path = f"/api/workspaces/{alpha.workspace_id}"
    assert (await admin.delete(path)).status == 200
    assert (await admin.post(path + "/restore")).status == 200


async def test_the_list_shows_the_callers_workspaces_and_deleted_ones_to_their_admins(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    lead = await _member(world, alpha.workspace_id, "admin")
    await world.member(beta.workspace_id, (await lead.get("/api/users")).json["data"][0]["id"], "viewer")

    async def slugs(caller: As, **parameters: str) -> list[str]:
        reply = await caller.get("/api/workspaces", **parameters)
        assert (reply.status, reply.statements) == (200, 1)
        assert reply.json["pageInfo"]["total"] == len(reply.json["data"])
        return [row["slug"] for row in reply.json["data"]]

    assert await slugs(alpha) == ["alpha"]
    assert await slugs(lead) == ["beta", "alpha"]
    assert await slugs(lead, slug="beta") == ["beta"]
    assert await slugs(lead, name="ALPH") == ["alpha"]
    await lead.delete(f"/api/workspaces/{alpha.workspace_id}")
    admin = await world.platform_admin()
    await admin.delete(f"/api/workspaces/{beta.workspace_id}")
    assert await slugs(lead) == []
    assert await slugs(lead, include_deleted="true") == ["alpha"]
    assert await slugs(admin, include_deleted="only") == ["beta", "alpha"]


async def test_every_change_of_a_workspace_is_an_event(world: World):
    user = await world.session(await world.user())
    made = await _made(user)
    path = f"/api/workspaces/{made['id']}"
    await user.patch(path, {"name": "New"})
    await user.patch(path, {})
    await user.delete(path)
    await user.post(path + "/restore")
    events = (await user.get("/api/events", workspace_id=made["id"])).json["data"]
    assert [(event["type"], event["subjectId"], event["actorId"]) for event in reversed(events)] == [
        (f"workspace.{change}", made["id"], made["createdBy"])
        for change in ("created", "updated", "deleted", "restored")
    ]
