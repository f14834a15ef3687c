"""The calls on auth states."""

import asyncio

import pytest
from cryptography.exceptions import InvalidTag

from graft import ids
from graft.auth.secrets import derive
from graft.workspaces.credentials import unseal
from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed
from tests.support.factories.integrations import integration, manifest_member, published
from tests.support.factories.workspaces import SECRET
from tests.support.world import World

PATH = "/api/auth-states"
PLAIN = "sk_live_4242424242424242_wxyz"


async def _made(caller: As, api_key: str = PLAIN):
    body = {"workspaceId": caller.workspace_id, "name": "Key", "type": "api_key", "credentials": {"apiKey": api_key}}
    reply = await caller.post(PATH, body)
    assert reply.status == 201, reply.json
    return reply.json


async def _sealed(world: World, auth_state_id: str) -> bytes:
    found = "select credentials from auth_states where id = $1"
    return bytes(await world.owner.fetchval(found, auth_state_id.removeprefix("ats_")) or b"")


def _opened(caller: As, auth_state_id: str, sealed: bytes):
    workspace_id, row_id = ids.parse("wsp", caller.workspace_id), ids.parse("ats", auth_state_id)
    assert workspace_id is not None
    assert row_id is not None
    return unseal(derive(SECRET).credentials, workspace_id, row_id, sealed)


async def _using(caller: As, auth_state_id: str):
    """An install in the caller's workspace that names the auth state, and the integration."""
    function = await entity(caller, "function", "greet", {"text": "hello"})
    manifest = {"members": [manifest_member(function)]}
    made = await integration(caller, manifest=manifest, authConfig={"type": "api_key"})
    await published(caller, made["id"])
    return await installed(caller, made["id"], authStateId=auth_state_id)


async def test_credentials_go_in_and_never_come_out(world: World):
    alpha = await world.workspace("alpha", "editor")
    made = await _made(alpha)
    assert set(made) == {
        "id", "workspaceId", "name", "type", "hint", "createdBy", "deletedAt", "retentionTier", "createdAt",
        "updatedAt",
    }  # fmt: skip
    assert made["hint"] == "…wxyz"
    read = await (await world.key(alpha.workspace_id, "viewer")).get(f"{PATH}/{made['id']}")
    assert (read.json, read.statements) == (made, 1)
    page = await alpha.get(PATH)
    assert (page.json["data"], page.statements) == ([made], 1)


async def test_no_row_of_the_database_holds_the_plain_text(world: World):
    alpha = await world.workspace("alpha")
    made = await _made(alpha)
    await alpha.patch(f"{PATH}/{made['id']}", {"credentials": {"apiKey": PLAIN[::-1]}})
    tables = await world.owner.fetch("select tablename from pg_tables where schemaname = 'public'")
    for (table,) in tables:
        for (row,) in await world.owner.fetch(f'select t.*::text from "{table}" t'):
            for plain in (PLAIN, PLAIN[::-1]):
                assert plain not in row
                assert plain.encode().hex() not in row
                assert plain[:16].encode().hex() not in row
    # a bytea reads as hexadecimal there, so what was looked for would have been found
    assert (await _sealed(world, made["id"])).hex() in str(
        await world.owner.fetch("select t.*::text from auth_states t")
    )


