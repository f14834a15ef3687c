"""A publishable key reads what is public, and by its id what is unlisted: never a draft, a private or a deleted one."""

from typing import Any

import pytest

from tests.api_lists.scene import named, published_public
from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed
from tests.support.factories.integrations import integration, manifest_member, published, unlisted
from tests.support.world import World

INTEGRATIONS, VERSIONS = "/api/integrations", "/api/integration-versions"
BY_ID = {"public", "unlisted"}
DOCUMENTS = ("manifest", "variablesSchema", "authConfig")


async def _all_states(world: World, owner: As, friend: As) -> dict[str, dict[str, Any]]:
    """An integration in each state, by the name of the state."""
    made = {
        name: await integration(owner, name)
        for name in ("draft", "private", "granted", "to-all", "waiting", "installed", "unlisted", "gone-unlisted")
    }
    for name, row in made.items():
        if name != "draft":
            await published(owner, row["id"])
    await world.grant(made["granted"]["id"], friend.workspace_id, "viewer", owner.workspace_id)
    await world.grant(made["to-all"]["id"], None, "viewer", owner.workspace_id)
    await owner.post(f"{INTEGRATIONS}/{made['waiting']['id']}/visibility", {"visibility": "public"})
    for workspace in (owner, friend):
        await world.grant(made["installed"]["id"], workspace.workspace_id, "viewer", owner.workspace_id)
        await installed(workspace, made["installed"]["id"])
    for name in ("unlisted", "gone-unlisted"):
        await unlisted(owner, made[name]["id"])
    for name in ("public", "gone-public"):
        made[name] = await published_public(world, owner, name)
    for name in ("gone-unlisted", "gone-public"):
        assert (await owner.delete(f"{INTEGRATIONS}/{made[name]['id']}")).status == 200
    return made


@pytest.mark.parametrize("whose", ["owner", "friend", "stranger"])
async def test_visibility_alone_counts_whosever_key_it_is(whose: str, world: World):
    workspaces = {name: await world.workspace(name) for name in ("owner", "friend", "stranger")}
    made = await _all_states(world, workspaces["owner"], workspaces["friend"])
    browser = await world.key(workspaces[whose].workspace_id, kind="publishable")
    for deleted in ("false", "true"):
        assert named(await browser.get(INTEGRATIONS, include_deleted=deleted)) == ["public"]
    assert named(await browser.get(INTEGRATIONS, include_deleted="only")) == []
    [version] = (await browser.get(VERSIONS)).json["data"]
    assert version["integrationId"] == made["public"]["id"]

    versions = {row["integrationId"]: row["id"] for row in await _everything(world)}
    for name, row in made.items():
        asked = [f"{INTEGRATIONS}/{row['id']}", f"{INTEGRATIONS}/{row['id']}/members"]
        if row["id"] in versions:
            asked.append(f"{VERSIONS}/{versions[row['id']]}")
        assert {(await browser.get(path)).status for path in asked} == {200 if name in BY_ID else 404}, name
        by_name = named(await browser.get(VERSIONS, integration_id=row["id"]), "version")
        assert by_name == (["1.0.0"] if name in BY_ID else []), name
        relation = '{"integration": {"slug": "' + name + '"}}'
        listed = named(await browser.get(VERSIONS, filter=relation), "version")
        assert listed == (["1.0.0"] if name == "public" else []), name
        versions_of = '{"slug": "' + name + '", "versions": {"some": {}}}'
        assert named(await browser.get(INTEGRATIONS, filter=versions_of)) == (["public"] if name == "public" else [])


async def _everything(world: World) -> list[dict[str, Any]]:
    return (await (await world.platform_admin()).get(VERSIONS, limit=100)).json["data"]


async def test_a_published_one_is_shown_as_it_was_published_and_never_as_it_is_drafted(world: World):
    alpha = await world.workspace("alpha")
    function = await entity(alpha, "function", "greet")
    made = await published_public(world, alpha, "public")
    browser = await world.key(alpha.workspace_id, kind="publishable")
    path = f"{INTEGRATIONS}/{made['id']}"
    before = (await browser.get(path)).json
    await alpha.patch(path, {"manifest": {"members": [manifest_member(function)]}})
    after = (await browser.get(path)).json
    [row] = (await browser.get(INTEGRATIONS)).json["data"]
    assert [after[key] for key in DOCUMENTS] == [row[key] for key in DOCUMENTS] == [before[key] for key in DOCUMENTS]
    assert (await browser.get(f"{path}/members")).json == {"members": []}
    assert (await browser.get(f"{path}/members", draft="true")).status == 403


async def test_what_is_invisible_is_told_as_what_is_not_there(world: World):
    alpha = await world.workspace("alpha")
    hidden = await integration(alpha)
    browser = await world.key(alpha.workspace_id, kind="publishable")
    unseen, absent = [await browser.get(f"{INTEGRATIONS}/{name}") for name in (hidden["id"], "int_" + "0" * 26)]
    assert {**unseen.json, "requestId": ""} == {**absent.json, "requestId": ""}
    assert unseen.statements == absent.statements
