"""What a workspace sees of others' entities in the list: as published, whatever their author does to them."""

from typing import Any

import pytest

from tests.api_lists.scene import Scene, named, scene
from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed
from tests.support.factories.integrations import integration, manifest_member, published, unlisted
from tests.support.world import World

pytestmark = pytest.mark.slow


async def _author_changes_everything(found: Scene) -> None:
    path = f"/api/entities/{found.shown['id']}"
    body = {"name": "present", "description": "present", "definition": {"text": "present"}}
    assert (await found.alpha.patch(path, body)).status == 200


async def _seen(caller: As, entity_id: str, **parameters: Any) -> dict[str, Any] | None:
    rows = (await caller.get("/api/entities", **parameters)).json["data"]
    return next((row for row in rows if row["id"] == entity_id), None)


async def _second_install(world: World, caller: As, found: Scene) -> dict[str, Any]:
    """Alpha's entity as it is now, through an integration of its own, under another value of its variable."""
    again = await integration(
        found.alpha,
        "again",
        manifest={"members": [manifest_member(found.shown, required=True)]},
        variablesSchema={"type": "object", "properties": {"word": {"type": "string"}}},
    )
    await published(found.alpha, again["id"])
    await unlisted(found.alpha, again["id"])
    return await installed(caller, again["id"], variables={"word": "bye"})


async def test_the_authors_present_state_is_nowhere_in_the_list(world: World):
    found = await scene(world)
    before = (await found.beta.get("/api/entities")).content
    await _author_changes_everything(found)
    assert (await found.beta.get("/api/entities")).content == before
    for parameters in (
        {"name": "present"},
        {"filter": '{"name": "present"}'},
        {"filter": '{"description": {"isNull": false}}'},
        {"filter": f'{{"updatedAt": {{"gt": "{found.install["installedAt"]}"}}}}'},
    ):
        assert named(await found.beta.get("/api/entities", **parameters)) == [], parameters
    assert named(await found.beta.get("/api/entities", name="SHOW", slug="shown")) == ["shown"]
    order = '[{"name": "desc"}]'
    assert named(await found.beta.get("/api/entities", orderBy=order)) == ["shown", "given"]
    assert named(await found.alpha.get("/api/entities", name="present")) == ["shown"]


async def test_the_author_may_delete_it_and_the_install_goes_on_showing_it(world: World):
    found = await scene(world)
    path = f"/api/entities/{found.shown['id']}"
    before = (await found.beta.get("/api/entities")).content
    await found.alpha.delete(path)
    assert (await found.beta.get("/api/entities")).content == before
    assert named(await found.beta.get("/api/entities", include_deleted="only")) == []
    assert named(await found.alpha.get("/api/entities", include_deleted="only")) == ["shown"]
    await found.alpha.delete(path + "/purge")
    assert (await found.beta.get("/api/entities")).content == before
    await found.beta.delete(f"/api/integration-installs/{found.install['id']}")
    assert named(await found.beta.get("/api/entities")) == []


async def test_the_newest_of_the_versions_installed_is_shown_unless_an_install_is_named(world: World):
    found = await scene(world)
    await _author_changes_everything(found)
    newer = await _second_install(world, found.beta, found)
    entity_id = found.shown["id"]
    row = await _seen(found.beta, entity_id)
    assert row is not None
    assert (row["name"], row["integrationInstallId"]) == ("present", newer["id"])
    older = await _seen(found.beta, entity_id, integration_install_id=found.install["id"])
    assert older is not None
    assert (older["name"], older["definition"]) == ("shown", {"text": "hello one"})
    # what a filter does not find in the row shown, it does not find in another one
    assert await _seen(found.beta, entity_id, slug="shown", name="shown") is None
    assert named(await found.beta.get("/api/entities", integration_install_id=newer["id"])) == ["shown"]
    for nothing in ("intins_" + "0" * 26, found.demo["id"], "", "x"):
        assert named(await found.beta.get("/api/entities", integration_install_id=nothing)) == []
    assert named(await found.alpha.get("/api/entities", integration_install_id=newer["id"])) == []
    versions = await found.beta.get(f"/api/entities/{entity_id}/versions")
    assert [row["definition"]["text"] for row in versions.json["data"]] == ["present", "hello one"]


async def test_naming_an_install_changes_the_rows_of_the_list_and_not_what_relations_lead_to(world: World):
    found = await scene(world)
    await _author_changes_everything(found)
    await _second_install(world, found.beta, found)
    for name, expected in (("present", ["shown"]), ("shown", [])):
        tree = f'{{"memberships": {{"some": {{"entity": {{"name": "{name}"}}}}}}}}'
        reply = await found.beta.get("/api/entities", integration_install_id=found.install["id"], filter=tree)
        assert [row["name"] for row in reply.json["data"] if row["slug"] == "shown"] == expected


async def test_an_install_shows_what_it_made_and_what_it_refers_to(world: World):
    found = await scene(world)
    await entity(found.beta, "schema", "own")
    of_install = {"integration_install_id": found.install["id"]}
    assert named(await found.beta.get("/api/entities", **of_install)) == ["given", "shown"]
    assert named(await found.beta.get("/api/entities", source="integration", **of_install)) == ["shown"]
    admin = await world.platform_admin()
    assert named(await admin.get("/api/entities", **of_install)) == ["given", "shown"]


