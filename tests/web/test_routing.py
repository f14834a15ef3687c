"""From path and method to what answers, without an application below it."""

import json
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from graft.web.routing import Answer, Router


def _saying(name: str) -> Answer:
    async def answer(request: Request, _request_id: str) -> Response:
        return Response(f"{name} {request.path_params.get('id', '-')}")

    return answer


ANSWERS = {
    "/healthz": {"GET": _saying("health")},
    "/api/things": {"GET": _saying("list"), "POST": _saying("create")},
    "/api/things/{id}": {"GET": _saying("one"), "DELETE": _saying("delete")},
    "/api/things/{id}/publish": {"POST": _saying("publish")},
    "/api/things/fixed": {"GET": _saying("fixed")},
    "/api/things/{id}/a/b": {"GET": _saying("deep")},
}


async def _below(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": f"below.{scope['type']}"})


async def _sent(scope: dict[str, Any]) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    await Router(_below, ANSWERS)(scope, receive, send)
    return sent


async def _asked(method: str, path: str) -> tuple[int, dict[str, str], bytes]:
    start, body = await _sent({"type": "http", "method": method, "path": path, "headers": []})
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body["body"]


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("GET", "/healthz", b"health -"),
        ("GET", "/api/things", b"list -"),
        ("POST", "/api/things", b"create -"),
        ("GET", "/api/things/x", b"one x"),
        ("DELETE", "/api/things/x", b"delete x"),
        ("POST", "/api/things/x/publish", b"publish x"),
        ("GET", "/api/things/x/a/b", b"deep x"),
        ("GET", "/api/things/fixed", b"fixed -"),
        ("GET", "/api/things/{id}", b"one {id}"),
        ("GET", "/api/things/a b", b"one a b"),
    ],
)
async def test_the_answer_of_path_and_method_is_asked_with_the_id(method: str, path: str, said: bytes):
    status, headers, body = await _asked(method, path)
    assert (status, body) == (200, said)
    assert len(headers["x-request-id"]) == 26


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "//", "/api", "/api/", "/healthz/", "/api/things/", "/api/things//", "/api/things/x/", "//api/things",
        "/api//things", "/api/things//publish", "/api/things/x/publish/", "/api/things/x/nothing", "/api/nothing/x",
        "/api/things/x/a", "/api/things/x/a/b/", "/API/things", "/api/things/x/publish/x", "healthz", "/é",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
async def test_any_other_path_is_404_for_any_method(path: str, method: str):
    status, headers, body = await _asked(method, path)
    problem = json.loads(body)
    assert (status, problem["status"], problem["code"]) == (404, 404, "not-found")
    assert (headers["content-type"], headers["x-request-id"]) == ("application/problem+json", problem["requestId"])
    assert "allow" not in headers


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/things", "GET, HEAD, POST"),
        ("POST", "/api/things/x", "DELETE, GET, HEAD"),
        ("GET", "/api/things/x/publish", "POST"),
        ("OPTIONS", "/healthz", "GET, HEAD"),
        ("get", "/healthz", "GET, HEAD"),
        ("", "/healthz", "GET, HEAD"),
    ],
)
async def test_another_method_is_405_and_told_which_are_allowed(method: str, path: str, allowed: str):
    status, headers, body = await _asked(method, path)
    problem = json.loads(body)
    assert (status, problem["code"], headers["allow"]) == (405, "method-not-allowed", allowed)
    assert headers["x-request-id"] == problem["requestId"]


@pytest.mark.parametrize("path", ["/healthz", "/api/things", "/api/things/x", "/nowhere", "/api/things/x/publish"])
async def test_head_is_get_without_its_body(path: str):
    (status, headers, body), (like, headers_like, body_like) = await _asked("HEAD", path), await _asked("GET", path)
    assert (status, body) == (like, b"")
    assert headers["content-length"] == headers_like["content-length"] == str(len(body_like))
    assert headers.keys() == headers_like.keys()


async def test_each_request_has_a_name_of_its_own():
    assert len({(await _asked("GET", "/healthz"))[1]["x-request-id"] for _ in range(10)}) == 10


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
async def test_what_is_no_request_goes_on_to_the_application(kind: str):
    assert await _sent({"type": kind, "path": "/healthz"}) == [{"type": f"below.{kind}"}]
