"""Several processes on one database, as workers of one server and as servers of their own: what one changed holds in all."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.database import execute
from tests.support.processes import (
    READY,
    ended,
    environment,
    external,
    free_port,
    graft,
    left_over,
    read_until,
    rest_of,
    started,
    workers,
)

pytestmark = pytest.mark.slow

# who calls is asked once a second
HOLDS_WITHIN = 1.5
KIND = "[pipeline]\nprefix = 'ppl'\n"


@dataclass
class Servers:
    """`one` and `other` are two servers on one database; the second has two workers."""

    http: httpx.Client
    one: str
    other: str
    workspace_id: str
    secret: str
    session: str

    def ask(self, url: str, method: str, path: str, token: str, body: Any = None) -> httpx.Response:
        """On a connection of its own, so that any worker may answer."""
        return self.http.request(method, f"{url}/api{path}", headers={"Authorization": f"Bearer {token}"}, json=body)

    def made(self, path: str, body: Any) -> Any:
        reply = self.ask(self.one, "POST", path, self.session, body)
        assert reply.status_code == 201, reply.text
        return reply.json()

    def seconds_until(self, status: int, url: str, path: str, token: str) -> float:
        """Until requests have this status, twelve in a row, so that every worker has been asked."""
        start = first = time.monotonic()
        in_a_row = 0
        while in_a_row < 12:
            if not in_a_row:
                first = time.monotonic()
            in_a_row = in_a_row + 1 if self.ask(url, "GET", path, token).status_code == status else 0
            assert time.monotonic() < start + 10
        return first - start


@contextmanager
def two_servers(env: Mapping[str, str]) -> Generator[Servers]:
    with ExitStack() as stack:
        ports = [free_port(), free_port()]
        for port, arguments in zip(ports, [(), ("--workers", "2")], strict=True):
            read_until(stack.enter_context(started(port, env, *arguments)), READY)
        made = json.loads(graft("bootstrap", "--json", env=env).stdout)
        one, other = [f"http://127.0.0.1:{port}" for port in ports]
        http = stack.enter_context(httpx.Client(limits=httpx.Limits(max_keepalive_connections=0)))
        yield Servers(http, one, other, made["workspaceId"], made["secretKey"], made["sessionToken"])


@pytest.fixture
def env(data_dir: Path, empty_database_url: str, app_role: str) -> dict[str, str]:
    return environment(data_dir, **external(empty_database_url, app_role))


def test_a_revoked_key_and_an_ended_session_are_refused_everywhere_within_a_second(env):
    with two_servers(env) as servers:
        user = servers.made("/users", {"email": "bo@example.com", "name": "Bo"})
        key = {"kind": "secret", "name": "k", "workspaceId": servers.workspace_id, "tier": "viewer"}
        for body in (key, {"kind": "session", "name": "s", "userId": user["id"]}):
            made = servers.made("/api-keys", body)
            for url in (servers.one, servers.other):
                assert servers.seconds_until(200, url, "/publishers", made["token"]) < HOLDS_WITHIN
            assert servers.ask(servers.one, "DELETE", f"/api-keys/{made['id']}", servers.session).status_code == 200
            assert servers.ask(servers.one, "GET", "/publishers", made["token"]).status_code == 401
            assert servers.seconds_until(401, servers.other, "/publishers", made["token"]) < HOLDS_WITHIN


def test_a_role_that_was_taken_is_gone_everywhere_within_a_second(env):
    with two_servers(env) as servers:
        user = servers.made("/users", {"email": "bo@example.com", "name": "Bo"})
        session = servers.made("/api-keys", {"kind": "session", "name": "s", "userId": user["id"]})["token"]
        body = {"workspaceId": servers.workspace_id, "userId": user["id"], "tier": "viewer"}
        member = servers.made("/workspace-members", body)
        place = f"/workspaces/{servers.workspace_id}"
        for url in (servers.one, servers.other):
            assert servers.seconds_until(200, url, place, session) < HOLDS_WITHIN
        gone = servers.ask(servers.one, "DELETE", f"/workspace-members/{member['id']}", servers.session)
        assert gone.status_code == 200, gone.text
        assert servers.ask(servers.one, "GET", place, session).status_code == 404
        assert servers.seconds_until(404, servers.other, place, session) < HOLDS_WITHIN


def test_totals_are_right_at_once_everywhere_whoever_wrote(env, empty_database_url):
    with two_servers(env) as servers:

        def totals() -> set[int]:
            """Of both servers; of the one with two workers several times."""
            urls = [servers.one, *[servers.other] * 6]
            replies = [servers.ask(url, "GET", "/integrations?limit=1", servers.secret) for url in urls]
            return {reply.json()["pageInfo"]["total"] for reply in replies}

        assert totals() == {0}
        for at in range(1, 6):
            body = {"workspaceId": servers.workspace_id, "slug": f"demo-{at}", "name": "Demo"}
            servers.made("/integrations", body)
            assert totals() == {at}
        asyncio.run(
            execute(
                empty_database_url,
                "update integrations set deleted_at = now(), retention_tier = 'medium' where slug < 'demo-3'",
            )
        )
        assert totals() == {3}
        asyncio.run(execute(empty_database_url, "delete from integrations"))
        assert totals() == {0}


def test_workers_serve_from_one_address_and_one_that_is_killed_comes_back(data_dir):
    port = free_port()
    with started(port, environment(data_dir, GRAFT_WORKERS="2")) as server:
        said = read_until(server, "import --help")
        first = workers(server)
        assert len(first) == 2
        os.kill(first[0], signal.SIGKILL)
        deadline = time.monotonic() + 30
        while not (len(now := workers(server)) == 2 and first[0] not in now):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        read = httpx.HTTPTransport(retries=8)
        with httpx.Client(transport=read) as http:
            assert http.get(f"http://127.0.0.1:{port}/openapi.json").status_code == 200
        # told to end while the next one starts, it does not wait for that one
        os.kill(first[1], signal.SIGKILL)
        while len(workers(server)) < 2:
            time.sleep(0.01)
        asked = time.monotonic()
        server.terminate()
        assert ended(server) == 0
        assert time.monotonic() < asked + 20
        said += rest_of(server).decode()
        assert said.count("Graft is ready") == 1
    assert left_over(server.pid, data_dir) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_told_to_end_with_its_group_every_worker_ends(data_dir, number):
    with started(free_port(), environment(data_dir), "--workers", "3") as server:
        read_until(server, READY)
        os.killpg(server.pid, number)
        assert ended(server) == 0
    assert left_over(server.pid, data_dir) == []


def test_a_server_whose_kinds_are_not_the_databases_does_not_start(env, data_dir):
    file = data_dir / "kinds.toml"
    file.write_text(KIND)
    with_kinds = {**env, "GRAFT_KINDS": str(file)}
    with started(free_port(), env) as server:
        read_until(server, READY)
        refused = graft("serve", "--port", str(free_port()), env=with_kinds)
        assert refused.returncode == 1
        assert refused.stderr.startswith(
            "graft: The kinds of this process (GRAFT_KINDS) are not those of the database: pipeline is not in the database."
        )
        assert "graft migrate --kinds" in refused.stderr
        assert len(refused.stderr.splitlines()) == 1
        meanwhile = graft("migrate", "--kinds", env=with_kinds)
        assert (meanwhile.returncode, "at work on this database" in meanwhile.stderr) == (1, True)
    changed = graft("migrate", "--kinds", env=with_kinds)
    assert (changed.returncode, changed.stdout) == (0, "The database's own kinds: pipeline.\n")
    assert graft("migrate", "--kinds", env=with_kinds).stdout == "Nothing to do.\n"
    with started(free_port(), with_kinds, "--workers", "2") as server:
        assert "Graft is ready" in read_until(server, READY)
    for command in (("serve", "--port", str(free_port())), ("purge-expired",)):
        without = graft(*command, env=env)
        assert (without.returncode, "pipeline is missing here" in without.stderr) == (1, True)
