"""The offender does what it is told, tells what came of it, and stops by itself; the neighbour tells what it could not get."""

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import pytest

from bench.neighbour import Small, watching
from bench.offender import MOST_CONNECTIONS, MOST_SECONDS, Offence, Order, Sent, Tally, offend
from bench.servers import ROOT, Server

pytestmark = pytest.mark.slow

_HEAD = "GET {path} HTTP/1.1\r\nHost: here\r\n\r\n"


class _Door:
    """A server of a few lines: what it does with a connection is the path's first word."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.received = 0
        self.open: list[socket.socket] = []

    @property
    def port(self) -> int:
        return self.listening.getsockname()[1]

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            self.open.append(connection)
            threading.Thread(target=self._let_in, args=(connection,), daemon=True).start()

    def _let_in(self, connection: socket.socket) -> None:
        # the client may go at any time
        with suppress(OSError):
            self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += (part := connection.recv(2**16))
            if not part:
                return
        word = head.split(b" ")[1].strip(b"/")
        if word.isdigit():
            connection.sendall(b"HTTP/1.1 " + word + b" So\r\nContent-Length: 2\r\n\r\nok")
        elif word == b"all":
            self.received = len(head) + sum(map(len, iter(lambda: connection.recv(2**16), b"")))
            return
        elif word == b"wait":
            return
        connection.close()


@contextmanager
def door() -> Generator[_Door]:
    found = _Door()
    thread = threading.Thread(target=found.serve)
    thread.start()
    try:
        yield found
    finally:
        found.listening.shutdown(socket.SHUT_RDWR)
        found.listening.close()
        thread.join()
        for connection in found.open:
            connection.close()


def told(port: int, *offences: Offence, seconds: float = 0.3) -> list[Tally]:
    return asyncio.run(offend(Order(port, seconds, list(offences))))


def asking(*paths: str, connections: int = 1, unread: bool = False) -> Offence:
    return Offence("it", connections, [Sent(_HEAD.format(path=path)) for path in paths], unread=unread)


def test_replies_are_counted_by_status_and_refusals_are_no_errors() -> None:
    with door() as found:
        (tally,) = told(found.port, asking("/200", "/503", "/500", "/429", connections=4), seconds=1.0)
    assert set(tally.statuses) == {200, 503, 500, 429}
    assert tally.refusals == tally.statuses[503] + tally.statuses[429]
    assert tally.errors == tally.statuses[500]
    assert tally.slowest_ms > 0


def test_a_connection_that_ends_without_a_reply_was_cut_off() -> None:
    with door() as found:
        (tally,) = told(found.port, asking("/no"))
    assert tally.cut_off > 1
    assert not tally.statuses


@pytest.mark.parametrize("unread", [False, True], ids=["read", "unread"])
def test_what_nobody_answers_is_held_to_the_end_and_no_longer(unread: bool) -> None:
    began = time.monotonic()
    with door() as found:
        (tally,) = told(found.port, asking("/wait", connections=3, unread=unread))
    assert time.monotonic() - began >= 0.3
    assert (tally.held, tally.cut_off, tally.statuses) == (3, 0, {})


def test_who_does_not_read_and_is_cut_off_comes_again() -> None:
    with door() as found:
        (tally,) = told(found.port, asking("/no", unread=True), seconds=2.0)
    assert tally.cut_off > 1
    assert len(found.open) > 1


def test_a_body_is_that_of_its_file(tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_bytes(b"x" * 300_000)
    head = _HEAD.format(path="/all")
    with door() as found:
        told(found.port, Offence("it", 1, [Sent(head, str(body))]), seconds=0.5)
        deadline = time.monotonic() + 20
        while not found.received and time.monotonic() < deadline:
            time.sleep(0.01)
    assert found.received == len(head) + 300_000


def test_all_offences_go_on_at_once() -> None:
    with door() as found:
        tallies = told(found.port, asking("/wait"), asking("/200"), seconds=1.0)
    assert [bool(tally.statuses) for tally in tallies] == [False, True]


def test_it_is_a_program_that_prints_what_came() -> None:
    with door() as found:
        order = msgspec.json.encode(Order(found.port, 0.2, [asking("/404")]))
        done = subprocess.run(
            [sys.executable, "-m", "bench.offender"], cwd=ROOT, input=order, capture_output=True, check=True, timeout=30
        )
    (tally,) = msgspec.json.decode(done.stdout, type=list[Tally])
    assert set(tally.statuses) == {404}


@pytest.mark.parametrize(
    "order",
    [Order(1, MOST_SECONDS + 1, []), Order(1, 0.1, [asking("/200", connections=MOST_CONNECTIONS + 1)])],
    ids=["seconds", "connections"],
)
def test_more_than_is_bounded_is_refused(order: Order) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.offender"],
        cwd=ROOT,
        input=msgspec.json.encode(order),
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 1
    assert b"are more than" in done.stderr


def test_the_neighbour_tells_what_it_could_not_get_and_how_long_it_waited(server_of: Server) -> None:
    requests = [Small(path, "token", "GET", path, pause=0.01) for path in ("/200", "/503", "/no")]
    with watching(server_of, requests) as watched:
        time.sleep(0.1)
    assert not watched.seen["/200"].failures
    assert set(watched.seen["/503"].failures) == {"503"}
    assert len(watched.seen["/no"].failures) == len(watched.seen["/no"].times) > 0
    assert watched.worst >= watched.seen["/200"].worst >= watched.seen["/200"].median > 0
    assert watched.peak_mb > 1


@pytest.fixture
def server_of() -> Iterator[Server]:
    with door() as found:
        yield Server(found.port, os.getpid())
