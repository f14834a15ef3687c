"""Every source of problems, fed with the largest body it takes, full of faults: the reply has its bounds."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from graft import ids
from graft.app import ENDPOINTS
from graft.errors import MAX_PROBLEMS
from graft.web.endpoint import Endpoint
from tests.support.client import As, Reply
from tests.support.factories.entities import entity
from tests.support.factories.integrations import integration, manifest_member, offered
from tests.support.world import World

pytestmark = pytest.mark.slow

MOST_BYTES = 256 * 1024
JSON = {"Content-Type": "application/json"}
LONG = "k" * 100_000


def check(reply: Reply) -> Reply:
    """The bounds of a reply that tells problems; where it leaves some out it says so."""
    assert reply.status < 500
    assert len(reply.content) <= MOST_BYTES
    errors = reply.json.get("errors", [])
    assert len(errors) <= MAX_PROBLEMS
    for error in errors:
        assert len(error["pointer"]) <= 1_000
        assert len(error["detail"]) <= 1_000
    assert reply.json.get("errorsLeftOut", 1) > 0
    return reply


def check_cut(reply: Reply, code: str) -> None:
    """As `check`, of a reply whose problems are more than are told, and all of this code."""
    assert {error["code"] for error in check(reply).json["errors"]} == {code}
    assert reply.json["errorsLeftOut"] >= 1


def _name(call: Endpoint) -> str:
    return f"{call.method} {call.path}"


def _wrong(field: str, size: int) -> Iterator[str]:
    """Texts of about `size` bytes that are full of faults as the value of a field."""
    yield "[" + ",".join("1" * (min(size, 300_000) // 2)) + "]"
    yield "{" + ",".join(f'"{field}{number}":[]' for number in range(min(size, 600_000) // 20)) + "}"
    yield "{" + f'"{"n" * (size // 2)}":' + "{" + ",".join(['"a":1'] * 1_000) + "}}"


@pytest.mark.parametrize("call", [call for call in ENDPOINTS if call.body is not None], ids=_name)
async def test_no_field_of_any_body_makes_a_large_reply(call: Endpoint, world: World):
    admin = await world.platform_admin()
    prefix = call.path_id if isinstance(call.path_id, str) else "fun"
    path = call.path.replace("{id}", f"{prefix}_{ids.new_id()}")
    assert call.body is not None
    fields = [field.encode_name for field in msgspec.structs.fields(call.body)]
    of_one = 900_000 // len(fields)
    for text in _wrong("x", of_one):
        filled = "{" + ",".join(f'"{field}":{text}' for field in fields) + "}"
        check(await admin(call.method, path, content=filled, headers=JSON))
    for text in _wrong("y", 900_000):
        assert check(await admin(call.method, path, content=text, headers=JSON)).status == 400


@pytest.mark.parametrize("call", [call for call in ENDPOINTS if call.list_resource is not None], ids=_name)
async def test_no_parameters_of_any_list_make_a_large_reply(call: Endpoint, world: World):
    admin = await world.platform_admin()
    path = call.path.replace("{id}", f"{call.path_id or 'fun'}_{ids.new_id()}")
    fields = {f"{'n' * 1_000}{number}": 1 for number in range(12)} | {f"f{number}": 1 for number in range(200)}
    filters = [{"AND": [{"AND": [fields]}, {f"g{number}": [] for number in range(100)}]}, fields]
    for given in filters:
        reply = check(await admin.get(path, filter=json.dumps(given)))
        assert reply.status in {400, 404}
    check(await admin.get(path, orderBy=json.dumps(["x"] * 3_000)))
    check(await admin.get(path, ids=",".join(["x"] * 9_000)))
    check(await admin("GET", path + "?" + "&".join(f"p{number}=" for number in range(7_000))))
    check(await admin("GET", path + "?" + quote("é" * 5_000) + "=1"))


async def test_the_keys_of_a_text_that_stand_twice(world: World):
    editor = await world.workspace("alpha", "editor")
    twice = ",".join(f'"{number}":1,"{number}":1' for number in range(50_000))
    text = '{"manifest":{"' + "k" * 3_000_000 + '":{' + twice + "}}}"
    check_cut(await editor("POST", "/api/integrations", content=text, headers=JSON), "duplicate-key")


async def test_more_values_than_a_body_may_hold(world: World):
    editor = await world.workspace("alpha", "editor")
    for path, values in (("/api/integrations", 4_000_000), (f"/api/integrations/int_{ids.new_id()}/install", 500_000)):
        text = '{"manifest":{"x-a":[' + ",".join("1" * values) + "]}}"
        reply = check(await editor("POST", path, content=text, headers=JSON))
        assert (reply.status, reply.problems) == (400, {("", "too-many-values")})


async def test_a_manifest_of_the_most_members_passes(world: World):
    alpha = await world.workspace("alpha")
    member = {"kind": "function", "entityId": "fun_" + ids.new_id(), "required": True, "dependsOn": ["a"] * 30}
    members = [{"slug": f"m{number}", **member} for number in range(10_000)]
    made = await integration(alpha, manifest={"members": members})
    assert len(made["manifest"]["members"]) == 10_000


def _manifests() -> dict[str, Any]:
    return {
        "types": {"members": [{"slug": 1, "dependsOn": [1] * 40} for _ in range(10_000)]},
        "keys": {LONG * 10: 1, **{f"{LONG[:1_000]}{number}": 1 for number in range(5_000)}},
    }


@pytest.mark.parametrize("name", _manifests())
async def test_the_types_in_a_manifest(name: str, world: World):
    alpha = await world.workspace("alpha")
    body = {"workspaceId": alpha.workspace_id, "slug": "a", "name": "a", "manifest": _manifests()[name]}
    reply = check(await alpha.post("/api/integrations", body))
    assert (reply.status, reply.json["errorsLeftOut"] >= 1) == (400, True)


async def test_the_references_of_a_definition(world: World):
    alpha = await world.workspace("alpha")
    references = [f"fun_{ids.new_id()}" for _ in range(20_000)]
    body = {"workspaceId": alpha.workspace_id, "kind": "schema", "slug": "a", "name": "a"}
    reply = await alpha.post("/api/entities", {**body, "definition": {"k" * 200_000: references}})
    check_cut(reply, "unknown-reference")


async def _publish(alpha: As, **documents: Any) -> Reply:
    made = await integration(alpha, **documents)
    return check(await alpha.post(f"/api/integrations/{made['id']}/publish", {"version": "1.0.0"}))


def _members(**keys: Any) -> list[dict[str, Any]]:
    return [{"slug": "a", "kind": "b" * 500, "entityId": "c" * 900, **keys} for _ in range(2_000)]


DRAFTS: dict[str, Callable[[], dict[str, Any]]] = {
    "members": lambda: {"manifest": {"members": _members()}},
    "dependsOn": lambda: {"manifest": {"members": _members(dependsOn=["x" * 500] * 4)}},
    "dependencies": lambda: {"manifest": {"dependencies": [{"integration": "x" * 900, "range": "?"}] * 1_000}},
    "permissions": lambda: {"manifest": {"permissions": ["\n" * 900] * 1_000}},
    "variables": lambda: {"variablesSchema": {"properties": {f"{'n' * 200}-{at}": {"type": 1} for at in range(5_000)}}},
    "refs": lambda: {"variablesSchema": {"properties": {f"a{at}": {"$ref": f"#/{'é' * 500}"} for at in range(3_000)}}},
    "defaults": lambda: {"manifest": {"defaults": {"variables": {f"{LONG[:20_000]}{at}": 1 for at in range(300)}}}},
}


@pytest.mark.parametrize("name", DRAFTS)
async def test_what_publishing_refuses_in_the_documents(name: str, world: World):
    reply = await _publish(await world.workspace("alpha"), **DRAFTS[name]())
    assert reply.status == 400


async def test_what_publishing_refuses_in_definitions(world: World):
    alpha = await world.workspace("alpha")
    shape = await entity(alpha, "schema", "shape")
    definition = {"k" * 100_000: [shape["id"]] * 2_000, "t": ["${ variables.x }"] * 20_000, "u": "${variables.y}"}
    members = [manifest_member(await entity(alpha, "function", f"f{at}", definition)) for at in range(3)]
    assert (await alpha.delete(f"/api/entities/{shape['id']}")).status == 200
    reply = await _publish(alpha, manifest={"members": members})
    assert reply.status == 400
    assert {error["code"] for error in reply.json["errors"]} == {"unresolved-reference"}
    assert reply.json["errorsLeftOut"] >= 1


async def test_a_preview_tells_of_each_broken_member_whatever_is_told_of_the_first(world: World):
    alpha = await world.workspace("alpha")
    made = [await entity(alpha, "function", f"f{at}", {"t": ["${ variables.x }"] * 2_000}) for at in range(3)]
    draft = await integration(alpha, manifest={"members": [manifest_member(one) for one in made]})
    reply = await alpha.get(f"/api/integrations/{draft['id']}/members", draft="true")
    assert ["is no placeholder" in member["reason"] for member in reply.json["members"]] == [True] * 3


async def test_the_values_and_slugs_of_an_install(world: World):
    alpha = await world.workspace("alpha")
    schema = {"properties": {"list": {"type": "array", "items": {"type": "string"}}}}
    made = await offered(alpha, "demo", [], variablesSchema=schema)
    path = f"/api/integrations/{made['id']}/install"
    unknown = {f"{LONG[:200]}{at}": 1 for at in range(4_000)}
    check_cut(await alpha.post(path, {"workspaceId": alpha.workspace_id, "variables": unknown}), "unknown-variable")
    reply = check(await alpha.post(path, {"workspaceId": alpha.workspace_id, "variables": {"list": [1] * 150_000}}))
    assert [(error["pointer"], error["code"]) for error in reply.json["errors"]] == [
        ("/variables/list/0", "wrong-type")
    ]
    assert "There may be more" in reply.json["errors"][0]["detail"]
    values = {"list": [1] * 5_000}
    check_cut(await alpha.post(path, {"workspaceId": alpha.workspace_id, "variables": values}), "wrong-type")
    slugs = {"selectedMemberSlugs": ["x" * 500] * 2_000}
    check_cut(await alpha.post(path, {"workspaceId": alpha.workspace_id, **slugs}), "unknown-member")


def _documents() -> dict[str, tuple[str, str]]:
    """Documents of an import that are full of one fault, and its code."""
    head = '{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{'
    dangling = ",".join('{"$ref":"#/components/schemas/no"}' for _ in range(5_000))
    long = f'"/{"p" * 500_000}":{{"get":{{"responses":{{"200":{{"description":"","content":{{"a":{{"schema":'
    yaml = "openapi: 3.0.0\ninfo: {title: t, version: '1'}\npaths: {}\n"
    return {
        "references": (head + long + '{"anyOf":[' + dangling + "]}}}}}}}}}", "dangling-ref"),
        "paths": (head + ",".join(f'"{LONG[:900]}{at}":{{}}' for at in range(5_000)) + "}}", "invalid-path"),
        "twice": (head + ",".join(f'"/{at}":{{}},"/{at}":{{}}' for at in range(5_000)) + "}}", "duplicate-key"),
        "yaml": (yaml + "x-a: {" + ", ".join(f"{LONG[:900]}{at}: *none" for at in range(5_000)) + "}", "unknown-alias"),
    }


@pytest.mark.parametrize("name", _documents())
async def test_the_faults_of_a_document(name: str, world: World):
    alpha = await world.workspace("alpha")
    text, code = _documents()[name]
    path = f"/api/entities/import-openapi?workspaceId={alpha.workspace_id}"
    check_cut(await alpha("POST", path, content=text), code)


async def test_the_keys_of_credentials(world: World):
    alpha = await world.workspace("alpha")
    credentials = {f"{LONG[:200]}{at}": 1 for at in range(4_000)}
    body = {"workspaceId": alpha.workspace_id, "name": "a", "type": "api_key", "credentials": credentials}
    assert check(await alpha.post("/api/auth-states", body)).json["errorsLeftOut"] >= 1


async def test_the_names_beside_a_conflict(world: World):
    alpha = await world.workspace("alpha")
    wanted = [
        {"integration": f"{'p' * 60}/{'s' * 58}{at:04}", "range": " || ".join(["1.0.0"] * 25)} for at in range(1_000)
    ]
    made = await offered(alpha, "demo", [], manifest={"dependencies": wanted})
    reply = check(await alpha.post(f"/api/integrations/{made['id']}/install", {"workspaceId": alpha.workspace_id}))
    assert (reply.status, reply.code) == (409, "dependency-missing")
    missing = reply.json["missing"]
    assert missing == [f"{one['integration']} {one['range']}" for one in wanted[: len(missing)]]
    assert reply.json["errorsLeftOut"] == 1_000 - len(missing) > 0
