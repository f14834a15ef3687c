"""The calls on installs: who may, what is refused, and what is done."""

from typing import Any

import pytest

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed
from tests.support.factories.integrations import integration, manifest_member, offered, published
from tests.support.world import World


async def _greeting(author: As, slug: str = "demo", **documents: Any) -> dict[str, Any]:
    """A published integration that everybody may install: one function, cloned, and what `documents` add."""
    function = await entity(author, "function", f"{slug}-greet", {"text": "hello"})
    return await offered(author, slug, [manifest_member(function, required=True, forkOnInstall=True)], **documents)


async def _install(caller: As, draft: dict[str, Any], **body: Any) -> Any:
    return await caller.post(f"/api/integrations/{draft['id']}/install", {"workspaceId": caller.workspace_id, **body})


ENDPOINTS = {
    "read": ("GET", "/api/integration-installs/{}", None, 200),
    "members": ("GET", "/api/integration-installs/{}/members", None, 200),
    "upgrade": ("POST", "/api/integration-installs/{}/upgrade", None, 403),
    "uninstall": ("DELETE", "/api/integration-installs/{}", None, 403),
    "restore": ("POST", "/api/integration-installs/{}/restore", None, 403),
    "purge": ("DELETE", "/api/integration-installs/{}/purge", None, 403),
}


