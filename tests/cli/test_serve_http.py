"""What the HTTP server hands on is refused as it is in tests without one: headers that decide, paths, bodies."""

import json
import socket
from pathlib import Path

import pytest

from tests.support.processes import READY, environment, external, free_port, read_until, started

pytestmark = pytest.mark.slow


def asked(port: int, *lines: bytes) -> tuple[int, dict[str, list[str]], bytes]:
    """Status, headers and body of the reply to a request of these lines."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(b"\r\n".join([*lines, b"Connection: close", b"", b""]))
        head, _, body = client.makefile("rb").read().partition(b"\r\n\r\n")
    first, *fields = head.decode().split("\r\n")
    headers: dict[str, list[str]] = {}
    for field in fields:
        name, _, value = field.partition(": ")
        headers.setdefault(name.lower(), []).append(value)
    return int(first.split(" ")[1]), headers, body


def test_what_two_readers_could_read_in_two_ways_is_refused(data_dir: Path, empty_database_url: str, app_role: str):
    env, port = environment(data_dir, **external(empty_database_url, app_role)), free_port()
    host, get = b"Host: graft", b"GET /healthz HTTP/1.1"
    cases = {
        (get, host): 200,
        (b"GET /healthz HTTP/1.0",): 200,
        (b"GET http://graft/healthz HTTP/1.1", host): 200,
        (get,): 400,
        (get, host, b"Host: other"): 400,
        (get, host, b"Authorization: Bearer a", b"Authorization: Bearer b"): 400,
        (b"GET /api%2Fentities HTTP/1.1", host): 400,
        (b"GET /%68ealthz HTTP/1.1", host): 404,
        (get, host, b"Expect: nonsense"): 417,
        (b"GET /" + b"x" * 9_000 + b" HTTP/1.1", host): 414,
    }
    with started(port, env) as server:
        read_until(server, READY)
        for lines, status in cases.items():
            answered, headers, body = asked(port, *lines)
            assert answered == status, lines
            assert (headers["server"], headers["x-content-type-options"]) == (["graft"], ["nosniff"])
            assert len(headers["x-request-id"]) == 1
            if status >= 400:
                assert json.loads(body)["requestId"] == headers["x-request-id"][0]
