"""The calls on events."""

from tests.support.factories.entities import entity
from tests.support.factories.integrations import integration
from tests.support.world import World

PATH = "/api/events"


async def test_a_change_is_told_to_the_viewers_of_its_workspace(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    draft = await integration(alpha)
    await alpha.patch(f"/api/integrations/{draft['id']}", {"name": "New"})
    viewer = await world.key(alpha.workspace_id, "viewer")
    page = await viewer.get(PATH)
    assert page.statements == 1
    updated, created = page.json["data"]
    assert set(updated) == {"id", "workspaceId", "type", "subjectId", "actorId", "data", "createdAt"}
    assert (updated["type"], created["type"]) == ("integration.updated", "integration.created")
    assert (updated["subjectId"], updated["actorId"]) == (draft["id"], draft["createdBy"])
    assert (updated["data"], updated["workspaceId"]) == ({"fields": ["name"]}, alpha.workspace_id)
    read = await viewer.get(f"{PATH}/{updated['id']}")
    assert (read.json, read.statements) == (updated, 1)
    assert (await world.stranger.get(PATH)).status == 401
    hidden, absent = await beta.get(f"{PATH}/{updated['id']}"), await beta.get(f"{PATH}/{updated['id'][:-4]}0000")
    assert hidden.status == absent.status == 404
    assert {**hidden.json, "requestId": ""} == {**absent.json, "requestId": ""}
    assert (await beta.get(PATH)).json["data"] == []


async def test_the_list_narrows_by_workspace_type_subject_and_actor(world: World):
    alpha, beta, admin = await world.workspace("alpha"), await world.workspace("beta"), await world.platform_admin()
    agent = await entity(alpha, "agent", "helper")
    draft, foreign = await integration(alpha), await integration(beta)

    async def subjects(**parameters: str) -> list[str]:
        return [row["subjectId"] for row in (await admin.get(PATH, **parameters)).json["data"]]

    assert await subjects() == [foreign["id"], draft["id"], agent["id"]]
    assert await subjects(workspace_id=beta.workspace_id) == [foreign["id"]]
    assert await subjects(type="entity.created") == [agent["id"]]
    assert await subjects(subject_id=agent["id"]) == [agent["id"]]
    assert await subjects(subject_id="nonsense") == []
    assert await subjects(actor_id=draft["createdBy"]) == [draft["id"], agent["id"]]
    assert (await alpha.get(PATH, workspace_id=beta.workspace_id)).json["data"] == []
    assert (await alpha.get(PATH, subject_id=foreign["id"])).json["data"] == []


async def test_pages_walk_through_all_events(world: World):
    alpha = await world.workspace("alpha")
    drafts = [(await integration(alpha, f"demo{number}"))["id"] for number in range(5)]
    seen: list[str] = []
    page = (await alpha.get(PATH, limit=2)).json
    while True:
        seen += [row["subjectId"] for row in page["data"]]
        assert page["pageInfo"]["total"] == 5
        if not page["pageInfo"]["hasNextPage"]:
            break
        page = (await alpha.get(PATH, limit=2, after=page["pageInfo"]["endCursor"])).json
    assert seen == drafts[::-1]
