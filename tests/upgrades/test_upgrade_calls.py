"""Upgrades over HTTP: what the new version needs, what is left alone, and what comes back."""

from typing import Any

import pytest

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import definition_of, installed
from tests.support.factories.integrations import manifest_member, offered
from tests.support.world import World
from tests.upgrades.upgrade_life import CLONED, NOTHING, life, stored

LITERAL = b'{"z":1.50,"a":[1e2,12345678901234567890123],"t":"${variables.word} $${ \xc3\xa9"}'


async def test_an_edit_survives_byte_for_byte_until_it_is_handed_back(world: World):
    it = await life(world)
    clone = await it.clone()
    entity_path = f"/api/entities/{clone['entityId']}"
    assert await stored(world, clone) is None
    body = b'{"definition":' + LITERAL + b"}"
    edited = await it.user("PATCH", entity_path, content=body, headers={"Content-Type": "application/json"})
    assert edited.status == 200
    written = await stored(world, clone)
    assert written is not None
    for text in ("two", "three"):
        await it.publish(text)
        assert await it.upgrade() == NOTHING | {"skipped": ["greet"]}
        assert await stored(world, clone) == written
        assert b'"definition":' + written in (await it.user.get(entity_path)).content
    now = await it.clone()
    assert (now["detached"], now["detachedBy"], now["edited"]) == (True, "edit", True)
    await it.user.post(f"/api/integration-members/{clone['id']}/detach", {"detached": False})
    assert await stored(world, clone) == written
    assert await it.upgrade() == NOTHING | {"updated": ["greet"]}
    assert (await stored(world, clone), await it.text()) == (None, "three")
    again = await it.clone()
    assert (again["id"], again["entityId"], again["edited"]) == (clone["id"], clone["entityId"], False)


async def test_a_clone_that_was_detached_by_the_call_keeps_what_it_read(world: World):
    schema = {"type": "object", "properties": {"word": {"type": "string"}}}
    it = await life(world, "${variables.word}!", {"word": "hi"}, variablesSchema=schema)
    clone = await it.clone()
    detach = f"/api/integration-members/{clone['id']}/detach"
    for _ in range(2):  # the second changes nothing
        assert (await it.user.post(detach, {"detached": True})).json == {"success": True}
    assert await stored(world, clone) == b'{"text":"hi!"}'
    now = await it.clone()
    assert (now["detachedBy"], now["edited"]) == ("call", False)
    await it.publish("new ${variables.word}")
    assert await it.upgrade(variables={"word": "changed"}) == NOTHING | {"skipped": ["greet"]}
    assert await it.text() == "hi!"
    await it.publish(manifest={"members": []})
    assert await it.upgrade() == NOTHING | {"skipped": ["greet"]}
    assert await it.text() == "hi!"
    await it.user.post(detach, {"detached": False})
    assert await it.upgrade() == NOTHING | {"removed": ["greet"]}
    events = (await it.user.get("/api/events", limit=100)).json["data"]
    kinds = [event["type"] for event in events]
    assert kinds.count("integration_member.detached") == kinds.count("integration_member.attached") == 1


async def test_a_clone_that_was_deleted_by_hand_is_skipped_until_it_is_restored(world: World):
    it = await life(world)
    clone = await it.clone()
    path = f"/api/entities/{clone['entityId']}"
    await it.user.delete(path)
    assert (await it.clone())["deletedAt"] is not None
    await it.publish("two")
    assert await it.upgrade() == NOTHING | {"skipped": ["greet"]}
    assert (await it.user.get(path)).json["deletedAt"] is not None
    await it.user.post(path + "/restore")
    assert await it.text() == "one"
    assert await it.upgrade() == NOTHING | {"updated": ["greet"]}
    assert await it.text() == "two"


async def test_what_comes_back_comes_back_under_its_ids(world: World):
    it = await life(world)
    before = await it.clone()
    members = it.draft["manifest"]["members"]
    await it.publish(manifest={"members": []})
    assert await it.upgrade() == NOTHING | {"removed": ["greet"]}
    assert await it.members() == {}
    gone = (await it.user.get(f"/api/entities/{before['entityId']}")).json
    assert (gone["deletedAt"] is not None, gone["retentionTier"]) == (True, "medium")
    await it.publish("two", manifest={"members": members})
    assert await it.upgrade() == NOTHING | {"added": ["greet"]}
    after = await it.clone()
    assert (after["id"], after["entityId"], await it.text()) == (before["id"], before["entityId"], "two")
    await it.publish(manifest={"members": [{**members[0], "forkOnInstall": False}]})
    assert await it.upgrade() == NOTHING | {"added": ["greet"], "removed": ["greet"]}
    assert (await it.clone())["isClone"] is False


