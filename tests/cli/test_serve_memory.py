"""What a server holds while large things go through it, or are refused."""

import json
import os
import re
from pathlib import Path
from typing import Any

import httpx
from graft_process import environment, external, free_port, graft, read_until, started, workers

from support.documents import many_operations

# Operations, each with a schema: 10,001 members of a version, or as many as a manifest may declare and 20,001 in all.
SIZE = 10_000 if os.environ.get("GRAFT_TORTURE") == "1" else 5_000
MOST_MIB = 400


def peak(pid: int) -> int:
    """In MiB, since the process started."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) // 1024


def test_ten_thousand_members_go_through_a_server_of_less_than_400_mib(data_dir, empty_database_url, app_role):
    env, port = environment(data_dir, **external(empty_database_url, app_role)), free_port()
    with started(port, env) as server, httpx.Client(base_url=f"http://127.0.0.1:{port}/api", timeout=120) as http:
        read_until(server.stdout, "/docs)")
        made = json.loads(graft("bootstrap", "--json", env=env).stdout)
        http.headers["Authorization"] = f"Bearer {made['sessionToken']}"
        (worker,) = workers(server)
        peaks = {"start": peak(worker)}

        def ask(name: str, method: str, path: str, **options: Any) -> Any:
            reply = http.request(method, path, **options)
            assert reply.status_code in {200, 201}, reply.text[:1000]
            peaks[name] = peak(worker)
            return reply.json()

        body = {"workspaceId": made["workspaceId"], "slug": "many", "name": "Many"}
        draft = ask("draft", "POST", "/integrations", json=body)["id"]
        user = ask("workspace", "POST", "/workspaces", json={"slug": "user", "name": "User"})["id"]
        for version, text in enumerate(("one", "two"), 1):
            place = {"workspaceId": made["workspaceId"], "integrationId": draft}
            ask(f"import {version}", "POST", "/entities/import-openapi", json=many_operations(SIZE, text), params=place)
            ask(f"publish {version}", "POST", f"/integrations/{draft}/publish", json={"version": f"{version}.0.0"})
            if version == 1:
                ask("visible", "POST", f"/integrations/{draft}/visibility", json={"visibility": "unlisted"})
                install = ask("install", "POST", f"/integrations/{draft}/install", json={"workspaceId": user})["id"]
        upgraded = ask("upgrade", "POST", f"/integration-installs/{install}/upgrade")
        assert len(upgraded["updated"]) == SIZE + 1
        assert len(ask("members", "GET", f"/integration-installs/{install}/members")["members"]) == 2 * SIZE + 1
        assert len(ask("preview", "GET", f"/integrations/{draft}/members")["members"]) == 2 * SIZE + 1
        print(f"peak in MiB after each call, {2 * SIZE + 1} members: {peaks}")  # noqa: T201
        assert peak(worker) < MOST_MIB


# An uninstallation that copied the variables for each clone took 455 MiB for three hundred of these.
MOST_MORE_MIB = 100

# 36 kB that read as 800 MB, where one GET took 1,608 MiB.
HOLES = 2_000


def test_what_would_read_too_large_is_refused_before_it_is_built(data_dir, empty_database_url, app_role):
    env, port = environment(data_dir, **external(empty_database_url, app_role)), free_port()
    with started(port, env) as server, httpx.Client(base_url=f"http://127.0.0.1:{port}/api", timeout=120) as http:
        read_until(server.stdout, "/docs)")
        made = json.loads(graft("bootstrap", "--json", env=env).stdout)
        http.headers["Authorization"] = f"Bearer {made['sessionToken']}"
        (worker,) = workers(server)

        place = {"workspaceId": made["workspaceId"]}
        asks = {"kind": "function", "slug": "asks", "name": "Asks", "definition": {"l": ["${variables.x}"] * HOLES}}
        function = http.post("/entities", json=place | asks).json()
        member = {
            "slug": "asks",
            "entityId": function["id"],
            "kind": "function",
            "required": True,
            "forkOnInstall": True,
        }
        schema = {"type": "object", "properties": {"x": {"type": "string"}}}
        documents = {"manifest": {"members": [member]}, "variablesSchema": schema}
        draft = http.post("/integrations", json=place | {"slug": "large", "name": "Large"} | documents).json()["id"]
        assert http.post(f"/integrations/{draft}/publish", json={"version": "1.0.0"}).status_code == 201

        before = peak(worker)
        body = place | {"variables": {"x": "y" * 400_000}}
        refused = http.post(f"/integrations/{draft}/install", json=body)
        [problem] = refused.json()["errors"]
        assert (refused.status_code, problem["code"]) == (400, "definition-too-large")
        assert problem["detail"].startswith("asks would read as 80")
        assert peak(worker) - before < MOST_MORE_MIB


# One clone that is kept names all others; each of them asks for a large variable.
NAMED = 400
TEXT = 300_000


def test_an_uninstallation_holds_no_copies_of_the_variables(data_dir, empty_database_url, app_role):
    env, port = environment(data_dir, **external(empty_database_url, app_role)), free_port()
    with started(port, env) as server, httpx.Client(base_url=f"http://127.0.0.1:{port}/api", timeout=120) as http:
        read_until(server.stdout, "/docs)")
        made = json.loads(graft("bootstrap", "--json", env=env).stdout)
        http.headers["Authorization"] = f"Bearer {made['sessionToken']}"
        (worker,) = workers(server)

        def ask(method: str, path: str, **options: Any) -> Any:
            reply = http.request(method, path, **options)
            assert reply.status_code in {200, 201}, reply.text[:1000]
            return reply.json()

        def new(kind: str, slug: str, definition: Any) -> dict[str, Any]:
            body = {
                "workspaceId": made["workspaceId"],
                "kind": kind,
                "slug": slug,
                "name": slug,
                "definition": definition,
            }
            return ask("POST", "/entities", json=body)

        named = [new("schema", f"s{at}", {"title": "${variables.large}"}) for at in range(NAMED)]
        names = new("function", "names", {"all": [found["id"] for found in named]})
        member = {"slug": "names", "entityId": names["id"], "kind": "function", "required": True, "forkOnInstall": True}
        schema = {"type": "object", "properties": {"large": {"type": "string"}}}
        body = {"workspaceId": made["workspaceId"], "slug": "large", "name": "Large"}
        documents = {"manifest": {"members": [member]}, "variablesSchema": schema}
        draft = ask("POST", "/integrations", json=body | documents)["id"]
        ask("POST", f"/integrations/{draft}/publish", json={"version": "1.0.0"})
        given = {"workspaceId": made["workspaceId"], "variables": {"large": "y" * TEXT}}
        install = ask("POST", f"/integrations/{draft}/install", json=given)["id"]
        members = ask("GET", f"/integration-installs/{install}/members")["members"]
        detached = next(found["id"] for found in members if found["sourceMemberSlug"] == "names")
        ask("POST", f"/integration-members/{detached}/detach", json={"detached": True})

        before = peak(worker)
        ask("DELETE", f"/integration-installs/{install}")
        assert peak(worker) - before < MOST_MORE_MIB
        # the kept clones read as they did, and have texts of their own once the install is gone for ever
        kept = next(found["entityId"] for found in members if found["sourceMemberSlug"] == "schema:s0")
        assert ask("GET", f"/entities/{kept}")["definition"] == {"title": "y" * TEXT}
        ask("DELETE", f"/integration-installs/{install}/purge")
        assert peak(worker) - before < MOST_MORE_MIB
        assert ask("GET", f"/entities/{kept}")["definition"] == {"title": "y" * TEXT}
