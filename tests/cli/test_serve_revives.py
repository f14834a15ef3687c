"""`graft serve` and its embedded PostgreSQL when that ends: it is started again, the log says why, nothing is lost."""

import json
import os
import signal
import time

import httpx
import pytest

from tests.support.processes import READY, ended, environment, free_port, graft, left_over, read_until, rest_of, started

pytestmark = pytest.mark.slow

_SECONDS = 60


def postmaster(data_dir):
    return int((data_dir / "postgres/18/postmaster.pid").read_text().split()[0])


def status(client, path):
    try:
        return client.get(path).status_code
    except httpx.TransportError as error:
        return str(error)


def until_answered(client, path):
    """Every status up to the first 200."""
    seen, deadline = [], time.monotonic() + _SECONDS
    while not seen or (seen[-1] != 200 and time.monotonic() < deadline):
        time.sleep(0.05)
        seen.append(status(client, path))
    return seen


@pytest.mark.parametrize(("number", "workers"), [(signal.SIGQUIT, "1"), (signal.SIGKILL, "2")])
def test_a_database_that_dies_is_started_again_by_one_process(data_dir, number, workers):
    port, env = free_port(), environment(data_dir)
    with started(port, env, "--workers", workers) as server:
        read_until(server, READY)
        token = json.loads(graft("bootstrap", "--json", env=env).stdout)["sessionToken"]
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=20) as client:
            assert status(client, "/api/workspaces") == 200
            first = postmaster(data_dir)
            os.kill(first, number)
            seen = until_answered(client, "/api/workspaces")
            assert set(seen) <= {200, 503}
            assert seen[-1] == 200
            # no connection of before is left to fail
            assert [status(client, "/api/workspaces") for _ in range(16)] == [200] * 16
        assert postmaster(data_dir) != first
        said = read_until(server, "the embedded PostgreSQL was started again")
        server.terminate()
        assert ended(server) == 0
        said += rest_of(server).decode()
    assert said.count("the embedded PostgreSQL has ended: ") == 1, said
    assert said.count("the embedded PostgreSQL was started again") == 1
    assert left_over(server.pid, data_dir) == []
