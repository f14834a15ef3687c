"""`graft serve`: it starts with nothing configured, answers, ends in order, and says plainly why it cannot."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

from tests.support.processes import (
    READY,
    SECRET,
    ended,
    environment,
    external,
    free_port,
    graft,
    left_over,
    read_until,
    rest_of,
    started,
)

pytestmark = pytest.mark.slow


def url(port):
    return f"http://127.0.0.1:{port}"


def test_it_starts_with_nothing_configured_and_again_on_what_it_left(data_dir):
    env, port = environment(data_dir), free_port()
    with started(port, env) as first:
        said = read_until(first, "import --help")
        assert f"Graft is ready at {url(port)} " in said
        # the next step, to be copied as it is
        (step,) = re.findall(r'eval "\$\((.*)\)"', said)
        assert step == f"GRAFT_DATA_DIR={data_dir} GRAFT_PORT={port} {sys.executable} -m graft bootstrap --shell"
        assert httpx.get(f"{url(port)}/openapi.json").status_code == 200
        words = ["/bin/bash", "-c", step]
        made = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
        assert made.returncode == 0, made.stderr
        assert f"GRAFT_API_URL={url(port)}\n" in made.stdout
        first.terminate()
        assert ended(first) == 0
    assert left_over(first.pid, data_dir) == []

    (key,) = re.findall("sec_[0-9A-Za-z]+", made.stdout)
    headers = {"Authorization": f"Bearer {key}"}
    with started(port, env) as second:
        assert "bootstrap" not in read_until(second, READY)
        assert httpx.get(f"{url(port)}/api/entities", headers=headers).status_code == 200


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_request_in_flight_is_answered_before_it_ends(data_dir, empty_database_url, app_role, workers):
    env, port = environment(data_dir, **external(empty_database_url, app_role)), free_port()
    with started(port, env, "--workers", workers) as server:
        read_until(server, READY)
        made = json.loads(graft("bootstrap", "--json", env=env).stdout)
        body = json.dumps(
            {"workspaceId": made["workspaceId"], "kind": "function", "slug": "f", "name": "f", "definition": {}}
        ).encode()
        head = f"POST /api/entities HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {made['secretKey']}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(head.encode() + body[:10])
            time.sleep(0.3)
            server.terminate()
            time.sleep(0.3)
            client.sendall(body[10:])
            assert client.makefile("rb").readline().startswith(b"HTTP/1.1 201 ")
        assert ended(server) == 0
    assert left_over(server.pid, data_dir) == []


def test_ctrl_c_in_a_terminal_reaches_every_process_and_ends_it_in_order(data_dir):
    with started(free_port(), environment(data_dir)) as server:
        read_until(server, READY)
        os.killpg(server.pid, signal.SIGINT)
        assert ended(server) == 0
        assert b"Unexpected" not in rest_of(server)
    assert left_over(server.pid, data_dir) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_told_to_end_while_the_database_starts_it_leaves_no_database_behind(data_dir, number):
    with started(free_port(), environment(data_dir)) as server:
        while not (data_dir / "postgres").exists():
            time.sleep(0.01)
            assert server.poll() is None
        os.killpg(server.pid, number)
        assert ended(server) == 0
    assert left_over(server.pid, data_dir) == []


@pytest.mark.parametrize("form", ["requests", "json"])
def test_each_request_leaves_a_line_with_the_id_that_its_reply_has(data_dir, empty_database_url, app_role, form):
    env, port = environment(data_dir, **external(empty_database_url, app_role), GRAFT_LOG=form), free_port()
    with started(port, env) as server:
        read_until(server, READY)
        reply = httpx.get(f"{url(port)}/api/entities?name=secret", headers={"Authorization": "Bearer sec_x"})
        line = read_until(server, reply.headers["x-request-id"]).splitlines()[-1]
    assert "/api/entities" in line
    assert " 401 " in line or '"status":401' in line
    assert "secret" not in line
    assert "sec_x" not in line


def test_a_port_that_another_server_has_is_refused(data_dir, empty_database_url, app_role):
    env, port = environment(data_dir, **external(empty_database_url, app_role)), free_port()
    with started(port, env) as server:
        read_until(server, READY)
        second = graft("serve", "--port", str(port), env=env)
        assert second.returncode == 1
        assert second.stderr == f"graft: Port {port} of 127.0.0.1 cannot be used: Address already in use.\n"


@pytest.mark.parametrize(
    ("variables", "code", "told"),
    [
        ({"GRAFT_PORT": "many"}, 2, "GRAFT_PORT must be a whole number"),
        ({"GRAFT_PROT": "8000"}, 2, "GRAFT_PROT is not a variable of Graft; GRAFT_PORT is."),
        ({"GRAFT_DATABASE_URL": "postgresql://127.0.0.1:1/graft"}, 2, "GRAFT_SECRET_KEY is missing"),
        (
            {"GRAFT_DATABASE_URL": "postgresql://127.0.0.1:1/graft", "GRAFT_SECRET_KEY": SECRET},
            6,
            "The database cannot be used: ",
        ),
        ({"GRAFT_KINDS": "/nowhere/kinds.toml"}, 1, "/nowhere/kinds.toml"),
        ({"GRAFT_HOST": "nowhere.invalid"}, 1, "of nowhere.invalid cannot be used"),
    ],
)
def test_what_it_cannot_start_with_is_told_in_a_line(data_dir, variables, code, told):
    done = graft("serve", "--port", str(free_port()), env=environment(data_dir, **variables))
    assert done.returncode == code
    assert told in done.stderr
    assert "Errno" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not done.stdout


def test_an_option_that_is_wrong_is_wrong_usage(data_dir):
    assert graft("serve", "--port", "0", env=environment(data_dir)).returncode == 2
    assert graft("serve", "--workers", "0", env=environment(data_dir)).returncode == 2
    assert graft("server", env=environment(data_dir)).returncode == 2