async def test_a_ciphertext_moved_to_another_row_does_not_open(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    one, two, foreign = await _made(alpha), await _made(alpha), await _made(beta)
    sealed = await _sealed(world, one["id"])
    assert _opened(alpha, one["id"], sealed) == {"apiKey": PLAIN}
    with pytest.raises(InvalidTag):
        _opened(alpha, two["id"], sealed)
    with pytest.raises(InvalidTag):
        _opened(beta, foreign["id"], sealed)
    with pytest.raises(InvalidTag):
        _opened(beta, one["id"], sealed)


async def test_name_and_credentials_change_and_the_type_decides_their_shape(world: World):
    alpha = await world.workspace("alpha")
    made = await _made(alpha)
    path = f"{PATH}/{made['id']}"
    changed = await alpha.patch(path, {"name": "New", "credentials": {"apiKey": "another_long_enough_key"}})
    assert (changed.json["name"], changed.json["hint"]) == ("New", "…_key")
    assert _opened(alpha, made["id"], await _sealed(world, made["id"])) == {"apiKey": "another_long_enough_key"}
    wrong = await alpha.patch(path, {"credentials": {"clientId": "x", "clientSecret": "y"}})
    assert wrong.status == 400
    assert ("/credentials/apiKey", "missing-key") in wrong.problems
    assert (await alpha.patch(path, {"type": "oauth2"})).problems == {("/type", "unknown-key")}
    body = {"workspaceId": alpha.workspace_id, "name": "O", "type": "oauth2"}
    oauth = await alpha.post(PATH, {**body, "credentials": {"clientId": "x", "clientSecret": "y"}})
    assert (oauth.status, oauth.json["hint"]) == (201, "…")
    wrong = await alpha.post(PATH, {**body, "credentials": {"apiKey": "k"}})
    assert ("/credentials/apiKey", "unknown-key") in wrong.problems


async def test_editors_keep_them_and_viewers_see_their_hints(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    viewer, editor = await world.key(alpha.workspace_id, "viewer"), await world.key(alpha.workspace_id, "editor")
    made = await _made(alpha)
    path = f"{PATH}/{made['id']}"
    body = {
        "workspaceId": alpha.workspace_id, "name": "K", "type": "api_key", "credentials": {"apiKey": "k"},
    }  # fmt: skip
    assert (await world.stranger.get(path)).status == 401
    for caller, status in ((beta, 404), (viewer, 403)):
        for reply in (
            await caller.post(PATH, body),
            await caller.patch(path, {"name": "X"}),
            await caller.delete(path),
            await caller.post(path + "/restore"),
            await caller.delete(path + "/purge"),
        ):
            assert reply.status == status
    assert (await beta.get(path)).status == 404
    await editor.delete(path)
    assert (await editor.delete(path + "/purge")).status == 403


async def test_one_that_is_deleted_comes_back_until_it_is_purged(world: World):
    alpha = await world.workspace("alpha")
    path = f"{PATH}/{(await _made(alpha))['id']}"
    assert (await alpha.delete(path + "/purge")).code == "not-deleted"
    assert (await alpha.delete(path)).json == {"success": True}
    assert (await alpha.delete(path)).status == 404
    deleted = (await alpha.get(path)).json
    assert (deleted["deletedAt"] is None, deleted["retentionTier"]) == (False, "medium")
    assert (await alpha.patch(path, {"name": "X"})).code == "deleted"
    assert (await alpha.get(PATH)).json["data"] == []
    restored = (await alpha.post(path + "/restore")).json
    assert (restored["deletedAt"], restored["retentionTier"]) == (None, None)
    assert (await alpha.post(path + "/restore")).code == "not-deleted"
    await alpha.delete(path)
    assert (await alpha.delete(path + "/purge")).json == {"success": True}
    assert (await alpha.get(path)).status == 404
    types = [event["type"] for event in (await alpha.get("/api/events")).json["data"]]
    assert types == [f"auth_state.{change}" for change in ("purged", "deleted", "restored", "deleted", "created")]


async def test_what_an_install_names_stays_also_when_that_is_deleted(world: World):
    alpha = await world.workspace("alpha")
    made = await _made(alpha)
    install = await _using(alpha, made["id"])
    assert (await alpha.delete(f"{PATH}/{made['id']}")).code == "in-use"
    assert (await alpha.delete(f"/api/integration-installs/{install['id']}")).status == 200
    assert (await alpha.delete(f"{PATH}/{made['id']}")).code == "in-use"
    assert (await alpha.delete(f"/api/integration-installs/{install['id']}/purge")).status == 200
    assert (await alpha.delete(f"{PATH}/{made['id']}")).status == 200


async def test_it_is_not_deleted_under_an_install_that_is_being_made(world: World):
    alpha = await world.workspace("alpha")
    function = await entity(alpha, "function", "greet", {"text": "hello"})
    manifest = {"members": [manifest_member(function)]}
    for round_ in range(5):
        made = await _made(alpha)
        draft = await integration(alpha, f"demo{round_}", manifest=manifest, authConfig={"type": "api_key"})
        await published(alpha, draft["id"])
        body = {"workspaceId": alpha.workspace_id, "authStateId": made["id"]}
        install, deletion = await asyncio.gather(
            alpha.post(f"/api/integrations/{draft['id']}/install", body), alpha.delete(f"{PATH}/{made['id']}")
        )
        assert (install.status, deletion.status) in {(201, 409), (400, 200)}


async def test_a_deletion_waits_for_whoever_installs_in_the_workspace(world: World):
    alpha = await world.workspace("alpha")
    made = await _made(alpha)
    async with world.owner.transaction():
        # as an install in another process does
        workspace_id = alpha.workspace_id.removeprefix("wsp_")
        await world.owner.execute("select 1 from workspace_locks where workspace_id = $1 for update", workspace_id)
        deletion = asyncio.create_task(alpha.delete(f"{PATH}/{made['id']}"))
        done, _ = await asyncio.wait([deletion], timeout=0.3)
        assert not done
    assert (await deletion).status == 200


async def test_the_list_holds_the_callers_workspaces_only(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    made, foreign = await _made(alpha), await _made(beta)
    assert [row["id"] for row in (await alpha.get(PATH, type="api_key")).json["data"]] == [made["id"]]
    assert (await alpha.get(PATH, ids=foreign["id"])).json["data"] == []
    assert (await alpha.get(PATH, workspace_id=beta.workspace_id)).json["data"] == []
    assert (await alpha.get(PATH, type="none")).status == 400
