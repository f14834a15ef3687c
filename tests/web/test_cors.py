"""Pages of other sites read with a publishable key, from the sites that it names; no other call answers them."""

from collections.abc import Mapping

import httpx
import pytest

from graft.app import ENDPOINTS
from tests.api_lists.scene import published_public
from tests.support.client import As, Reply
from tests.support.world import World

HOME, ELSEWHERE = "https://www.example.com", "https://evil.example"
INTEGRATIONS = "/api/integrations"
ALLOWED = "access-control-allow-origin"


async def _browser(world: World, owner: As, *origins: str) -> As:
    body = {"kind": "publishable", "workspaceId": owner.workspace_id, "name": "browser", "origins": list(origins)}
    made = await owner.post("/api/api-keys", body)
    assert (made.status, made.json["origins"]) == (201, list(origins))
    return As(world, made.json["token"])


def _cors(headers: Mapping[str, str]) -> set[str]:
    return {name for name in headers if name.startswith("access-control-")}


async def _from(origin: str, caller: As, path: str, **options: object) -> Reply:
    return await caller("GET", path, headers={"Origin": origin}, **options)


async def test_a_page_of_a_site_that_the_key_names_reads_what_it_asks_for(world: World):
    alpha = await world.workspace("alpha")
    made = await published_public(world, alpha, "public")
    browser = await _browser(world, alpha, HOME, "http://localhost:3000")
    for path in (INTEGRATIONS, f"{INTEGRATIONS}/{made['id']}", f"{INTEGRATIONS}/{made['id']}/members"):
        for origin in (HOME, "http://localhost:3000"):
            reply = await _from(origin, browser, path)
            assert (reply.status, reply.headers[ALLOWED]) == (200, origin)
            assert "Origin" in reply.headers["vary"]
            assert "X-Request-Id" in reply.headers["access-control-expose-headers"]


async def test_errors_are_read_as_well(world: World):
    browser = await _browser(world, await world.workspace("alpha"), HOME)
    missing = await _from(HOME, browser, f"{INTEGRATIONS}/int_00000000000000000000000000")
    wrong = await _from(HOME, browser, INTEGRATIONS, params={"limit": "none"})
    assert (missing.status, missing.headers[ALLOWED]) == (404, HOME)
    assert (wrong.status, wrong.headers[ALLOWED]) == (400, HOME)


@pytest.mark.parametrize(
    "origin", [ELSEWHERE, "null", HOME + "/", HOME.upper(), "https://www.example.com:444", "http://www.example.com", ""]
)
async def test_another_site_is_told_nothing(origin: str, world: World):
    browser = await _browser(world, await world.workspace("alpha"), HOME)
    reply = await _from(origin, browser, INTEGRATIONS)
    assert (reply.status, _cors(reply.headers)) == (200, set())
    assert "Origin" in reply.headers["vary"]


async def test_no_other_token_and_no_other_call_answers_a_page(world: World):
    alpha = await world.workspace("alpha")
    browser = await _browser(world, alpha, HOME)
    session = await world.session(await world.user())
    for caller in (alpha, session, world.stranger, As(world, "pub_" + "a" * 36)):
        assert _cors((await _from(HOME, caller, INTEGRATIONS)).headers) == set()
    for call in ENDPOINTS:
        if not call.publishable:
            path = call.path.replace("{id}", "int_00000000000000000000000000")
            reply = await browser(call.method, path, headers={"Origin": HOME})
            assert (reply.status, _cors(reply.headers)) == (403, set()), (call.method, path)


async def _preflight(world: World, path: str, method: str, origin: str = HOME) -> httpx.Response:
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    headers["Access-Control-Request-Headers"] = "authorization"
    return await world.http.options(path, headers=headers)


