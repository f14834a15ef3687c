"""The calls on publisher names."""

import asyncio

from tests.support.factories.integrations import integration
from tests.support.world import World

PATH = "/api/publishers"


async def test_a_platform_admin_gives_a_workspace_a_further_name(world: World):
    alpha, admin = await world.workspace("alpha"), await world.platform_admin()
    body = {"workspaceId": alpha.workspace_id, "slug": "demo", "name": "Demo", "publisher": "stripe"}
    assert (await alpha.post("/api/integrations", body)).status == 403
    made = await admin.post(PATH, {"name": "stripe", "workspaceId": alpha.workspace_id})
    assert made.status == 201
    assert set(made.json) == {"id", "name", "workspaceId", "createdBy", "createdAt"}
    read = await alpha.get(f"{PATH}/{made.json['id']}")
    assert (read.json, read.statements) == (made.json, 1)
    assert (await alpha.post("/api/integrations", body)).json["publisher"] == "stripe"
    taken = await admin.post(PATH, {"name": "stripe", "workspaceId": (await world.workspace("beta")).workspace_id})
    assert (taken.status, taken.code) == (409, "publisher-taken")
    wrong = await admin.post(PATH, {"name": "Not A Slug", "workspaceId": alpha.workspace_id})
    assert wrong.problems == {("/name", "invalid-value")}


async def test_nobody_else_gives_or_takes_names(world: World):
    alpha, beta, admin = await world.workspace("alpha"), await world.workspace("beta"), await world.platform_admin()
    made = await admin.post(PATH, {"name": "stripe", "workspaceId": alpha.workspace_id})
    path, body = f"{PATH}/{made.json['id']}", {"name": "more", "workspaceId": alpha.workspace_id}
    assert (await world.stranger.delete(path)).status == 401
    for reply in (await beta.get(path), await beta.delete(path), await beta.post(PATH, body)):
        assert reply.status == 404
    for reply in (await alpha.delete(path), await alpha.post(PATH, body)):
        assert reply.status == 403


async def test_a_name_goes_when_nothing_bears_it_and_the_slug_never(world: World):
    alpha, admin = await world.workspace("alpha"), await world.platform_admin()
    made = await admin.post(PATH, {"name": "stripe", "workspaceId": alpha.workspace_id})
    path = f"{PATH}/{made.json['id']}"
    draft = await integration(alpha, publisher="stripe")
    await alpha.delete(f"/api/integrations/{draft['id']}")
    assert (await admin.delete(path)).code == "in-use"
    await alpha.delete(f"/api/integrations/{draft['id']}/purge")
    assert (await admin.delete(path)).json == {"success": True}
    assert (await admin.get(path)).status == 404
    own = (await alpha.get(PATH)).json["data"]
    assert [row["name"] for row in own] == ["alpha"]
    assert (await admin.delete(f"{PATH}/{own[0]['id']}")).code == "own-slug"
    events = (await alpha.get("/api/events", subject_id=made.json["id"])).json["data"]
    assert [event["type"] for event in events] == ["publisher.deleted", "publisher.created"]


async def test_a_name_does_not_go_under_a_draft_that_is_being_made(world: World):
    alpha, admin = await world.workspace("alpha"), await world.platform_admin()
    for round_ in range(5):
        made = await admin.post(PATH, {"name": f"name{round_}", "workspaceId": alpha.workspace_id})
        body = {"workspaceId": alpha.workspace_id, "slug": "demo", "name": "Demo", "publisher": f"name{round_}"}
        created, deleted = await asyncio.gather(
            alpha.post("/api/integrations", body), admin.delete(f"{PATH}/{made.json['id']}")
        )
        assert (created.status, deleted.status) in {(201, 409), (403, 200)}


async def test_the_list_holds_the_names_of_the_callers_workspaces(world: World):
    alpha, beta, admin = await world.workspace("alpha"), await world.workspace("beta"), await world.platform_admin()
    await admin.post(PATH, {"name": "stripe", "workspaceId": alpha.workspace_id})
    page = await alpha.get(PATH)
    assert ([row["name"] for row in page.json["data"]], page.statements) == (["stripe", "alpha"], 1)
    assert [row["name"] for row in (await alpha.get(PATH, name="TRI")).json["data"]] == ["stripe"]
    assert (await alpha.get(PATH, workspace_id=beta.workspace_id)).json["data"] == []
    assert len((await admin.get(PATH)).json["data"]) == 3
