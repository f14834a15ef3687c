"""Requests that are refused before any operation runs: each status of the edge, and that nothing is stored by them."""

import gzip
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.client import As, Reply
from tests.support.database import at, execute
from tests.support.factories.integrations import integration
from tests.support.world import World, running
from tests.web.stored import stored

pytestmark = pytest.mark.slow

JSON = {"Content-Type": "application/json"}


async def _send(caller: As, method: str, path: str, content: Any, **headers: str) -> Reply:
    return await caller(method, path, content=content, headers=JSON | headers)


def _create(caller: As, **extra: Any) -> dict[str, Any]:
    return {"workspaceId": caller.workspace_id, "slug": "new", "name": "New", **extra}


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        (b"", {("", "invalid-json")}),
        (b"{", {("", "invalid-json")}),
        (b'{"slug": NaN}', {("/slug", "invalid-json")}),
        (b'{"name": "\xff"}', {("", "not-utf-8")}),
        (b'{"name": "a", "name": "b"}', {("/name", "duplicate-key")}),
        (rb'{"manifest": {"a": [1, "\u0000"]}}', {("/manifest/a/1", "invalid-text")}),
        (rb'{"manifest": {"\ud800": 1}}', {("/manifest/�", "invalid-text")}),
        (rb'{"\ud800": 1, "\ud800": 2}', {("/�", "invalid-text"), ("/�", "duplicate-key")}),
        (b'{"manifest": ' + b'{"a":' * 32 + b"1" + b"}" * 33, {("/manifest" + "/a" * 31, "too-deep")}),
        (b"[" * 500_000, {("", "too-deep")}),
        (b'{"manifest": {"a": ' + b"9" * 1_001 + b"}}", {("/manifest/a", "out-of-range")}),
        (b'{"manifest": {"a": 1e99999}}', {("/manifest/a", "out-of-range")}),
        (b"[]", {("", "wrong-type")}),
        (b'{"slug": "new", "name": 1, "nam": 1}', {("/workspaceId", "missing-key"), ("/name", "wrong-type"), ("/nam", "unknown-key")}),
        (b'{"workspaceId": "x", "slug": "No Slug", "name": ""}', {("/slug", "invalid-value"), ("/name", "invalid-value")}),
    ],
)  # fmt: skip
async def test_a_bad_body_has_all_its_problems_and_stores_nothing(
    content: bytes, problems: set[tuple[str, str]], world: World
):
    alpha = await world.workspace("alpha")
    before = await stored(world)
    reply = await _send(alpha, "POST", "/api/integrations", content)
    assert (reply.status, reply.code, reply.problems) == (400, "invalid-request", problems)
    assert (reply.statements, await stored(world)) == (0, before)


async def test_a_call_without_its_body_is_asked_for_one(world: World):
    alpha = await world.workspace("alpha")
    for content in (b"", b" \n"):
        reply = await _send(alpha, "POST", "/api/integrations", content)
        assert reply.json["detail"] == "There is no body: send a JSON body."


async def test_what_is_just_within_the_rules_is_stored(world: World):
    alpha = await world.workspace("alpha")
    deep: Any = 1
    for _ in range(31):
        deep = {"a": deep}
    documents = {"variablesSchema": deep, "authConfig": {}, "manifest": {}}
    reply = await alpha.post("/api/integrations", _create(alpha, **documents))
    assert (reply.status, reply.json["variablesSchema"]) == (201, deep)
    text = '{"kind": "function", "slug": "f", "name": "f", "definition": {"a": %s, "b": 1.0, "c": -1e400}, "workspaceId": "%s"}'
    digits = "9" * 1_000
    reply = await _send(alpha, "POST", "/api/entities", text % (digits, alpha.workspace_id))
    assert reply.status == 201
    assert digits.encode() in reply.content
    assert b'"b":1.0' in reply.content


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": "application/jsonx"}, 415),
        ({"Content-Type": "json"}, 415),
        ({"Content-Type": ""}, 415),
        ({"Content-Encoding": "gzip"}, 415),
        ({"Content-Type": "application/json; charset=utf-8"}, 201),
        ({"Content-Type": "application/vnd.graft+json"}, 201),
        ({"Content-Encoding": "identity"}, 201),
    ],
)
async def test_a_body_is_json_and_nothing_else(headers: dict[str, str], status: int, world: World):
    alpha = await world.workspace("alpha")
    before = await stored(world)
    reply = await _send(alpha, "POST", "/api/integrations", json.dumps(_create(alpha)), **headers)
    assert reply.status == status
    if status == 415:
        assert (reply.code, await stored(world)) == ("unsupported-media-type", before)


