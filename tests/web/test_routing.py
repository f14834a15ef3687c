"""From path and method to what answers, without an application below it."""

import json
from typing import Any
from urllib.parse import unquote

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from graft.web.routing import Answer, Router
from graft.web.sending import replies_budget


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

    await Router(_below, ANSWERS, replies_budget())(scope, receive, send)
    return sent


async def _asked(
    method: str, path: str, *headers: tuple[bytes, bytes], version: str = "1.1", query: bytes = b""
) -> tuple[int, dict[str, str], bytes]:
    sent = [(b"host", b"graft"), *headers] if (b"host", b"") not in headers else [*headers]
    raw = path.encode()
    scope = {"type": "http", "method": method, "path": unquote(path), "raw_path": raw, "query_string": query}
    start, body = await _sent({**scope, "headers": sent, "http_version": version})
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
        ("GET", "/api/things/a%20b", b"one a%20b"),
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


@pytest.mark.parametrize(
    "path",
    ["/api%2Fthings", "/api/things%2fx", "/api/things/x%2Fpublish", "/%2F", "/nowhere%2f"],
)
async def test_an_escaped_slash_is_refused_wherever_it_stands(path: str):
    status, _, body = await _asked("GET", path)
    assert (status, [problem["code"] for problem in json.loads(body)["errors"]]) == (400, ["encoded-slash"])


@pytest.mark.parametrize("path", ["/api/%74hings", "/%61pi/things/x", "/api/things/x/%70ublish", "/healthz%00"])
async def test_a_path_is_routed_as_it_was_sent_and_not_as_what_it_stands_for(path: str):
    assert (await _asked("GET", path))[0] == 404


@pytest.mark.parametrize(
    ("headers", "problems"),
    [
        ([(b"authorization", b"a"), (b"authorization", b"a")], [("Authorization", "repeated-header")]),
        ([(b"host", b"graft")], [("Host", "repeated-header")]),
        (
            [
                (b"content-type", b"a"),
                (b"content-encoding", b"a"),
                (b"content-type", b"a"),
                (b"content-encoding", b"a"),
            ],
            [("Content-Encoding", "repeated-header"), ("Content-Type", "repeated-header")],
        ),
        # as the HTTP server tells that there is none
        ([(b"host", b"")], [("Host", "missing-header")]),
    ],
)
@pytest.mark.parametrize("path", ["/api/things", "/nowhere"])
async def test_headers_that_decide_stand_once(
    headers: list[tuple[bytes, bytes]], problems: list[tuple[str, str]], path: str
):
    status, replied, body = await _asked("GET", path, *headers)
    found = [(problem["pointer"], problem["code"]) for problem in json.loads(body)["errors"]]
    assert (status, found) == (400, problems)
    assert len(replied["x-request-id"]) == 26


async def test_other_headers_may_stand_often_and_old_clients_send_no_host():
    assert (await _asked("GET", "/healthz", (b"accept", b"a"), (b"accept", b"b")))[0] == 200
    assert (await _asked("GET", "/healthz", (b"host", b""), version="1"))[0] == 200


@pytest.mark.parametrize(
    ("expected", "status"), [(b"100-continue", 200), (b"100-Continue", 200), (b"nonsense", 417), (b"", 417)]
)
async def test_nothing_but_to_go_on_can_be_expected(expected: bytes, status: int):
    answered, _, body = await _asked("GET", "/healthz", (b"expect", expected))
    assert answered == status
    if status == 417:
        assert json.loads(body)["code"] == "expectation-failed"


@pytest.mark.parametrize(
    ("path", "query"), [("/" + "x" * 8_192, b""), ("/" + "%20" * 3_000, b""), ("/healthz", b"x" * 56_321)]
)
async def test_a_target_that_is_too_long_is_refused(path: str, query: bytes):
    status, _, body = await _asked("GET", path, query=query)
    assert (status, json.loads(body)["code"]) == (414, "uri-too-long")
    assert (await _asked("GET", "/healthz", query=b"x" * 56_320))[0] == 200


@pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/api/things/x/publish", "/a%2fb", "/" + "x" * 9_000])
async def test_every_reply_is_taken_for_what_it_says_it_is_and_does_not_name_its_server(path: str):
    _, headers, _ = await _asked("GET", path)
    assert (headers["x-content-type-options"], headers["server"]) == ("nosniff", "graft")


async def test_each_request_has_a_name_of_its_own():
    assert len({(await _asked("GET", "/healthz"))[1]["x-request-id"] for _ in range(10)}) == 10


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
async def test_what_is_no_request_goes_on_to_the_application(kind: str):
    assert await _sent({"type": kind, "path": "/healthz"}) == [{"type": f"below.{kind}"}]
