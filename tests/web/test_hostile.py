"""Every call of the API, every field and parameter: no value leads to a status that the OpenAPI document does not name."""

import json
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from graft.app import ENDPOINTS
from graft.web.endpoint import Endpoint
from graft.web.openapi import openapi_document
from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed
from tests.support.factories.integrations import integration, manifest_member, published, unlisted
from tests.support.world import World

pytestmark = pytest.mark.slow

_SUFFIX = "01h455vb4pex5vsknk084sn02q"
# JSON as text, for numbers that no float holds
VALUES = [
    *("null", "true", "0", "-1", "1e400", "9" * 1_000, '""', '" "', "[]", "[[]]", "[null]", "{}", '{"": {"a": [1.0]}}'),
    *(json.dumps("x" * length) for length in (65, 129, 300, 100_000)),
    *(json.dumps(text) for text in ("😀", "\x7f\n", "a/../b~", "%00", "${variables.x}", "' or 1=1 --", "*", "no-such")),
    *(json.dumps(f"{prefix}_{_SUFFIX}") for prefix in ("wsp", "usr", "int", "intver", "intins", "ats", "fun", "sch", "zzz")),
    *(f'["{prefix}_{_SUFFIX}"]' for prefix in ("fun", "intmem")),
    '"9999-12-31T23:59:59-23:59"',
    '"0001-01-01T00:00:00+23:59"',
    '"2030-01-01T00:00:00"',
]  # fmt: skip
TEXTS = ["", " ", "0", "-1", "9" * 400, "null", "true", "\x00", "\n", "😀", "%", "x" * 300, f"int_{_SUFFIX}", f"fun_{_SUFFIX}", "{", "[]", '{"id":1}', "' or 1=1 --", "a,b,,"]  # fmt: skip
DOCUMENT = openapi_document(ENDPOINTS, version="1")


def _documented(call: Endpoint) -> set[int]:
    return {int(status) for status in DOCUMENT["paths"][call.path][call.method.lower()]["responses"]}


async def _everything(world: World) -> tuple[As, dict[str, str]]:
    """A platform admin of a world that has one of each, and the id for each path that takes one."""
    alpha, beta, admin = await world.workspace("alpha"), await world.workspace("beta"), await world.platform_admin()
    function = await entity(alpha, "function", "greet", {"text": "hello"})
    made = await integration(
        alpha, manifest={"members": [manifest_member(function, required=True, forkOnInstall=True)]}
    )
    await published(alpha, made["id"])
    await unlisted(alpha, made["id"])
    install = await installed(beta, made["id"])
    members = await beta.get(f"/api/integration-installs/{install['id']}/members")
    user = await world.user()
    await world.member(alpha.workspace_id, user, "viewer")
    await world.grant(made["id"], user, "viewer", alpha.workspace_id)
    auth = {"workspaceId": alpha.workspace_id, "name": "a", "type": "api_key", "credentials": {"apiKey": "secret"}}
    assert (await alpha.post("/api/auth-states", auth)).status == 201
    found = {"integration-members": members.json["members"][0]["id"], "integrations": made["id"]}
    for call in ENDPOINTS:
        tag = call.path.split("/")[2]
        if call.list_resource is not None and call.path_id is None and tag not in found:
            page = await admin.get(call.path)
            found[tag] = page.json["data"][0]["id"] if page.json["data"] else "none"
    return admin, {"workspaceId": alpha.workspace_id, **found}


def _plausible(ids: dict[str, str]) -> dict[str, Any]:
    """A value by the name of a field, good enough to come past the first checks."""
    return {
        "workspaceId": ids["workspaceId"],
        "slug": "plausible",
        "name": "plausible",
        "kind": "function",
        "definition": {"text": "hello"},
        "version": "1.0.1",
        "visibility": "unlisted",
        "approve": True,
        "reason": "because",
        "detached": False,
        "email": "someone@example.com",
        "userId": ids["users"],
        "tier": "viewer",
        "entityId": ids["integrations"],
        "subjectId": ids["users"],
        "type": "api_key",
        "credentials": {"apiKey": "secret"},
    }


async def test_no_body_leads_to_a_status_that_is_not_documented(world: World):
    admin, ids = await _everything(world)
    plausible, odd = _plausible(ids), list[Any]()
    for call in ENDPOINTS:
        if call.body is None:
            continue
        path = call.path.replace("{id}", ids.get(call.path.split("/")[2], "none"))
        fields = msgspec.structs.fields(call.body)
        base = {field.encode_name: json.dumps(plausible.get(field.encode_name)) for field in fields if field.required}
        for field in fields:
            for value in VALUES:
                pairs = {**base, field.encode_name: value}.items()
                text = "{" + ", ".join(f'"{key}": {part}' for key, part in pairs) + "}"
                headers = {"Content-Type": "application/json"}
                reply = await admin(call.method, path, content=text, headers=headers)
                if reply.status not in _documented(call):
                    odd.append((reply.status, call.method, path, text[:300]))
    assert odd == []


async def test_no_parameter_leads_to_a_status_that_is_not_documented(world: World):
    admin, ids = await _everything(world)
    odd = list[Any]()
    for call in ENDPOINTS:
        if call.method != "GET":
            continue
        path = call.path.replace("{id}", ids.get(call.path.split("/")[2], "none"))
        operation = DOCUMENT["paths"][call.path]["get"]
        names = [found["name"] for found in operation.get("parameters", []) if found["in"] == "query"]
        for name in [*names, "no-such", "\x00"]:
            for text in TEXTS:
                reply = await admin("GET", f"{path}?{quote(name)}={quote(text)}")
                if reply.status not in _documented(call):
                    odd.append((reply.status, path, name, text[:40]))
    assert odd == []