async def test_a_compressed_body_is_not_taken_for_json(world: World):
    alpha = await world.workspace("alpha")
    reply = await _send(alpha, "POST", "/api/integrations", gzip.compress(json.dumps(_create(alpha)).encode()))
    assert (reply.status, reply.problems) == (400, {("", "not-utf-8")})


async def _in_parts(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 500):
        yield content[start : start + 500]


@pytest.mark.parametrize("in_parts", [False, True], ids=["length declared", "length unknown"])
async def test_a_body_of_the_limit_is_read_and_one_byte_more_is_not(in_parts: bool, database_url: str, app_role: str):
    limits = {"max_body": 2_000, "max_body_integrations": 3_000}
    async with running(database_url, app_role, **limits) as world:
        alpha = await world.workspace("alpha")
        body = {"workspaceId": alpha.workspace_id, "slug": "f", "name": "f", "kind": "function", "definition": {}}
        for path, fields, limit in (("/api/entities", body, 2_000), ("/api/integrations", _create(alpha), 3_000)):
            exact = json.dumps(fields).encode().ljust(limit)
            before = await stored(world)
            for content, status in ((exact + b" ", 413), (exact, 201)):
                reply = await _send(alpha, "POST", path, _in_parts(content) if in_parts else content)
                assert reply.status == status
                if status == 413:
                    assert (reply.code, await stored(world)) == ("too-large", before)


async def test_a_declared_length_over_the_limit_is_refused_before_the_body_comes(world: World):
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError
        yield b""

    alpha = await world.workspace("alpha")
    reply = await _send(alpha, "POST", "/api/integrations", never(), **{"Content-Length": "99999999999"})
    assert reply.status == 413


@pytest.mark.parametrize("length", ["²", "-1", "1e3", "9" * 5_000, "0x10"])
async def test_an_odd_declared_length_is_no_fault_of_ours(length: str, world: World):
    alpha = await world.workspace("alpha")
    content = json.dumps(_create(alpha)).encode()
    headers = [
        (b"Content-Type", b"application/json"),
        (b"Authorization", f"Bearer {alpha.token}".encode()),
        (b"Content-Length", length.encode("latin-1")),
    ]
    reply = await world.http.request("POST", "/api/integrations", content=_in_parts(content), headers=headers)
    assert reply.status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/integrations", "GET, HEAD, POST"),
        ("OPTIONS", "/api/integrations", "GET, HEAD, POST"),
        ("TRACE", "/api/integrations/{id}", "DELETE, GET, HEAD, PATCH"),
        ("HEAD", "/api/integrations/{id}/publish", "POST"),
        ("GET", "/api/integrations/{id}/purge", "DELETE"),
        ("BREW", "/api/integration-members/{id}/detach", "POST"),
        ("POST", "/openapi.json", "GET, HEAD"),
        ("DELETE", "/docs", "GET, HEAD"),
    ],
)
async def test_another_method_is_refused_with_those_that_are_allowed(
    method: str, path: str, allowed: str, world: World
):
    alpha = await world.workspace("alpha")
    reply = await alpha(method, path)
    assert reply.status == 405
    assert reply.headers["allow"] == allowed
    assert reply.headers["x-request-id"]
    if method != "HEAD":
        assert (reply.code, reply.json["requestId"]) == ("method-not-allowed", reply.headers["x-request-id"])


async def test_head_answers_as_get_without_its_body(world: World):
    alpha = await world.workspace("alpha")
    path = f"/api/integrations/{(await integration(alpha))['id']}"
    read, asked = await alpha.get(path), await alpha("HEAD", path)
    assert (asked.status, asked.content) == (200, b"")
    assert asked.headers["content-length"] == read.headers["content-length"] == str(len(read.content))
    absent = await alpha("HEAD", "/api/integrations/int_x")
    assert (absent.status, absent.content) == (404, b"")


@pytest.mark.parametrize("path", ["/nowhere", "/api", "/api/", "/api/integration", "/api/integrations/", "/docs//", "/docs/docs.py", "/docs/../app.py", "/api/integrations/int_1/2/3"])  # fmt: skip
async def test_an_unknown_path_is_a_problem_like_any_other(path: str, world: World):
    reply = await world.http.get(path)
    assert (reply.status_code, reply.json()["code"]) == (404, "not-found")
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["x-request-id"] == reply.json()["requestId"]


_SUFFIX = "01h455vb4pex5vsknk084sn02q"


