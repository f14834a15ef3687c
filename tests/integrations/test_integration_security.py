"""Who sees a draft, its documents and the entities behind it."""

from typing import Any

import pytest

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed
from tests.support.factories.integrations import integration, manifest_member, published, unlisted
from tests.support.world import World

SCHEMA = {"type": "object", "properties": {"secretName": {"type": "string"}}}


async def _draft(author: As) -> dict[str, Any]:
    function = await entity(author, "function", "greet", {"text": "the-author-s-words"})
    return await integration(
        author,
        manifest={"members": [manifest_member(function, required=True)], "x-note": "draft-note"},
        variablesSchema=SCHEMA,
        authConfig={"type": "api_key", "authHeaderName": "X-Draft"},
    )


def _tells(content: bytes) -> bool:
    return any(word in content for word in (b"draft-note", b"secretName", b"X-Draft", b"the-author-s-words"))


async def test_a_drafts_documents_are_its_editors(world: World):
    author, stranger = await world.workspace("author"), await world.workspace("stranger")
    viewer = await world.key(author.workspace_id, "viewer")
    draft = await _draft(author)
    path = f"/api/integrations/{draft['id']}"
    assert _tells((await author.get(path)).content)
    for caller in (viewer, stranger):
        for place in (path, path + "/members", "/api/integrations"):
            assert not _tells((await caller.get(place)).content)
    assert (await viewer.get(path)).json["manifest"] == {}
    assert (await viewer.get(path + "/members")).json == {"members": []}
    assert (await viewer.get(path + "/members", draft="true")).status == 403
    assert (await stranger.get(path + "/members", draft="true")).status == 404


async def test_after_a_publish_others_read_the_version_and_not_the_draft(world: World):
    author, other = await world.workspace("author"), await world.workspace("other")
    draft = await _draft(author)
    path = f"/api/integrations/{draft['id']}"
    await author.patch(path, {"authConfig": {}})
    await published(author, draft["id"])
    await unlisted(author, draft["id"])
    await author.patch(path, {"manifest": {"x-note": "second thoughts"}, "variablesSchema": {}})
    seen = (await other.get(path)).json
    assert (seen["manifest"]["x-note"], seen["variablesSchema"]) == ("draft-note", SCHEMA)


async def test_an_editor_by_grant_sees_and_publishes_no_entity_of_the_workspace(world: World):
    author, guest = await world.workspace("author"), await world.workspace("guest")
    function = await entity(author, "function", "greet", {"text": "the-author-s-words"})
    draft = await integration(author)
    await world.grant(draft["id"], guest.workspace_id, "editor", author.workspace_id)
    path = f"/api/integrations/{draft['id']}"
    changed = await guest.patch(path, {"manifest": {"members": [manifest_member(function)]}})
    assert changed.status == 200
    assert (await guest.get(f"/api/entities/{function['id']}")).status == 404
    refused = await guest.post(path + "/publish", {"version": "1.0.0"})
    unknown = "fun_" + "0" * 26
    await guest.patch(path, {"manifest": {"members": [{**manifest_member(function), "entityId": unknown}]}})
    absent = await guest.post(path + "/publish", {"version": "1.0.0"})
    assert refused.status == absent.status == 400
    assert refused.json["errors"] == absent.json["errors"]
    assert not _tells((await guest.get(path + "/members", draft="true")).content)


async def test_installers_never_see_the_authors_present_state(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    function = await entity(author, "function", "greet", {"text": "as published"})
    draft = await integration(author, manifest={"members": [manifest_member(function, required=True)]})
    await published(author, draft["id"])
    await unlisted(author, draft["id"])
    assert (await user.get(f"/api/entities/{function['id']}")).status == 404
    install = await installed(user, draft["id"])
    await author.patch(
        f"/api/entities/{function['id']}", {"name": "New name", "definition": {"text": "not for others"}}
    )
    seen = await user.get(f"/api/entities/{function['id']}")
    assert (seen.json["name"], seen.json["definition"]) == ("greet", {"text": "as published"})
    for place in ("/api/entities", f"/api/entities/{function['id']}/versions"):
        listed = await user.get(place)
        assert listed.status == 200
        assert b"not for others" not in listed.content
        assert b"New name" not in listed.content
    assert (await user.get("/api/entities", name="New name")).json["data"] == []
    assert (await user.patch(f"/api/entities/{function['id']}", {"name": "Mine"})).status == 403
    await user.delete(f"/api/integration-installs/{install['id']}")
    assert (await user.get(f"/api/entities/{function['id']}")).status == 404


async def test_an_install_keeps_its_version_readable_whatever_happens_to_the_rest(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    draft = await _draft(author)
    path = f"/api/integrations/{draft['id']}"
    await author.patch(path, {"authConfig": {}})
    first = await published(author, draft["id"])
    await unlisted(author, draft["id"])
    await installed(user, draft["id"])
    await author.post(path + "/visibility", {"visibility": "private"})
    await author.patch(path, {"manifest": {**draft["manifest"], "x-note": "later"}})
    second = await published(author, draft["id"], "2.0.0")
    seen = await user.get(path)
    assert (seen.status, seen.json["manifest"]["x-note"]) == (200, "draft-note")
    assert (await user.get(f"/api/integration-versions/{first['id']}")).status == 200
    assert (await user.get(f"/api/integration-versions/{second['id']}")).status == 404
    preview = await user.get(path + "/members", integrationVersionId=second["id"])
    assert preview.status == 404


@pytest.mark.parametrize("path", ["/api/entities", "/api/workspaces", "/api/api-keys", "/api/integration-installs"])
async def test_a_publishable_key_reads_only_what_browsers_may(path: str, world: World):
    author = await world.workspace("author")
    draft = await _draft(author)
    browser = await world.key(author.workspace_id, "viewer", kind="publishable")
    assert (await browser.get(path)).status == 403
    assert (await browser.get("/api/integrations")).status == 200
    assert (await browser.get(f"/api/integrations/{draft['id']}")).status == 404
    assert (await browser.post("/api/integrations", {})).status == 403


async def test_ids_of_a_body_that_are_invisible_are_told_like_unknown_ones(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    hidden = await entity(author, "schema", "hidden")
    absent = "sch_" + "0" * 25 + "1"

    async def problems(named: str) -> list[dict[str, str]]:
        body = {"workspaceId": user.workspace_id, "kind": "function", "slug": "f", "name": "f"}
        reply = await user.post("/api/entities", {**body, "definition": {"in": [named]}})
        assert reply.status == 400
        return [{**problem, "detail": problem["detail"].replace(named, "…")} for problem in reply.json["errors"]]

    assert await problems(hidden["id"]) == await problems(absent)
    assert (await problems(absent))[0]["pointer"] == "/definition/in/0"
    await _nothing_of(world, user)


async def _nothing_of(world: World, caller: As) -> None:
    rows = await world.owner.fetchval(
        "select count(*) from entities where workspace_id = $1", caller.workspace_id.removeprefix("wsp_")
    )
    assert rows == 0
