"""Twelve imports at once do not keep the small requests of others waiting."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.processes import environment, external, free_port, graft, read_until, started

pytestmark = pytest.mark.slow

IMPORTS = 12
# Values of a document; in the long form as many as once stopped a server for most of a minute.
SIZE = 350_000 if os.environ.get("GRAFT_TORTURE") == "1" else 20_000
# Far more than a request takes beside imports that are read elsewhere, and far less than beside ones that are not.
PATIENCE = 5


def workspaces(http: httpx.Client) -> Iterator[str]:
    for at in range(IMPORTS):
        yield http.post("/workspaces", json={"slug": f"w{at}", "name": f"W{at}"}).json()["id"]


def test_twelve_imports_at_once_leave_the_requests_of_others_their_turn(data_dir, empty_database_url, app_role):
    env, port = environment(data_dir, **external(empty_database_url, app_role)), free_port()
    document = b"openapi: 3.1.0\ninfo: {title: T}\nx-pad: [" + b"[1]," * SIZE + b"]\n"
    with (
        started(port, env) as server,
        httpx.Client(base_url=f"http://127.0.0.1:{port}/api", timeout=300) as http,
        ThreadPoolExecutor(IMPORTS) as pool,
    ):
        read_until(server, "/docs)")
        made = json.loads(graft("bootstrap", "--json", env=env).stdout)
        http.headers["Authorization"] = f"Bearer {made['sessionToken']}"

        def imported(workspace_id: str) -> int:
            place = {"workspaceId": workspace_id}
            return http.post("/entities/import-openapi", content=document, params=place).status_code

        imports = [pool.submit(imported, workspace_id) for workspace_id in [*workspaces(http)]]
        answered = 0
        while not all(found.done() for found in imports):
            # raises when it takes longer
            assert http.get("/integrations", timeout=PATIENCE).status_code == 200
            answered += 1

        assert [found.result() for found in imports] == [200] * IMPORTS
        assert answered > IMPORTS