@pytest.mark.parametrize("name", ENDPOINTS)
async def test_who_may_call(name: str, world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    viewer = await world.key(user.workspace_id, "viewer")
    install = await installed(user, (await _greeting(author))["id"])
    method, path, body, for_viewer = ENDPOINTS[name]
    path = path.format(install["id"])
    assert (await world.stranger(method, path, body)).status == 401
    assert (await author(method, path, body)).status == 404
    assert (await viewer(method, path, body)).status == for_viewer


async def test_installing_needs_an_editor_of_a_workspace_that_one_sees(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    draft = await _greeting(author)
    viewer = await world.key(user.workspace_id, "viewer")
    assert (await _install(viewer, draft)).status == 403
    assert (await _install(user, draft, workspaceId=author.workspace_id)).status == 404
    reply = await _install(user, draft)
    assert reply.status == 201
    assert reply.statements <= 10
    assert reply.json["solutionId"].startswith("sol_")


async def test_detaching_is_for_editors_and_clones(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    seen = await entity(author, "schema", "seen")
    reference = manifest_member(seen, required=True)
    draft = await _greeting(author)
    function = draft["manifest"]["members"][0]
    await author.patch(f"/api/integrations/{draft['id']}", {"manifest": {"members": [function, reference]}})
    await published(author, draft["id"], "2.0.0")
    install = await installed(user, draft["id"])
    members = (await user.get(f"/api/integration-installs/{install['id']}/members")).json["members"]
    paths = {member["isClone"]: f"/api/integration-members/{member['id']}/detach" for member in members}
    viewer = await world.key(user.workspace_id, "viewer")
    assert (await world.stranger.post(paths[True], {"detached": True})).status == 401
    assert (await author.post(paths[True], {"detached": True})).status == 404
    assert (await viewer.post(paths[True], {"detached": True})).status == 403
    refused = await user.post(paths[False], {"detached": True})
    assert (refused.status, {code for _, code in refused.problems}) == (400, {"not-a-clone"})
    assert (await user.post(paths[True], {"detached": True})).json == {"success": True}


async def test_variables_are_checked_and_filled_in(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    definition = {
        "whole": "${variables.n}",
        "inner": "n=${variables.n}",
        "none": "${variables.opt}",
        "raw": "$${x}",
    }
    function = await entity(author, "function", "asks", definition)
    schema = {
        "type": "object",
        "required": ["n"],
        "properties": {
            "n": {"type": "integer"},
            "opt": {"type": "string"},
            "d": {"default": 1},
            "m": {"type": "string"},
        },
    }
    draft = await _greeting(
        author,
        manifest={
            "members": [manifest_member(function, required=True, forkOnInstall=True)],
            "defaults": {"variables": {"m": "preset"}},
        },
        variablesSchema=schema,
    )
    refused = await _install(user, draft, variables={"n": "three", "typo": 1})
    assert refused.problems == {("/variables/n", "wrong-type"), ("/variables/typo", "unknown-variable")}
    assert (await _install(user, draft)).problems == {("/variables/n", "missing-key")}
    install = (await _install(user, draft, variables={"n": 3})).json
    assert install["variables"] == {"n": 3, "d": 1, "m": "preset"}
    member = (await user.get(f"/api/integration-installs/{install['id']}/members")).json["members"][0]
    assert member["config"] == {"state": "incomplete", "missing": ["variables.opt"]}
    read = (await user.get(f"/api/entities/{member['entityId']}")).json["definition"]
    assert read == {"whole": 3, "inner": "n=3", "none": None, "raw": "${x}"}


async def test_an_auth_state_of_the_workspace_and_type_is_needed(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    draft = await _greeting(author, authConfig={"type": "api_key"})
    credentials = {
        "api_key": {"apiKey": "k" * 20},
        "oauth2": {"clientId": "c" * 20, "clientSecret": "s" * 20},
    }

    async def state(caller: As, kind: str) -> str:
        body = {"workspaceId": caller.workspace_id, "name": "n", "type": kind, "credentials": credentials[kind]}
        return (await caller.post("/api/auth-states", body)).json["id"]

    assert (await _install(user, draft)).problems == {("/authStateId", "auth-required")}
    foreign, wrong, right = (
        await state(author, "api_key"),
        await state(user, "oauth2"),
        await state(user, "api_key"),
    )
    assert (await _install(user, draft, authStateId=foreign)).problems == {("/authStateId", "unknown-auth-state")}
    assert (await _install(user, draft, authStateId=wrong)).problems == {("/authStateId", "wrong-auth-type")}
    assert (await _install(user, draft, authStateId=right)).status == 201
    assert (await user.delete(f"/api/auth-states/{right}")).status == 409


async def test_dependencies_parents_and_dependents_hold_together(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    base = await _greeting(author, "base")
    top = await _greeting(author, "top", manifest={"dependencies": [{"integration": "author/base", "range": "^1.0.0"}]})
    missing = await _install(user, top)
    assert (missing.status, missing.code, missing.json["missing"]) == (
        409, "dependency-missing", ["author/base ^1.0.0"],
    )  # fmt: skip
    under = await installed(user, base["id"])
    parent = await _install(user, top, parentInstallId="intins_" + "0" * 26)
    assert parent.problems == {("/parentInstallId", "unknown-install")}
    child = await installed(user, top["id"], parentInstallId=under["id"])
    assert (await _install(user, base)).code == "already-installed"
    path = f"/api/integration-installs/{under['id']}"
    refused = await user.delete(path)
    assert (refused.code, refused.json["installs"]) == ("has-children", [child["id"]])
    await published(author, base["id"], "2.0.0")
    breaks = await user.post(path + "/upgrade")
    assert (breaks.code, breaks.json["dependents"]) == ("dependent-breaks", ["author/top"])
    await user.delete(f"/api/integration-installs/{child['id']}")
    assert (await user.post(path + "/upgrade")).status == 200
    restored = await user.post(f"/api/integration-installs/{child['id']}/restore")
    assert (restored.status, restored.code) == (409, "dependency-missing")


async def test_permissions_are_accepted_exactly_and_by_an_admin(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    editor = await world.key(user.workspace_id, "editor")
    draft = await _greeting(author, manifest={"permissions": ["mail", "files"]})
    asked = await _install(user, draft)
    assert (asked.code, asked.json["permissions"]) == ("consent-required", ["files", "mail"])
    assert (await _install(user, draft, acceptPermissions=["mail"])).code == "consent-required"
    assert (await _install(editor, draft, acceptPermissions=["mail", "files"])).status == 403
    install = (await _install(user, draft, acceptPermissions=["mail", "files"])).json
    manifest = draft["manifest"] | {"permissions": ["mail", "files", "more"]}
    await author.patch(f"/api/integrations/{draft['id']}", {"manifest": manifest})
    await published(author, draft["id"], "2.0.0")
    path = f"/api/integration-installs/{install['id']}/upgrade"
    assert (await user.post(path)).json["permissions"] == ["more"]
    assert (await user.post(path, {"acceptPermissions": ["more"]})).status == 200


async def test_what_cannot_be_installed_says_why(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    draft, other = await _greeting(author), await _greeting(author, "other")
    never = await integration(author, "never")
    assert (await _install(author, never)).code == "never-published"
    wrong = await author.post(f"/api/integrations/{other['id']}/publish", {"version": "3.0.0"})
    pin = await _install(user, draft, integrationVersionId=wrong.json["id"])
    assert pin.problems == {("/integrationVersionId", "unknown-version")}
    selected = await _install(user, draft, selectedMemberSlugs=["nobody"])
    assert selected.problems == {("/selectedMemberSlugs/0", "unknown-member")}
    await author.delete(f"/api/integrations/{draft['id']}")
    assert (await _install(user, draft)).status == 404
    assert (await _install(author, draft)).code == "integration-deleted"


async def test_an_upgrade_needs_sight_and_a_living_integration_and_goes_only_forward(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    draft = await _greeting(author)
    early = await published(author, draft["id"], "2.0.0-beta.1")
    install = await installed(user, draft["id"], integrationVersionId=early["id"])
    path = f"/api/integration-installs/{install['id']}/upgrade"
    ahead = await user.post(path)
    assert ahead.json == {"updated": [], "added": [], "removed": [], "skipped": []}
    await author.post(f"/api/integrations/{draft['id']}/visibility", {"visibility": "private"})
    assert (await user.post(path)).code == "integration-unavailable"
    await author.delete(f"/api/integrations/{draft['id']}")
    assert (await user.post(path)).code == "integration-deleted"


async def _kept(world: World) -> tuple[As, As, dict[str, Any], str, str]:
    """An install with an edited clone; author, user, install, its path, the clone's path."""
    author, user = await world.workspace("author"), await world.workspace("user")
    install = await installed(user, (await _greeting(author))["id"])
    path = f"/api/integration-installs/{install['id']}"
    clone = (await user.get(path + "/members")).json["members"][0]
    entity_path = f"/api/entities/{clone['entityId']}"
    await user.patch(entity_path, {"definition": {"text": "mine"}})
    return author, user, install, path, entity_path


async def test_an_uninstall_keeps_edits_and_a_restore_takes_them_in_again(world: World):
    _, user, _, path, clone = await _kept(world)
    assert (await user.delete(path)).status == 200
    assert (await user.delete(path)).status == 404
    await user.patch(clone, {"definition": {"text": "mine, later"}})
    assert (await user.post(path + "/restore")).status == 200
    assert (await user.post(path + "/restore")).code == "not-deleted"
    assert (await user.post(path + "/upgrade")).status == 200
    assert (await user.get(clone)).json["definition"] == {"text": "mine, later"}


async def test_a_purged_install_leaves_kept_clones_as_entities_with_a_free_slug(world: World):
    _, user, _, path, clone = await _kept(world)
    await entity(user, "function", "demo-greet")
    assert (await user.delete(path + "/purge")).code == "not-deleted"
    await user.delete(path)
    assert (await user.delete(path + "/purge")).status == 200
    assert (await user.get(path)).status == 404
    kept = (await user.get(clone)).json
    assert (kept["definition"], kept["integrationInstallId"]) == ({"text": "mine"}, None)
    assert kept["slug"].startswith("demo-greet-")


async def test_a_purged_integration_keeps_the_versions_that_kept_clones_are_based_on(world: World):
    author, user, install, path, _ = await _kept(world)
    integration_path = f"/api/integrations/{install['integrationId']}"
    await user.delete(path)
    await author.delete(integration_path)
    assert (await author.delete(integration_path + "/purge")).status == 200
    versions = "select count(*) from integration_versions"
    assert await world.owner.fetchval(versions) == 1
    assert (await user.post(path + "/restore")).code == "integration-purged"
    await user.delete(path + "/purge")
    assert await world.owner.fetchval(versions) == 1  # the kept clone's base


async def test_a_workspaces_name_for_a_clone_outlives_an_upgrade(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    draft = await _greeting(author)
    install = await installed(user, draft["id"])
    path = f"/api/integration-installs/{install['id']}"
    clone = (await user.get(path + "/members")).json["members"][0]
    await user.patch(f"/api/entities/{clone['entityId']}", {"name": "Our greeting"})
    source = draft["manifest"]["members"][0]["entityId"]
    await author.patch(f"/api/entities/{source}", {"name": "New", "description": "New", "definition": {"text": "2"}})
    await published(author, draft["id"], "2.0.0")
    assert (await user.post(path + "/upgrade")).json["updated"] == ["demo-greet"]
    read = (await user.get(f"/api/entities/{clone['entityId']}")).json
    assert (read["name"], read["description"], read["definition"]) == ("Our greeting", "New", {"text": "2"})


async def test_a_failure_in_the_middle_of_an_upgrade_leaves_the_old_state(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    draft = await _greeting(author)
    install = await installed(user, draft["id"])
    path = f"/api/integration-installs/{install['id']}"
    before = (await user.get(path)).json, (await user.get(path + "/members")).json
    source = draft["manifest"]["members"][0]["entityId"]
    await author.patch(f"/api/entities/{source}", {"definition": {"text": "2"}})
    await published(author, draft["id"], "2.0.0")
    await world.owner.execute("alter table operations add constraint no_upgrades check (kind <> 'upgrade')")
    assert (await user.post(path + "/upgrade")).status == 500
    assert ((await user.get(path)).json, (await user.get(path + "/members")).json) == before
    await world.owner.execute("alter table operations drop constraint no_upgrades")
    assert (await user.post(path + "/upgrade")).json["updated"] == ["demo-greet"]
