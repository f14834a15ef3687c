"""What a running Graft answers has exactly the keys of the source document, with its types."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from graft.app import ENDPOINTS
from graft.web.openapi import openapi_document
from tests.contract.table import ANYTHING, TABLE, additions, expanded, facts, nullable
from tests.support.client import As, Reply
from tests.support.factories.entities import entity
from tests.support.factories.integrations import integration, manifest_member, published, unlisted
from tests.support.world import World, running

pytestmark = pytest.mark.slow

DOCUMENT = openapi_document(ENDPOINTS, version="1")
FACTS = facts()
_CHECKS = {
    "string": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
}
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3,6})?Z")


def _shape_of(kind: Any) -> str:
    return next((name for name, shape in TABLE["shapes"].items() if shape == kind), "")


def _wrong(kind: Any, value: Any, place: str = "") -> Iterator[str]:
    """Where `value` is not of the type."""
    if isinstance(kind, dict) and isinstance(value, dict):
        yield from _wrong_keys(kind, value, place)
    elif isinstance(kind, list) and isinstance(value, list):
        for at, child in enumerate(value):
            yield from _wrong(kind[0], child, f"{place}/{at}")
    elif not isinstance(kind, str) or not _fits(kind, value, place.rpartition("/")[2]):
        yield f"{place}: {value!r}"


def _wrong_keys(kind: dict[str, Any], value: dict[str, Any], place: str) -> Iterator[str]:
    if not kind:
        return
    if value.keys() != kind.keys():
        yield f"{place}: keys {sorted(value)}"
        return
    may_be_null = nullable(_shape_of(kind))
    for key, child in value.items():
        if child is None and key in may_be_null:
            continue
        yield from _wrong(kind[key], child, f"{place}/{key}")
        if key.endswith("At") and not _TIMESTAMP.fullmatch(str(child)):
            yield f"{place}/{key}: {child}"


def _fits(kind: str, value: Any, name: str) -> bool:
    if "|" in kind:
        return value in {*kind.split(" | "), *additions("value", name)}
    return kind == ANYTHING or _CHECKS[kind](value)


def _exact(schema: Any) -> Any:
    """The schema with no room for keys that it does not name."""
    if isinstance(schema, dict):
        closed = {"additionalProperties": False} if isinstance(schema.get("properties"), dict) else {}
        return {key: _exact(child) for key, child in schema.items()} | closed
    return [_exact(child) for child in schema] if isinstance(schema, list) else schema


class _Contract:
    """Holds each reply to the table and to the OpenAPI document, and remembers which calls were made."""

    def __init__(self) -> None:
        self.made: set[str] = set()

    def hold(self, call: str, reply: Reply) -> Any:
        self.made.add(call)
        method, path = call.split(" ")
        response = DOCUMENT["paths"][path][method.lower()]["responses"][str(reply.status)]
        assert reply.status in (200, 201), reply.json
        assert list(_wrong(FACTS[call].response, reply.json)) == [], call
        schema = _exact(response["content"]["application/json"]["schema"] | {"components": DOCUMENT["components"]})
        jsonschema_rs.validate(schema, reply.json)
        return reply.json


async def _full_draft(alpha: As) -> dict[str, Any]:
    """A draft in which nothing that may be given is missing, with a member of each sort."""
    schema = await entity(alpha, "schema", "person", {"type": "object"})
    clone = await entity(alpha, "function", "greet", {"inputSchemaId": schema["id"], "text": "${variables.greeting}"})
    reference = await entity(alpha, "function", "wave", {})
    return await integration(
        alpha,
        "full",
        description="All of it",
        iconUrl="https://example.com/icon.png",
        publisher="alpha",
        trustTier="community",
        manifest={"members": [manifest_member(clone, required=True, forkOnInstall=True), manifest_member(reference, required=True)]},
        variablesSchema={"type": "object", "properties": {"greeting": {"type": "string"}}},
        authConfig={"type": "api_key", "authHeaderName": "X-Key"},
    )  # fmt: skip


async def _credentials(beta: As) -> str:
    body = {"workspaceId": beta.workspace_id, "name": "key", "type": "api_key", "credentials": {"apiKey": "secret"}}
    reply = await beta.post("/api/auth-states", body)
    assert reply.status == 201, reply.json
    return reply.json["id"]


async def _two(world: World) -> tuple[As, As]:
    return await world.workspace("alpha"), await world.workspace("beta")


async def test_every_reply_of_a_whole_life_is_as_documented(database_url: str, app_role: str):
    contract, draft = _Contract(), "/api/integrations/{id}"
    hold = contract.hold
    async with running(database_url, app_role) as world:
        alpha, beta = await _two(world)
        made = await _full_draft(alpha)
        bare = hold(
            "POST /api/integrations",
            await alpha.post("/api/integrations", {"workspaceId": alpha.workspace_id, "slug": "bare", "name": "Bare"}),
        )
        path, bare_path = f"/api/integrations/{made['id']}", f"/api/integrations/{bare['id']}"
        hold(f"PATCH {draft}", await alpha.patch(path, {"name": "New"}))
        hold(f"GET {draft}/members", await alpha.get(path + "/members", draft="true"))
        version = {"version": "1.0.0", "changelog": "The first"}
        hold(f"POST {draft}/publish", await alpha.post(path + "/publish", version))
        await unlisted(alpha, made["id"])
        hold(f"GET {draft}/members", await beta.get(path + "/members"))
        body = {
            "workspaceId": beta.workspace_id,
            "variables": {"greeting": "hi"},
            "authStateId": await _credentials(beta),
        }
        install = hold(f"POST {draft}/install", await beta.post(path + "/install", body))
        assert None not in (install["authStateId"], install["solutionId"])
        members_path = f"/api/integration-installs/{install['id']}/members"
        members = hold("GET /api/integration-installs/{id}/members", await beta.get(members_path))
        clone = next(member for member in members["members"] if member["isClone"])
        detach = f"/api/integration-members/{clone['id']}/detach"
        for detached in (True, False):
            hold("POST /api/integration-members/{id}/detach", await beta.post(detach, {"detached": detached}))
        await alpha.patch(path, {"description": None, "iconUrl": None})
        await published(alpha, made["id"], "2.0.0")
        upgrade = f"/api/integration-installs/{install['id']}/upgrade"
        hold("POST /api/integration-installs/{id}/upgrade", await beta.post(upgrade))
        hold(f"GET {draft}", await beta.get(path))
        hold(f"DELETE {draft}", await alpha.delete(bare_path))
        hold(f"GET {draft}", await alpha.get(bare_path))
        hold("GET /api/integrations", await alpha.get("/api/integrations", include_deleted="true"))
        hold("GET /api/integrations", await alpha.get("/api/integrations", limit=1))
        hold("GET /api/integrations", await alpha.get("/api/integrations", ids=install["id"]))
        hold(f"POST {draft}/restore", await alpha.post(bare_path + "/restore"))
        await alpha.delete(bare_path)
        hold(f"DELETE {draft}/purge", await alpha.delete(bare_path + "/purge"))
    assert contract.made == FACTS.keys()


async def test_an_install_without_anything_optional_is_as_documented(world: World):
    contract = _Contract()
    alpha, beta = await _two(world)
    made = await integration(alpha)
    call = "POST /api/integrations/{id}/publish"
    contract.hold(call, await alpha.post(f"/api/integrations/{made['id']}/publish", {"version": "1.0.0"}))
    await unlisted(alpha, made["id"])
    body = {"workspaceId": beta.workspace_id}
    path = f"/api/integrations/{made['id']}/install"
    install = contract.hold("POST /api/integrations/{id}/install", await beta.post(path, body))
    assert (install["authStateId"], install["solutionId"], install["parentInstallId"]) == (None, None, None)


def test_a_key_too_many_or_too_few_or_of_another_type_is_found():
    kind = expanded("$pageInfo")
    good = {"total": 1, "hasNextPage": False, "hasPreviousPage": True, "startCursor": "a", "endCursor": None}
    assert list(_wrong(kind, good)) == []
    assert list(_wrong(kind, {**good, "more": 1}))
    assert list(_wrong(kind, {key: value for key, value in good.items() if key != "total"}))
    assert list(_wrong(kind, {**good, "total": True}))
    assert list(_wrong(kind, {**good, "total": None}))
    assert list(_wrong({"visibility": "private | public"}, {"visibility": "secret"}))
    assert list(_wrong({"members": ["string"]}, {"members": ["a", 1]}))
