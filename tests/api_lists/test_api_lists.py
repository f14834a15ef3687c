"""The lists of the API: what each shows to whom, by one statement, and page by page."""

from typing import Any

import pytest

from tests.api_lists.scene import Scene, named, published_public, scene
from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.integrations import integration
from tests.support.world import World


async def _ids(caller: As, path: str, **parameters: Any) -> list[str]:
    reply = await caller.get(path, **parameters)
    assert reply.status == 200, reply.json
    assert reply.statements == 1
    return [row["id"] for row in reply.json["data"]]


async def test_every_list_is_one_statement_and_shows_strangers_nothing(world: World):
    found = await scene(world)
    stranger = await world.workspace("stranger")
    for path in (
        "/api/integrations",
        "/api/integration-versions",
        "/api/integration-installs",
        "/api/integration-reviews",
        "/api/entities",
        "/api/solutions",
        "/api/solution-members",
        "/api/events",
        "/api/auth-states",
        "/api/permissions",
    ):
        reply = await stranger.get(path)
        assert (reply.status, reply.statements) == (200, 1), path
        assert reply.json["pageInfo"] == {
            "total": 0, "hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None,
        }, path  # fmt: skip
        assert found.demo["id"].encode() not in reply.content


async def test_integrations_are_listed_to_whom_they_are_for(world: World):
    alpha, beta, guest = [await world.workspace(slug) for slug in ("alpha", "beta", "guest")]
    public = await published_public(world, alpha, "public")
    private = await integration(alpha, "private")
    unlisted = await integration(alpha, "unlisted")
    await alpha.post(f"/api/integrations/{unlisted['id']}/publish", {"version": "1.0.0"})
    await alpha.post(f"/api/integrations/{unlisted['id']}/visibility", {"visibility": "unlisted"})
    await world.grant(unlisted["id"], guest.workspace_id, "viewer", alpha.workspace_id)
    await world.grant(private["id"], None, "viewer", alpha.workspace_id)
    assert named(await alpha.get("/api/integrations")) == ["unlisted", "private", "public"]
    assert named(await beta.get("/api/integrations")) == ["public"]
    assert named(await guest.get("/api/integrations")) == ["unlisted", "public"]
    assert await _ids(beta, "/api/integrations", ids=f"{private['id']},{public['id']}") == [public["id"]]