@pytest.mark.parametrize("deleted", [False, True])
async def test_who_is_in_both_workspaces_has_the_entity_once_as_its_own(deleted: bool, world: World):
    found = await scene(world)
    await _author_changes_everything(found)
    if deleted:
        await found.alpha.delete(f"/api/entities/{found.shown['id']}")
    user = await world.user()
    for caller in (found.alpha, found.beta):
        await world.member(caller.workspace_id, user, "viewer")
    both = await world.session(user)
    reply = await both.get("/api/entities", include_deleted="true", slug="shown")
    assert named(reply, "name") == ["present"]
    assert named(await both.get("/api/entities", source="integration"), "name") == ["shown"]
    assert named(await both.get("/api/entities", slug="shown"), "name") == ([] if deleted else ["present"])
    if deleted:
        await found.alpha.delete(f"/api/entities/{found.shown['id']}/purge")
        assert named(await both.get("/api/entities", slug="shown"), "name") == ["shown"]


async def test_a_grant_shows_the_present_state_and_one_to_everybody_makes_nothing_appear(world: World):
    found = await scene(world)
    await _author_changes_everything(found)
    guest = await world.workspace("guest")
    await world.grant(found.shown["id"], None, "viewer", found.alpha.workspace_id)
    assert named(await guest.get("/api/entities")) == []
    assert named(await found.beta.get("/api/entities", slug="shown"), "name") == ["shown"]
    for caller in (guest, found.beta):
        await world.grant(found.shown["id"], caller.workspace_id, "viewer", found.alpha.workspace_id)
        assert named(await caller.get("/api/entities", slug="shown"), "name") == ["present"]
    assert named(await guest.get("/api/entities", source="workspace")) == []
    assert named(await found.beta.get("/api/entities", source="workspace", slug="shown"), "name") == ["shown"]
    versions = await guest.get(f"/api/entities/{found.shown['id']}/versions")
    assert [row["definition"]["text"] for row in versions.json["data"]] == ["present", "${variables.word} one"]
    await found.alpha.delete(f"/api/entities/{found.shown['id']}")
    assert named(await guest.get("/api/entities", include_deleted="true")) == []
    assert named(await found.beta.get("/api/entities", slug="shown"), "name") == ["shown"]


async def test_a_page_of_a_hundred_clones_is_one_statement_and_each_reads_as_alone(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    made = [await entity(alpha, "function", "f0", {"word": "${variables.word}"})]
    for number in range(1, 100):
        made.append(await entity(alpha, "function", f"f{number}", {"next": made[-1]["id"]}))
    demo = await integration(
        alpha,
        manifest={"members": [manifest_member(found, required=True, forkOnInstall=True) for found in made]},
        variablesSchema={"type": "object", "properties": {"word": {"type": "string"}}},
    )
    await published(alpha, demo["id"])
    await unlisted(alpha, demo["id"])
    await installed(beta, demo["id"], variables={"word": "hello"})
    reply = await beta.get("/api/entities")
    assert (reply.status, reply.statements, len(reply.json["data"])) == (200, 1, 100)
    by_slug = {row["slug"]: row for row in reply.json["data"]}
    assert by_slug["f0"]["definition"] == {"word": "hello"}
    assert by_slug["f99"]["definition"] == {"next": by_slug["f98"]["id"]}
    assert (await beta.get(f"/api/entities/{by_slug['f50']['id']}")).json == by_slug["f50"]


async def test_a_walk_over_own_granted_and_seen_ones_sees_each_once(world: World):
    found = await scene(world)
    await _second_install(world, found.beta, found)
    for slug in ("a", "z"):
        await entity(found.beta, "schema", slug)
    granted = await entity(found.alpha, "schema", "m")
    await world.grant(granted["id"], found.beta.workspace_id, "viewer", found.alpha.workspace_id)
    for order in ("[]", '[{"name": "asc"}]', '[{"createdBy": "desc_nulls_last"}, {"kind": "asc"}]'):
        whole = [row["id"] for row in (await found.beta.get("/api/entities", orderBy=order)).json["data"]]
        assert len(whole) == len(set(whole)) == 5
        assert await _walked(found.beta, order, "after", "endCursor") == whole
        last = (await found.beta.get("/api/entities", orderBy=order)).json["pageInfo"]["endCursor"]
        assert await _walked(found.beta, order, "before", "startCursor", last) == whole[-2::-1]


async def _walked(caller: As, order: str, towards: str, cursor: str, start: str | None = None) -> list[str]:
    """The ids of a walk by pages of two; backwards in the order in which they come."""
    seen: list[str] = []
    position = {} if start is None else {towards: start}
    more = True
    while more:
        page = (await caller.get("/api/entities", orderBy=order, limit=2, **position)).json
        ids = [row["id"] for row in page["data"]]
        seen += ids if towards == "after" else ids[::-1]
        assert page["pageInfo"]["total"] == 5
        more = page["pageInfo"]["hasNextPage" if towards == "after" else "hasPreviousPage"]
        position = {towards: page["pageInfo"][cursor]}
    return seen