@pytest.mark.parametrize("detached", [False, True])
async def test_a_schema_keeps_its_row_whatever_slug_it_has(detached: bool, world: World):
    it = await life(world)
    word = await entity(it.author, "schema", "word", {"type": "string"})
    await it.author.patch(it.source, {"definition": {"inputSchemaId": word["id"]}})
    members = it.draft["manifest"]["members"]
    declared = [{**manifest_member(word, **CLONED), "slug": slug} for slug in ("first", "second")]
    await it.publish(manifest={"members": [*members, declared[0]]})
    await it.upgrade()
    first = await it.clone("first")
    if detached:
        path = f"/api/integration-members/{first['id']}/detach"
        assert (await it.user.post(path, {"detached": True})).status == 200

    await it.publish(manifest={"members": [*members, declared[1]]})
    assert await it.upgrade() == NOTHING | {"updated": ["greet", "second"]}
    assert (await it.clone("second"))["id"] == first["id"]
    await it.publish(manifest={"members": members})
    lists = {"updated": ["greet"], "skipped": ["schema:word"]} if detached else {"updated": ["greet", "schema:word"]}
    assert await it.upgrade() == NOTHING | lists

    after = await it.members()
    assert after.keys() == {"greet", "schema:word"}
    assert after["schema:word"]["id"] == first["id"]
    assert (await definition_of(it.user, after["greet"])) == {"inputSchemaId": after["schema:word"]["entityId"]}


async def test_the_policy_decides_which_members_an_upgrade_adds(world: World):
    it = await life(world)
    more = [await entity(it.author, "agent", slug) for slug in ("default", "plain", "required")]
    flags: list[dict[str, Any]] = [{"defaultEnabled": True}, {}, {"required": True}]
    members = [manifest_member(found, **flag) for found, flag in zip(more, flags, strict=True)]
    await it.publish(manifest={"members": [*it.draft["manifest"]["members"], *members]})
    assert await it.upgrade() == NOTHING | {"added": ["default", "required"]}
    # what was there and is newly required is added, what was there and is newly a default is not
    members[1]["defaultEnabled"] = True
    await it.publish(manifest={"members": [*it.draft["manifest"]["members"], *members]})
    assert await it.upgrade() == NOTHING
    members[1]["required"] = True
    await it.publish(manifest={"members": [*it.draft["manifest"]["members"], *members]})
    assert await it.upgrade() == NOTHING | {"added": ["plain"]}


async def test_new_variables_come_with_the_call_or_from_defaults(world: World):
    old = {"type": "object", "properties": {"word": {"type": "string"}, "old": {"type": "string"}}}
    it = await life(world, "${variables.word}", {"word": "a", "old": "b"}, variablesSchema=old)
    new = {
        "type": "object",
        "required": ["word", "count"],
        "properties": {"word": {"type": "string"}, "count": {"type": "integer"}, "kind": {"default": "x"}},
    }
    await it.publish("${variables.word} ${variables.count} ${variables.kind}", variablesSchema=new)
    assert (await it.refused()).problems == {("/variables/count", "missing-key")}
    wrong = await it.refused(variables={"count": "two", "old": "c"})
    assert (wrong.status, wrong.problems) == (
        400, {("/variables/count", "wrong-type"), ("/variables/old", "unknown-variable")},
    )  # fmt: skip
    assert await it.upgrade(variables={"count": 2}) == NOTHING | {"updated": ["greet"]}
    assert (await it.user.get(it.path)).json["variables"] == {"word": "a", "count": 2, "kind": "x"}
    assert await it.text() == "a 2 x"
    # at the same version, the variables alone change
    assert await it.upgrade(variables={"word": "b"}) == NOTHING | {"updated": ["greet"]}
    assert await it.text() == "b 2 x"


