"""Clients that do not read: they are cut off, what they make the server keep is bounded, and others are answered."""

import json
import re
import socket
import sys
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from graft.cli.unread import Sending, Watch
from tests.support.processes import READY, environment, external, free_port, graft, read_until, started, workers

pytestmark = pytest.mark.slow

REQUEST = b"GET /openapi.json HTTP/1.1\r\nHost: graft\r\n\r\n"
# As `graft`, but that clients have two seconds for 2 KiB, and not a minute for 64.
HURRIED = (
    "import graft.cli.unread as unread; unread._SECONDS, unread._BYTES = 2.0, 2_048; from graft.cli import main; main()"
)


def held(pid: int) -> int:
    """The memory of a process in MiB."""
    return int(re.findall(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[0]) // 1024


@contextmanager
def silent(port: int, *requests: bytes) -> Generator[socket.socket]:
    """A client that asks and does not read; it takes next to nothing by itself."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        client.connect(("127.0.0.1", port))
        client.sendall(b"".join(requests))
        yield client


def until(status: int, ask: Callable[[], httpx.Response]) -> httpx.Response:
    """The first reply with this status; the last one, where none comes."""
    deadline = time.monotonic() + 20
    while (reply := ask()).status_code != status and time.monotonic() < deadline:
        time.sleep(0.05)
    assert reply.status_code == status
    return reply


def stands_still(client: socket.socket) -> bool:
    """Whether the server has bytes for this client that the kernel takes no more of."""

    def unread() -> str:
        local, remote = (f":{address[1]:04X}" for address in (client.getpeername(), client.getsockname()))
        rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()]
        return next(row[4] for row in rows if row[1].endswith(local) and row[2].endswith(remote))

    before = unread()
    time.sleep(0.3)
    return before == unread() != "00000000:00000000"


def is_cut_off(client: socket.socket) -> bool:
    client.settimeout(30)
    try:
        while client.recv(65_536):
            pass
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    return True


@pytest.fixture
def hurried(data_dir: Path, empty_database_url: str, app_role: str) -> Generator[tuple[int, int, dict[str, str]]]:
    """A server whose clients have two seconds: its port, its worker and its environment."""
    env, port = environment(data_dir, **external(empty_database_url, app_role)), free_port()
    with started(port, env, program=[sys.executable, "-c", HURRIED]) as server:
        read_until(server, READY)
        yield port, workers(server)[0], env


def test_who_does_not_read_is_cut_off_and_others_are_answered_meanwhile(hurried):
    port, worker, _ = hurried
    before = held(worker)
    with ExitStack() as stack:
        clients = [stack.enter_context(silent(port, *[REQUEST] * 40)) for _ in range(400)]
        begun = time.monotonic()
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as http:
            while time.monotonic() - begun < 8:
                assert http.get("/healthz").status_code == 200
                time.sleep(0.2)
        assert held(worker) - before < 150
        assert all(is_cut_off(client) for client in clients)


def test_who_reads_slowly_but_reads_is_served_to_the_end(hurried):
    port, _, _ = hurried
    wanted = len(httpx.get(f"http://127.0.0.1:{port}/openapi.json").content)
    with silent(port, REQUEST) as client:
        client.settimeout(20)
        got = b""
        # twice as long as who does not read has
        for _ in range(8):
            time.sleep(0.5)
            got += client.recv(8_192)
        while len(got.partition(b"\r\n\r\n")[2]) < wanted:
            part = client.recv(65_536)
            assert part
            got += part


def test_replies_that_nobody_reads_are_counted_and_more_are_refused(data_dir, empty_database_url, app_role):
    env, port = environment(data_dir, **external(empty_database_url, app_role)), free_port()
    small = (
        "import graft.web.sending as sending; sending._MOST = sending._SHARE = 2 * 1024 * 1024;"
        "from graft.cli import main; main()"
    )
    with started(port, env, program=[sys.executable, "-c", small]) as server:
        read_until(server, READY)
        made = json.loads(graft("bootstrap", "--json", env=env).stdout)
        headers = {"Authorization": f"Bearer {made['secretKey']}"}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/api", headers=headers, timeout=20) as http:
            place = {"workspaceId": made["workspaceId"], "kind": "function", "slug": "large", "name": "large"}
            entity = http.post("/entities", json={**place, "definition": {"text": "x" * 900_000}}).json()
            path = f"/api/entities/{entity['id']}"
            request = (
                f"GET {path} HTTP/1.1\r\nHost: graft\r\nAuthorization: {headers['Authorization']}\r\n\r\n".encode()
            )
            with ExitStack() as stack:
                for _ in range(2):
                    client = stack.enter_context(silent(port, *[request] * 20))
                    # the kernel takes the first ones
                    while not stands_still(client):
                        pass
                refused = until(429, lambda: http.get(f"/entities/{entity['id']}"))
                assert (refused.json()["code"], refused.headers["connection"]) == ("too-much", "close")
                assert (refused.headers["retry-after"], len(refused.headers["x-request-id"])) == ("1", 26)
                # what was changed is told in any case, and small replies are not counted
                assert http.patch(f"/entities/{entity['id']}", json={"name": "changed"}).json()["name"] == "changed"
                assert http.get("/workspaces").status_code == 200
            read = until(200, lambda: http.get(f"/entities/{entity['id']}"))
            assert read.json()["definition"] == {"text": "x" * 900_000}


def test_a_client_that_read_enough_or_all_that_there_was_has_its_time_again():
    first = Sending(1_000, 5_000, 1.0)
    assert first.next(Sending(1_000, 9_000, 2.0)) is first
    assert first.next(Sending(4_999, 9_000, 2.0)) is first
    all_of_it = Sending(5_000, 9_000, 2.0)
    assert first.next(all_of_it) is all_of_it
    enough = Sending(1_000 + 65_536, 10**6, 2.0)
    assert Sending(1_000, 10**6, 1.0).next(enough) is enough
    # another connection has the descriptor
    another = Sending(10, 20, 2.0)
    assert first.next(another) is another


@contextmanager
def _connections(number: int) -> Generator[tuple[Watch, list[socket.socket], list[socket.socket]]]:
    """Connections of one port that have as much to send as there is room for: the watch over it, and both ends."""
    with ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        served, clients = list[socket.socket](), list[socket.socket]()
        for _ in range(number):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
            client.connect(listening.getsockname())
            connection = stack.enter_context(listening.accept()[0])
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)
            connection.setblocking(False)
            with suppress(BlockingIOError):
                while connection.send(b"x" * 65_536):
                    pass
            clients.append(client)
            served.append(connection)
        yield Watch(listening.getsockname()[1]), served, clients


def _read_all(client: socket.socket) -> None:
    """Read until nothing comes any more."""
    client.settimeout(0.5)
    with suppress(TimeoutError):
        while client.recv(65_536):
            pass


def test_a_watch_cuts_off_the_connections_of_its_port_alone_and_each_after_its_time():
    with _connections(2) as (watch, (still, moving), (silent_one, reading)), _connections(1) as (_, (other,), _):
        assert [watch.look(float(second)) for second in (0, 30, 59)] == [0, 0, 0]
        # all that was there at first
        _read_all(reading)
        assert watch.look(60.0) == 1
        with pytest.raises(OSError):
            still.send(b"x")
        still.close()
        assert is_cut_off(silent_one)
        assert moving.send(b"x") == 1
        # it takes more or it is full, but it is not cut off
        with suppress(BlockingIOError):
            assert other.send(b"x") == 1


def test_the_more_stand_still_the_less_time_each_has():
    with _connections(128) as (watch, _, _):
        assert [watch.look(float(second)) for second in (0, 1, 29)] == [0, 0, 0]
        assert watch.look(30.0) == 128