async def test_a_preflight_is_answered_for_the_calls_of_publishable_keys_alone(world: World):
    publishable = {call.path for call in ENDPOINTS if call.publishable}
    for path in sorted({call.path for call in ENDPOINTS}):
        asked = path.replace("{id}", "int_00000000000000000000000000")
        for method in ("GET", "HEAD", "POST", "PATCH", "DELETE"):
            reply = await _preflight(world, asked, method)
            if path in publishable and method in {"GET", "HEAD"}:
                assert (reply.status_code, reply.content) == (204, b"")
                assert reply.headers[ALLOWED] == "*"
                assert "authorization" in reply.headers["access-control-allow-headers"].lower()
                assert {"GET", "HEAD"} == {*reply.headers["access-control-allow-methods"].split(", ")}
            else:
                assert (reply.status_code, reply.json()["code"]) == (405, "method-not-allowed")
                assert _cors(reply.headers) == set()
            assert reply.headers["x-request-id"]


async def test_a_preflight_tells_nothing_of_keys_and_asks_the_database_nothing(world: World):
    await _browser(world, await world.workspace("alpha"), HOME)
    before = len(world.statements)
    told = [dict((await _preflight(world, INTEGRATIONS, "GET", origin)).headers) for origin in (HOME, ELSEWHERE)]
    assert [{**headers, "x-request-id": ""} for headers in told] == [{**told[0], "x-request-id": ""}] * 2
    assert len(world.statements) == before


async def test_options_that_is_no_preflight_is_not_taken(world: World):
    for headers in ({}, {"Origin": HOME}, {"Access-Control-Request-Method": "GET"}):
        reply = await world.http.options(INTEGRATIONS, headers=headers)
        assert (reply.status_code, _cors(reply.headers)) == (405, set())
        assert reply.headers["allow"] == "GET, HEAD, POST"


async def test_a_site_that_is_taken_away_from_the_key_reads_no_more(world: World):
    alpha = await world.workspace("alpha")
    browser = await _browser(world, alpha, HOME)
    [key] = (await alpha.get("/api/api-keys", kind="publishable")).json["data"]
    changed = await alpha.patch(f"/api/api-keys/{key['id']}", {"origins": [ELSEWHERE, ELSEWHERE]})
    assert changed.json["origins"] == [ELSEWHERE]
    assert ALLOWED not in (await _from(HOME, browser, INTEGRATIONS)).headers
    assert (await _from(ELSEWHERE, browser, INTEGRATIONS)).headers[ALLOWED] == ELSEWHERE


@pytest.mark.parametrize(
    "origin",
    [
        "*", "null", "www.example.com", "https://www.example.com/", "https://WWW.example.com", "https://a b.example",
        "https://www.example.com:443", "http://www.example.com:80", "http://localhost:0", "http://localhost:65536",
        "http://localhost:080", "ftp://example.com", "https://user@example.com", "https://example.com\n", "",
    ],
)  # fmt: skip
async def test_what_no_browser_sends_is_no_origin(origin: str, world: World):
    alpha = await world.workspace("alpha")
    body = {"kind": "publishable", "workspaceId": alpha.workspace_id, "name": "browser", "origins": [HOME, origin]}
    made = await alpha.post("/api/api-keys", body)
    assert (made.status, made.problems) == (400, {("/origins/1", "invalid-origin")})


@pytest.mark.parametrize(
    "origin", ["https://example.com:8443", "http://127.0.0.1:8000", "http://[::1]", "http://[::1]:3000", "http://a.b-c"]
)
async def test_what_a_browser_sends_is_one(origin: str, world: World):
    browser = await _browser(world, await world.workspace("alpha"), origin)
    assert (await _from(origin, browser, INTEGRATIONS)).headers[ALLOWED] == origin


async def test_only_publishable_keys_name_sites(world: World):
    alpha, admin = await world.workspace("alpha"), await world.platform_admin()
    secret = {"kind": "secret", "workspaceId": alpha.workspace_id, "tier": "viewer", "name": "k", "origins": [HOME]}
    assert (await alpha.post("/api/api-keys", secret)).problems == {("/origins", "not-allowed")}
    session = {"kind": "session", "userId": await world.user(), "name": "k", "origins": []}
    assert (await admin.post("/api/api-keys", session)).problems == {("/origins", "not-allowed")}
    [key] = (await alpha.get("/api/api-keys")).json["data"]
    refused = await alpha.patch(f"/api/api-keys/{key['id']}", {"origins": [HOME]})
    assert refused.problems == {("/origins", "not-allowed")}