@pytest.mark.parametrize(
    "text",
    [
        "int",
        "int_",
        _SUFFIX,
        f"usr_{_SUFFIX}",
        f"INT_{_SUFFIX}",
        f"int_{_SUFFIX.upper()}",
        f"int_8{_SUFFIX[1:]}",
        f"int_{_SUFFIX[:-1]}u",
        f"int_{_SUFFIX}%00",
        f"int_{_SUFFIX}%0A",
        f"int__{_SUFFIX}",
        f"%20int_{_SUFFIX}",
        "%00",
        "%FF%FE",
        "%F0%9F%98%80",
        "int_" + "0" * 5_000,
        "'%20or%201=1%20--",
    ],
)
async def test_an_id_of_another_shape_is_absent_without_a_query(text: str, world: World):
    alpha = await world.workspace("alpha")
    absent = await alpha.get(f"/api/integrations/int_{_SUFFIX}")
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/publish")):
        body = {"name": "x"} if method == "PATCH" else {"version": "1.0.0"} if method == "POST" else None
        reply = await alpha(method, f"/api/integrations/{text}{path}", body)
        assert (reply.status, reply.statements) == (404, 0)
        assert {**reply.json, "requestId": ""} == {**absent.json, "requestId": ""}


def _app(world: World) -> Any:
    transport = world.http._transport  # pyright: ignore[reportPrivateUsage]
    assert isinstance(transport, httpx.ASGITransport)
    return transport.app


async def test_a_target_beyond_the_limit_is_refused(world: World):
    alpha = await world.workspace("alpha")
    longest = "/api/integrations/" + "x" * (8_192 - 18)
    assert (await alpha.get(longest)).status == 404
    reply = await alpha.get(longest + "x")
    assert (reply.status, reply.code, reply.statements) == (414, "uri-too-long", 0)
    assert reply.headers["x-request-id"] == reply.json["requestId"]
    assert (await alpha.get("/" + "%00" * 3_000)).status == 414
    longest = "/api/integrations?name=" + "x" * (56_320 - 5)
    assert (await alpha("GET", longest)).problems == {("name", "too-long")}
    assert (await alpha("GET", longest + "x")).status == 414


@pytest.mark.parametrize(
    ("path", "query", "problems"),
    [
        ("/api/integrations", "limit=0&color=red", {("limit", "out-of-range"), ("color", "unknown-parameter")}),
        ("/api/integrations", "name=a&name=b", {("name", "repeated-parameter")}),
        ("/api/integrations", "name=%00", {("name", "invalid-text")}),
        ("/api/integrations/{id}", "color=red", {("color", "unknown-parameter")}),
        ("/api/integrations/{id}/members", "draft=maybe&color=red", {("draft", "wrong-type"), ("color", "unknown-parameter")}),
        ("/api/integrations/{id}/members", "draft=true&draft=true", {("draft", "repeated-parameter")}),
    ],
)  # fmt: skip
async def test_a_parameter_that_is_wrong_is_named(path: str, query: str, problems: set[tuple[str, str]], world: World):
    alpha = await world.workspace("alpha")
    made = await integration(alpha)
    reply = await alpha("GET", f"{path.format(id=made['id'])}?{query}")
    assert (reply.status, reply.problems) == (400, problems)


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Basic eDp5", "Bearer sec_123", "Bearer \xff", "Bearer sec_" + "A" * 36, "Bearer " + "x" * 10_000],
)  # fmt: skip
async def test_who_calls_without_a_good_token_costs_no_query(header: str | None, world: World):
    headers = [] if header is None else [(b"Authorization", header.encode("latin-1"))]
    reply = await world.http.get("/api/integrations", headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (401, "unauthenticated")
    assert reply.headers["www-authenticate"] == "Bearer"
    assert world.statements == []


async def test_a_database_that_cannot_be_reached_is_told_with_a_time_to_come_back(world: World, database_url: str):
    server, name = at(database_url, "postgres"), urlsplit(database_url).path[1:]
    alpha = await world.workspace("alpha")
    # first the door, because a pool comes back at once
    await execute(server, f'alter database "{name}" allow_connections false')
    await execute(server, f"select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '{name}'")
    try:
        for method, path in (("GET", "/api/integrations"), ("POST", "/api/integrations")):
            reply = await alpha(method, path, _create(alpha) if method == "POST" else None)
            assert (reply.status, reply.code, reply.headers["retry-after"]) == (503, "unavailable", "1")
    finally:
        await execute(server, f'alter database "{name}" allow_connections true')
    assert (await alpha.post("/api/integrations", _create(alpha))).status == 201


async def test_a_closed_pool_is_told_like_a_lost_database(world: World):
    alpha = await world.workspace("alpha")
    await _app(world).state.database.close()
    reply = await alpha.get("/api/integrations")
    assert (reply.status, reply.headers["retry-after"]) == (503, "1")
