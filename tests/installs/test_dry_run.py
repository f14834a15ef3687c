"""A dry run of an install says what it would take and all that forbids it, and writes nothing."""

from typing import Any

from tests.support.client import As, Reply
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed, members_of
from tests.support.factories.integrations import integration, manifest_member, offered, published, unlisted
from tests.support.world import World

_TABLES = ("installs", "install_members", "entities", "variable_states", "operations", "events", "solutions")
NEEDS = {
    "variablesSchema": {
        "type": "object",
        "properties": {"region": {"type": "string"}, "size": {"type": "integer", "default": 3}},
        "required": ["region"],
    },
    "authConfig": {"type": "api_key"},
}


async def _rows(world: World) -> tuple[Any, ...]:
    return await world.values(f"select {', '.join(f'(select count(*) from {name})' for name in _TABLES)}")


async def _dry(caller: As, draft: dict[str, Any], **body: Any) -> Reply:
    path = f"/api/integrations/{draft['id']}/install?dryRun=true"
    return await caller.post(path, {"workspaceId": caller.workspace_id, **body})


async def _offer(author: As) -> dict[str, Any]:
    """A clone that names a reference and a schema, and a member that nobody needs; it needs much."""
    schema = await entity(author, "schema", "order")
    helper = await entity(author, "function", "helper")
    sender = await entity(
        author, "function", "sender", {"in": schema["id"], "call": helper["id"], "to": "${variables.region}"}
    )
    extra = await entity(author, "function", "extra")
    members = [
        manifest_member(sender, required=True, forkOnInstall=True),
        manifest_member(helper),
        manifest_member(extra),
    ]
    manifest = {"dependencies": [{"integration": "acme/base", "range": "^1.0.0"}], "permissions": ["read", "write"]}
    return await offered(author, "demo", members, manifest=manifest, **NEEDS)


async def test_everything_that_is_missing_is_told_at_once_and_nothing_is_written(world: World):
    author, tenant = await world.workspace("author"), await world.workspace("tenant")
    draft = await _offer(author)
    before = await _rows(world)
    reply = await _dry(tenant, draft, variables={"size": "x", "other": 1}, selectedMemberSlugs=["extra", "nobody"])
    assert reply.status == 200
    assert not reply.json["possible"]
    assert {(one["status"], one["code"], one["pointer"]) for one in reply.json["problems"]} == {
        (400, "unknown-member", "/selectedMemberSlugs/1"),
        (400, "wrong-type", "/variables/size"),
        (400, "unknown-variable", "/variables/other"),
        (400, "missing-key", "/variables/region"),
        (400, "auth-required", "/authStateId"),
        (409, "dependency-missing", None),
        (409, "consent-required", None),
    }
    told = {one["code"]: one for one in reply.json["problems"]}
    assert told["dependency-missing"]["missing"] == ["acme/base ^1.0.0"]
    assert told["consent-required"]["permissions"] == ["read", "write"]
    assert reply.json["variables"] is None
    assert await _rows(world) == before


async def test_the_selection_is_that_of_the_install(world: World):
    author, tenant = await world.workspace("author"), await world.workspace("tenant")
    schema = await entity(author, "schema", "order")
    helper = await entity(author, "function", "helper")
    sender = await entity(author, "function", "sender", {"in": schema["id"], "call": helper["id"]})
    extra = await entity(author, "function", "extra", {"in": schema["id"]})
    sent = manifest_member(sender, required=True, forkOnInstall=True)
    draft = await offered(author, "demo", [sent, manifest_member(helper), manifest_member(extra)])
    reply = await _dry(tenant, draft)
    assert (reply.json["possible"], reply.json["problems"], reply.json["variables"]) == (True, [], {})
    assert {
        one["slug"]: (one["selected"], one["reason"], one["arrivesAs"], one["refersTo"])
        for one in reply.json["members"]
    } == {
        "sender": (True, "required", "clone", ["schema:order", "helper"]),
        "helper": (True, "reference", "reference", []),
        "extra": (False, "not-selected", "reference", ["schema:order"]),
        "schema:order": (True, "reference", "clone", []),
    }
    found = await members_of(tenant, await installed(tenant, draft["id"]))
    assert {slug: member["isClone"] for slug, member in found.items()} == {
        one["slug"]: one["arrivesAs"] == "clone" for one in reply.json["members"] if one["selected"]
    }


