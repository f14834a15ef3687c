"""The clients of the benchmarks: complete replies are told from parts, failures are seen, and two do not compare."""

import http.server
import os
import shutil
import threading
from collections.abc import Iterator

import pytest

from bench import environments
from bench.client import reply_end
from bench.load import Client, Load, Requests, send
from bench.rounds import ClientsDiffer, Series, rate_ratio
from bench.servers import Server, ServerFailed

pytestmark = pytest.mark.slow

_REPLIES = {
    "with a length": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "empty": b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
    "in chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\na\r\n0123456789\r\n0\r\n\r\n",
    "not modified": b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n',
}


@pytest.mark.parametrize("reply", _REPLIES.values(), ids=_REPLIES)
def test_a_reply_ends_where_its_last_byte_is(reply: bytes) -> None:
    assert reply_end(reply + b"HTTP/1.1 500") == len(reply)
    assert [reply_end(reply[:length]) for length in range(len(reply))] == [None] * len(reply)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        status = int(self.path.strip("/"))
        self.send_response(status)
        if status != 304:
            self.send_header("Content-Length", "2")
        self.end_headers()
        if status != 304:
            self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as found:
        found.daemon_threads = True
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield Server(found.server_port, os.getpid())
        found.shutdown()
        thread.join()


async def test_our_own_client_counts_complete_replies_also_inside_of_a_loop(server: Server) -> None:
    load = send("our own client", server, Requests(["/200", "/200"]), 0.1, connections=2)
    assert load.client == "our own client"
    assert load.requests >= 2
    assert load.seconds >= 0.1
    assert 0 < load.p50_ms <= load.p99_ms


def test_a_status_is_as_it_was_expected(server: Server) -> None:
    assert send("our own client", server, Requests(["/304"], status=304), 0.05, connections=1).requests
    for given in (Requests(["/404"]), Requests(["/200"], status=304)):
        with pytest.raises(ServerFailed):
            send("our own client", server, given, 0.05, connections=1)


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")
def test_wrk_counts_the_same(server: Server) -> None:
    load = send("wrk", server, Requests(["/200"]), 0.1, connections=2)
    assert load.client == "wrk"
    assert load.requests >= 2
    with pytest.raises(ServerFailed):
        send("wrk", server, Requests(["/404"]), 0.1, connections=1)


def test_figures_of_two_clients_are_not_compared() -> None:
    def series(client: Client) -> Series:
        return Series([Load(client, 10, 1.0, 1.0, 1.0)])

    assert rate_ratio(series("wrk"), series("wrk")) == 1
    with pytest.raises(ClientsDiffer):
        rate_ratio(series("wrk"), series("our own client"))


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    log: list[str] = []
    assert environments.system_program("wrk", log.append) is None
    assert log == ["wrk is missing: apt-get install wrk"]
