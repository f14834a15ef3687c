"""Which entities a caller sees, by grants and installs, and which it may name."""

from typing import Any

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import definition_of, installed, members_of
from tests.support.factories.integrations import manifest_member, offered
from tests.support.world import World


async def named(caller: As, target: str, slug: str = "naming") -> Any:
    """An attempt to name an entity in a definition."""
    body = {"workspaceId": caller.workspace_id, "kind": "function", "slug": slug, "name": slug}
    return await caller.post("/api/entities", {**body, "definition": {"a": ["text", {"b/c": target}]}})


async def test_a_grant_opens_one_entity_by_its_tier(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    open_one, shut = await entity(alpha, "function", "open"), await entity(alpha, "function", "shut")
    path = f"/api/entities/{open_one['id']}"
    await world.grant(open_one["id"], beta.workspace_id, "editor", alpha.workspace_id)
    assert (await beta.get(path)).json["workspaceId"] == alpha.workspace_id
    assert (await beta.get(f"/api/entities/{shut['id']}")).status == 404
    assert (await beta.patch(path, {"definition": {"by": "beta"}})).status == 200
    viewer = await world.key(beta.workspace_id, "viewer")
    assert (await viewer.get(path)).status == 200
    # through a workspace at most the role there
    assert (await viewer.patch(path, {"name": "New"})).status == 403
    assert (await beta.delete(path)).status == 200
    # what is deleted is its workspace's alone
    for call in ("", "/versions"):
        assert (await beta.get(path + call)).status == 404
    assert (await beta.post(path + "/restore")).status == 404
    assert (await alpha.get(path)).json["deletedAt"] is not None


async def test_only_what_its_writer_sees_may_be_named(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    granted, hidden = await entity(alpha, "schema", "granted"), await entity(alpha, "schema", "hidden")
    gone = await entity(alpha, "schema", "gone")
    for found in (granted, gone):
        await world.grant(found["id"], beta.workspace_id, "viewer", alpha.workspace_id)
    await alpha.delete(f"/api/entities/{gone['id']}")
    assert (await named(beta, granted["id"])).status == 201
    other_kind = "fun_" + granted["id"][4:]
    for target in (hidden["id"], gone["id"], other_kind, "sch_" + "0" * 26):
        reply = await named(beta, target, "other")
        assert (reply.status, reply.problems) == (400, {("/definition/a/1/b~1c", "unknown-reference")})
    for text in (f"see {hidden['id']}", hidden["id"].upper(), hidden["id"][:-1], "usr_" + "0" * 26):
        assert (await named(beta, text, f"text-{len(text)}-{text[0].lower()}")).status == 201


async def test_a_reference_that_was_there_stays_when_its_target_is_out_of_sight(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    target, other = await entity(alpha, "schema", "target"), await entity(alpha, "schema", "other")
    await world.grant(target["id"], beta.workspace_id, "viewer", alpha.workspace_id)
    path = f"/api/entities/{(await named(beta, target['id'])).json['id']}"
    await world.owner.execute("delete from permissions")
    kept = await beta.patch(path, {"definition": {"moved": target["id"], "new": 1}})
    assert kept.status == 200
    added = await beta.patch(path, {"definition": {"moved": target["id"], "new": other["id"]}})
    assert added.problems == {("/definition/new", "unknown-reference")}
    await beta.patch(path, {"definition": {}})
    assert (await beta.patch(path, {"definition": {"again": target["id"]}})).status == 400


async def test_what_an_install_shows_may_be_named_while_it_shows_it(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    shown = await entity(author, "schema", "shown")
    draft = await offered(author, "demo", [manifest_member(shown, required=True)])
    assert (await named(user, shown["id"])).status == 400
    install = await installed(user, draft["id"])
    assert (await named(user, shown["id"])).status == 201
    for method, call, body in (
        ("PATCH", "", {"name": "Mine"}),
        ("DELETE", "", None),
        ("POST", "/restore", None),
        ("DELETE", "/purge", None),
    ):
        assert (await user(method, f"/api/entities/{shown['id']}{call}", body)).status == 403
    await user.delete(f"/api/integration-installs/{install['id']}")
    assert (await named(user, shown["id"], "late")).status == 400


async def test_an_edited_clone_may_name_the_clones_beside_it(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    schema = await entity(author, "schema", "shape")
    function = await entity(author, "function", "greet", {"in": schema["id"]})
    draft = await offered(author, "demo", [manifest_member(function, required=True, forkOnInstall=True)])
    members = await members_of(user, await installed(user, draft["id"]))
    path = f"/api/entities/{members['greet']['entityId']}"
    inside = members["schema:shape"]["entityId"]
    assert await definition_of(user, members["greet"]) == {"in": inside}
    assert (await user.patch(path, {"definition": {"out": inside}})).status == 200
    # the author's entity is not the clone of it
    refused = await user.patch(path, {"definition": {"out": schema["id"]}})
    assert refused.problems == {("/definition/out", "unknown-reference")}
    assert await definition_of(user, members["greet"]) == {"out": inside}


async def test_a_kept_clone_may_be_purged_when_nothing_made_it_any_more(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    function = await entity(author, "function", "greet")
    draft = await offered(author, "demo", [manifest_member(function, required=True, forkOnInstall=True)])
    install = await installed(user, draft["id"])
    path = f"/api/entities/{(await members_of(user, install))['greet']['entityId']}"
    await user.patch(path, {"definition": {"mine": 1}})
    await user.delete(path)
    refused = await user.delete(path + "/purge")
    assert (refused.status, refused.code) == (409, "in-use")
    assert (await user.post(path + "/restore")).json["definition"] == {"mine": 1}
    for call in ("", "/purge"):
        await user.delete(f"/api/integration-installs/{install['id']}{call}")
    await user.delete(path)
    assert (await user.delete(path + "/purge")).status == 200