async def test_values_are_those_that_the_install_would_have(world: World):
    author, tenant = await world.workspace("author"), await world.workspace("tenant")
    draft = await offered(author, "demo", [], variablesSchema=NEEDS["variablesSchema"])
    reply = await _dry(tenant, draft, variables={"region": "eu"})
    assert (reply.json["possible"], reply.json["variables"]) == (True, {"region": "eu", "size": 3})
    assert (await installed(tenant, draft["id"], variables={"region": "eu"}))["variables"] == reply.json["variables"]


async def test_a_second_install_is_told_with_the_first(world: World):
    author, tenant = await world.workspace("author"), await world.workspace("tenant")
    draft = await offered(author, "demo", [])
    first = await installed(tenant, draft["id"])
    [told] = (await _dry(tenant, draft)).json["problems"]
    assert (told["code"], told["installs"]) == ("already-installed", [first["id"]])
    [told] = (await _dry(tenant, draft, parentInstallId="intins_" + "0" * 26)).json["problems"]
    assert (told["code"], told["pointer"]) == ("unknown-install", "/parentInstallId")
    assert (await _dry(tenant, draft, parentInstallId=first["id"])).json["possible"]


async def test_who_may_not_accept_permissions_is_told_both(world: World):
    author, tenant = await world.workspace("author"), await world.workspace("tenant")
    draft = await offered(author, "demo", [], manifest={"permissions": ["read"]})
    editor = await world.key(tenant.workspace_id, "editor")
    told = (await _dry(editor, draft)).json["problems"]
    assert [(one["status"], one["code"]) for one in told] == [(409, "consent-required"), (403, "forbidden")]
    [told] = (await _dry(editor, draft, acceptPermissions=["read"])).json["problems"]
    assert told["status"] == 403
    assert (await _dry(tenant, draft, acceptPermissions=["read"])).json["possible"]


async def test_what_would_read_too_large_is_told(world: World):
    author, tenant = await world.workspace("author"), await world.workspace("tenant")
    large = await entity(author, "function", "large", {"text": "${variables.text}" * 3})
    draft = await offered(
        author, "demo", [manifest_member(large, required=True)],
        variablesSchema={"type": "object", "properties": {"text": {"type": "string"}}},
    )  # fmt: skip
    [told] = (await _dry(tenant, draft, variables={"text": "x" * 500_000})).json["problems"]
    assert (told["code"], told["pointer"]) == ("definition-too-large", "/variables/text")


async def test_what_cannot_be_seen_or_was_never_published_is_refused_as_the_call_is(world: World):
    author, tenant = await world.workspace("author"), await world.workspace("tenant")
    draft = await integration(author, "demo")
    assert (await _dry(tenant, draft)).status == 404
    reply = await _dry(author, draft)
    assert (reply.status, reply.code) == (409, "never-published")
    await published(author, draft["id"])
    await unlisted(author, draft["id"])
    assert (await _dry(await world.key(tenant.workspace_id, "viewer"), draft)).status == 403
    assert (await _dry(tenant, draft, workspaceId=author.workspace_id)).status == 404
    assert (await _dry(tenant, draft, integrationVersionId="intver_" + "0" * 26)).status == 400
    path = f"/api/integrations/{draft['id']}/install"
    assert (await tenant.post(f"{path}?dryRun=maybe", {"workspaceId": tenant.workspace_id})).status == 400
    assert (await tenant.post(f"{path}?dryRun=false", {"workspaceId": tenant.workspace_id})).status == 201
