"""What stands in an example, a default or an extension is text at every stage: written, imported, published, installed."""

import json
from typing import Any

import pytest

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import definition_of, installed, members_of
from tests.support.factories.integrations import integration, manifest_member, offered, published, unlisted
from tests.support.world import World

ABSENT = "app_01h455vb4pex5vsknk084sn02q"
DATA: dict[str, Any] = {
    "default": "${variables.nobody}", "examples": [ABSENT, "$${HOME}"], "enum": [ABSENT, "${variables.}"],
    "x-note": {"seen": ABSENT, "text": "${ variables.x }"}, "properties": {"default": {"const": ABSENT}},
}  # fmt: skip


@pytest.mark.parametrize("fork", [True, False])
async def test_data_reads_in_an_install_as_its_author_wrote_it(world: World, fork: bool):
    author, user = await world.workspace("author"), await world.workspace("user")
    made = await entity(author, "schema", "thing", DATA)
    draft = await offered(author, "demo", [manifest_member(made, required=True, forkOnInstall=fork)])
    install = await installed(user, draft["id"])
    assert await definition_of(user, (await members_of(user, install))["thing"]) == DATA


async def test_a_property_named_default_is_a_reference_like_any_other(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    named = await entity(author, "schema", "named")
    calling = await entity(author, "function", "f", {"properties": {"default": {"$ref": named["id"]}}})
    draft = await offered(author, "demo", [manifest_member(calling, required=True, forkOnInstall=True)])
    members = await members_of(user, await installed(user, draft["id"]))
    assert set(members) == {"f", "schema:named"}
    read = await definition_of(user, members["f"])
    assert read == {"properties": {"default": {"$ref": members["schema:named"]["entityId"]}}}

    reply = await author.post(
        "/api/entities",
        {"workspaceId": author.workspace_id, "kind": "function", "slug": "g", "name": "g",
         "definition": {"properties": {"default": ABSENT}, "default": ABSENT}},
    )  # fmt: skip
    assert (reply.status, reply.problems) == (400, {("/definition/properties/default", "unknown-reference")})


async def test_data_of_a_clone_stays_data_when_the_clone_is_edited_and_published_again(world: World):
    author, user, third = [await world.workspace(slug) for slug in ("author", "user", "third")]
    made = await entity(author, "function", "f", {**DATA, "v": 1})
    draft = await offered(author, "demo", [manifest_member(made, required=True, forkOnInstall=True)])
    clone = (await members_of(user, await installed(user, draft["id"])))["f"]
    assert (await user.patch(f"/api/entities/{clone['entityId']}", {"definition": {**DATA, "v": 2}})).status == 200

    manifest = {"members": [{"slug": "g", "entityId": clone["entityId"], "kind": "function", "required": True}]}
    again = await integration(user, "again", manifest=manifest)
    await published(user, again["id"])
    await unlisted(user, again["id"])
    member = (await members_of(third, await installed(third, again["id"])))["g"]
    assert await definition_of(third, member) == {**DATA, "v": 2}


DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Shop", "version": "1"},
    "paths": {
        "/a": {
            "get": {
                "operationId": "a",
                "summary": ABSENT,
                "parameters": [{"name": "app", "in": "query", "schema": {"type": "string"}, "example": ABSENT}],
                "responses": {
                    "200": {
                        "description": "ok",
                        "headers": {"x-app": {"schema": {"$ref": "#/components/schemas/default"}}},
                    }
                },
            }
        }
    },
    "components": {"schemas": {"default": {"type": "string", "example": ABSENT}}},
}


async def test_what_looks_like_an_id_in_a_document_is_published_as_the_document_has_it(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    draft = await integration(author)
    await _imported(author, draft["id"])
    await published(author, draft["id"])
    await unlisted(author, draft["id"])
    members = await members_of(user, await installed(user, draft["id"], memberPolicy="auto_all"))
    read = await definition_of(user, members["a"])
    assert (read["summary"], read["parameters"][0]["example"]) == (ABSENT, ABSENT)
    assert read["responses"]["200"]["headers"]["x-app"]["schema"]["$ref"] == members["schema:default"]["entityId"]
    assert (await definition_of(user, members["schema:default"]))["example"] == ABSENT


async def _imported(caller: As, integration_id: str) -> None:
    reply = await caller(
        "POST",
        "/api/entities/import-openapi",
        params={"workspaceId": caller.workspace_id, "integrationId": integration_id},
        content=json.dumps(DOCUMENT).encode(),
    )
    assert reply.status == 200, reply.json