async def test_deleted_integrations_are_their_workspaces(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    public = await published_public(world, alpha, "public")
    await alpha.delete(f"/api/integrations/{public['id']}")
    for choice, own in (("false", []), ("true", ["public"]), ("only", ["public"])):
        assert named(await alpha.get("/api/integrations", include_deleted=choice)) == own
        assert named(await beta.get("/api/integrations", include_deleted=choice)) == []
    assert (await alpha.get("/api/integrations", include_deleted="maybe")).status == 400


@pytest.mark.parametrize(
    ("parameter", "value", "expected"),
    [
        ("publisher", "alpha", ["two", "one"]),
        ("publisher", "nobody", []),
        ("name", "TW", ["two"]),
        ("name", "%", []),
        ("visibility", "private", ["two", "one"]),
        ("visibility", "public", []),
        ("trust_tier", "community", ["two", "one"]),
        ("trust_tier", "first_party", []),
        ("workspace_id", "wsp_" + "0" * 26, []),
        ("created_by", "usr_" + "0" * 26, []),
        ("retention_tier", "short", []),
        ("limit", "1", ["two"]),
    ],
)
async def test_the_parameters_of_the_source_document_narrow(
    parameter: str, value: str, expected: list[str], world: World
):
    alpha = await world.workspace("alpha")
    for slug in ("one", "two"):
        await integration(alpha, slug)
    reply = await alpha.get("/api/integrations", **{parameter: value})
    assert [row["slug"] for row in reply.json["data"]] == expected


async def test_a_filter_narrows_and_an_order_sorts(world: World):
    alpha = await world.workspace("alpha")
    for slug in ("c", "a", "b"):
        await integration(alpha, slug)
    reply = await alpha.get("/api/integrations", filter='{"slug": {"ne": "b"}}', orderBy='[{"slug": "asc"}]')
    assert [row["slug"] for row in reply.json["data"]] == ["a", "c"]
    assert reply.json["pageInfo"]["total"] == 2


async def test_a_walk_sees_every_row_once_both_ways(world: World):
    alpha = await world.workspace("alpha")
    made = [(await integration(alpha, f"i{number}"))["id"] for number in range(7)]
    forwards: list[str] = []
    page = (await alpha.get("/api/integrations", limit=3)).json
    pages = [page]
    while page["pageInfo"]["hasNextPage"]:
        await integration(alpha, f"new{len(pages)}")  # newer than all that is still to come
        page = (await alpha.get("/api/integrations", limit=3, after=page["pageInfo"]["endCursor"])).json
        pages.append(page)
    forwards = [row["id"] for page in pages for row in page["data"]]
    assert forwards == made[::-1]
    back = (await alpha.get("/api/integrations", limit=3, before=pages[-1]["pageInfo"]["startCursor"])).json
    assert [row["id"] for row in back["data"]] == forwards[3:6]
    cursor = pages[0]["pageInfo"]["endCursor"]
    for other in (
        {"after": cursor, "before": cursor},
        {"after": cursor[:-1] + ("A" if cursor[-1] != "A" else "B")},
        {"after": cursor, "name": "i"},
    ):
        assert (await alpha.get("/api/integrations", **other)).status == 400
    beta = await world.workspace("beta")
    assert (await beta.get("/api/integrations", after=cursor)).code == "invalid-cursor"


async def test_entities_are_own_and_seen_ones(world: World):
    found = await scene(world)
    own = await entity(found.beta, "schema", "own")
    both = await _ids(found.beta, "/api/entities")
    assert set(both) >= {own["id"], found.shown["id"]}
    assert len(both) == 3
    assert await _ids(found.beta, "/api/entities", source="workspace") == both
    assert await _ids(found.beta, "/api/entities", source="integration") == [found.shown["id"]]
    assert (await found.beta.get("/api/entities", source="other")).status == 400
    rows = {row["slug"]: row for row in (await found.beta.get("/api/entities")).json["data"]}
    assert rows["shown"]["definition"] == {"text": "hello one"}
    assert rows["given"]["definition"] == {"calls": found.shown["id"]}
    assert rows["given"]["integrationInstallId"] == found.install["id"]
    assert named(await found.beta.get("/api/entities", kind="schema")) == ["own"]


async def test_the_versions_of_an_entity(world: World):
    found = await scene(world)
    path = f"/api/entities/{found.shown['id']}"
    await found.alpha.patch(path, {"definition": {"text": "two"}})
    mine = (await found.alpha.get(path + "/versions")).json["data"]
    assert [version["definition"]["text"] for version in mine] == ["two", "${variables.word} one"]
    theirs = (await found.beta.get(path + "/versions")).json["data"]
    assert [version["definition"]["text"] for version in theirs] == ["hello one"]
    # with its own variables it reads otherwise than the author's text
    assert theirs[0]["id"] != mine[1]["id"]
    as_installed = {"integrationInstallId": found.install["id"]}
    assert theirs[0]["id"] == (await found.beta.get(path, **as_installed)).json["defaultVersionId"]
    clone = next(row for row in (await found.beta.get("/api/entities")).json["data"] if row["slug"] == "given")
    path = f"/api/entities/{clone['id']}"
    assert len((await found.beta.get(path + "/versions")).json["data"]) == 1
    await found.beta.patch(path, {"definition": {"mine": 1}})
    assert [version["definition"] for version in (await found.beta.get(path + "/versions")).json["data"]] == [
        {"mine": 1}
    ]
    assert (await found.alpha.get(path + "/versions")).status == 404


async def test_versions_installs_and_solutions(world: World):
    found = await scene(world)
    await _versions(found)
    assert await _ids(found.beta, "/api/integration-installs") == [found.install["id"]]
    assert await _ids(found.alpha, "/api/integration-installs") == []
    by_integration = await _ids(found.beta, "/api/integration-installs", integration_id=found.demo["id"])
    assert by_integration == [found.install["id"]]
    assert await _ids(found.beta, "/api/solutions") == [found.install["solutionId"]]
    members = (await found.beta.get("/api/solution-members", solution_id=found.install["solutionId"])).json["data"]
    assert [member["kind"] for member in members] == ["agent"]
    assert (await found.beta.get(f"/api/solutions/{found.install['solutionId']}")).status == 200
    assert (await found.alpha.get(f"/api/solutions/{found.install['solutionId']}")).status == 404


async def _versions(found: Scene) -> None:
    """Unlisted ones only by the exact integration; the one that a workspace has in its list."""
    assert await _ids(found.alpha, "/api/integration-versions") == [found.version["id"]]
    by_id = await _ids(found.beta, "/api/integration-versions", integration_id=found.demo["id"])
    assert by_id == [found.version["id"]]


async def test_rows_of_others_change_nothing(world: World):
    alpha = await world.workspace("alpha")
    await integration(alpha, "mine")
    paths = ("/api/integrations", "/api/entities", "/api/events", "/api/integration-versions")
    before = [(await alpha.get(path)).content for path in paths]
    await scene_of_others(world)
    assert [(await alpha.get(path)).content for path in paths] == before


async def scene_of_others(world: Any) -> None:
    other, third = await world.workspace("other"), await world.workspace("third")
    shown = await entity(other, "function", "shown")
    made = await integration(
        other, "hidden", manifest={"members": [{"slug": "s", "entityId": shown["id"], "kind": "function"}]}
    )
    await other.post(f"/api/integrations/{made['id']}/publish", {"version": "1.0.0"})
    await other.post(f"/api/integrations/{made['id']}/visibility", {"visibility": "unlisted"})
    await third.post(f"/api/integrations/{made['id']}/install", {"workspaceId": third.workspace_id})


async def test_a_granted_entity_that_its_author_deleted_reads_as_installed(world: World):
    found = await scene(world)
    await world.grant(found.shown["id"], found.beta.workspace_id, "viewer", found.alpha.workspace_id)
    path = f"/api/entities/{found.shown['id']}"
    assert (await found.beta.get(path)).json["definition"] == {"text": "${variables.word} one"}
    await found.alpha.delete(path)
    assert (await found.beta.get(path)).json["definition"] == {"text": "hello one"}