async def test_a_version_that_needs_credentials_gets_them_with_the_call(world: World):
    it = await life(world)
    await it.publish(authConfig={"type": "api_key"})
    assert (await it.refused()).code == "auth-required"

    async def state(caller: As, kind: str, credentials: dict[str, str]) -> str:
        body = {"workspaceId": caller.workspace_id, "name": "n", "type": kind, "credentials": credentials}
        return (await caller.post("/api/auth-states", body)).json["id"]

    foreign = await state(it.author, "api_key", {"apiKey": "k" * 20})
    own = await state(it.user, "api_key", {"apiKey": "k" * 20})
    other = await state(it.user, "oauth2", {"clientId": "c" * 20, "clientSecret": "s" * 20})
    assert (await it.refused(authStateId=foreign)).problems == {("/authStateId", "unknown-auth-state")}
    assert (await it.refused(authStateId=other)).problems == {("/authStateId", "wrong-auth-type")}
    await it.upgrade(authStateId=own)
    assert (await it.user.get(it.path)).json["authStateId"] == own
    await it.publish(
        authConfig={"type": "oauth2", "authorizeUrl": "https://a.example", "tokenUrl": "https://t.example"}
    )
    assert (await it.refused()).code == "auth-required"
    await it.upgrade(authStateId=other)


async def test_a_version_that_depends_on_more_waits_for_it(world: World):
    it = await life(world)
    base = await offered(it.author, "base", [])
    dependencies = [
        {"integration": "author/base", "range": ">=1.0.0 <2"},
        {"integration": "author/nowhere", "range": "*", "optional": True},
    ]
    await it.publish(manifest={**it.draft["manifest"], "dependencies": dependencies})
    missing = await it.refused()
    assert (missing.code, missing.json["missing"]) == ("dependency-missing", ["author/base >=1.0.0 <2"])
    await installed(it.user, base["id"])
    assert await it.upgrade() == NOTHING


@pytest.mark.parametrize(("key", "mine", "given"), [("name", "Ours", "Theirs"), ("description", "Ours", "Theirs")])
async def test_a_text_of_the_clone_is_the_authors_until_the_workspace_changes_it(
    key: str, mine: str, given: str, world: World
):
    it = await life(world)
    path = f"/api/entities/{(await it.clone())['entityId']}"
    await it.author.patch(it.source, {key: given})
    await it.publish()
    assert await it.upgrade() == NOTHING | {"updated": ["greet"]}
    assert (await it.user.get(path)).json[key] == given
    await it.user.patch(path, {key: mine})
    assert (await it.clone())["detached"] is False
    await it.author.patch(it.source, {key: given + " again"})
    await it.publish("two")
    assert await it.upgrade() == NOTHING | {"updated": ["greet"]}
    assert ((await it.user.get(path)).json[key], await it.text()) == (mine, "two")


async def test_an_upgrade_that_changes_nothing_writes_nothing(world: World):
    it = await life(world)
    rows = """select (select count(*) from events), (select count(*) from operations),
        (select max(updated_at) from entities), (select max(updated_at) from installs)"""
    before = await world.values(rows)
    assert await it.upgrade() == NOTHING
    assert await world.values(rows) == before


async def test_a_deleted_install_is_not_upgraded_and_its_members_not_detached(world: World):
    it = await life(world)
    clone = await it.clone()
    await it.user.delete(it.path)
    assert (await it.user.post(it.path + "/upgrade")).code == "deleted"
    reply = await it.user.post(f"/api/integration-members/{clone['id']}/detach", {"detached": True})
    assert reply.status == 404


async def test_the_versions_of_a_clone_are_its_edits_and_the_one_that_it_has(world: World):
    it = await life(world)
    path = f"/api/entities/{(await it.clone())['entityId']}"

    async def texts() -> list[Any]:
        data = (await it.user.get(path + "/versions")).json["data"]
        current = (await it.user.get(path)).json["defaultVersionId"]
        assert current in {version["id"] for version in data}
        return [version["definition"]["text"] for version in data]

    assert await texts() == ["one"]
    await it.publish("two")
    await it.upgrade()
    assert await texts() == ["two"]
    for text in ("mine", "mine too"):
        await it.user.patch(path, {"definition": {"text": text}})
    assert await texts() == ["mine too", "mine"]
