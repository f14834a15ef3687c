"""Beside the release before: on the schema of this one it goes on working, and reads what this one writes as this one does.

Its code comes from the history of the repository, and serves in a process of its own.
"""

import io
import json
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.processes import READY, environment, external, free_port, graft, read_until, started

pytestmark = pytest.mark.slow

# The tag of the release before this one. As there is none yet: the last commit before its servers are not promised to go on.
BEFORE = "0e63453dc3d90db9b6b199b3e2962313057e2d6c"
ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "helpdesk"
# Written in the background, or made anew for each reply.
PASSING = {"lastUsedAt", "startCursor", "endCursor", "requestId"}
# Calls whose replies differ on purpose, each with its reason: of what both read, not of what one of them writes.
READ_OTHERWISE: dict[str, str] = {}


def git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, check=False)  # noqa: S603, S607


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """The folder that its package stands in."""
    try:
        archive = git("archive", BEFORE, "src", "docs")
        shallow = git("rev-parse", "--is-shallow-repository").stdout.strip()
    except FileNotFoundError:
        pytest.skip("git is not installed")
    if archive.returncode:
        # a whole clone has the commit, or the name of the release is a wrong one
        assert shallow != b"false", archive.stderr.decode()
        pytest.skip("this is no clone of the repository with its history")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as found:
        found.extractall(tmp_path, filter="data")
    return tmp_path / "src"


@dataclass(frozen=True)
class Server:
    """One of the two, asked by the platform's admin."""

    http: httpx.Client

    def get(self, path: str, **parameters: str) -> tuple[int, Any]:
        reply = self.http.get(path, params=parameters)
        return reply.status_code, reply.json() if reply.status_code == 200 else None

    def do(self, method: str, path: str, body: Any = None) -> Any:
        content = body if isinstance(body, bytes) else None
        reply = self.http.request(method, path, content=content, json=None if content else body)
        assert reply.is_success, f"{method} {path}: {reply.status_code} {reply.text}"
        return reply.json()


def live(server: Server, name: str) -> None:
    """A life of an integration, so that every table has rows of every kind in it."""
    author, user = (server.do("POST", "/api/workspaces", {"slug": f"{name}-{who}", "name": who})["id"] for who in "au")
    shape = made(server, author, "schema", "shape", {"type": "object"})
    first = {"n": "${variables.n}", "in": shape, "example": "app_01h455vb4pex5vsknk084sn02q"}
    tool, gone = made(server, author, "function", "tool", first), made(server, author, "function", "gone", {"a": 1})
    agent = made(server, author, "agent", "agent", {"tools": [tool]})
    members = [
        member("tool", tool, "function", forkOnInstall=True, required=True),
        member("gone", gone, "function", forkOnInstall=True, required=True),
        member("agent", agent, "agent", required=True),
    ]
    variables = {"type": "object", "properties": {"n": {"type": "integer", "default": 3}, "m": {"type": "string"}}}
    draft = {"workspaceId": author, "slug": "kit", "name": "Kit", "description": "A kit.", "variablesSchema": variables}
    kit = server.do("POST", "/api/integrations", {**draft, "manifest": {"members": members}})["id"]
    server.do("POST", f"/api/integrations/{kit}/publish", {"version": "1.0.0"})
    server.do("POST", f"/api/integrations/{kit}/visibility", {"visibility": "unlisted"})

    installs = [install(server, user, kit, "1.0.0"), install(server, author, kit, "1.0.0", {"n": 7})]
    clones = {
        found["sourceMemberSlug"]: found["entityId"]
        for found in server.do("GET", f"/api/integration-installs/{installs[0]}/members")["members"]
    }
    server.do("PATCH", f"/api/entities/{clones['gone']}", {"definition": {"mine": True}, "name": "Mine"})
    server.do("PATCH", f"/api/entities/{tool}", {"definition": {**first, "new": "${variables.m}"}})
    second = [each for each in members if each["slug"] != "gone"]
    server.do("PATCH", f"/api/integrations/{kit}", {"manifest": {"members": second}, "description": "Another."})
    server.do("POST", f"/api/integrations/{kit}/publish", {"version": "2.0.0"})
    for found in installs:
        server.do("POST", f"/api/integration-installs/{found}/upgrade", {"variables": {"m": "x"}})

    credentials = {"workspaceId": user, "name": "key", "type": "api_key", "credentials": {"apiKey": "k" * 20}}
    server.do("POST", "/api/auth-states", credentials)
    server.do("POST", "/api/permissions", {"entityId": kit, "subjectId": user, "tier": "viewer"})
    server.do("POST", f"/api/entities/import-openapi?workspaceId={author}", (EXAMPLES / "v1.yaml").read_bytes())
    server.do("POST", f"/api/entities/import-openapi?workspaceId={author}", (EXAMPLES / "v2.yaml").read_bytes())
    server.do("DELETE", f"/api/integration-installs/{installs[0]}")
    server.do("POST", f"/api/integration-installs/{installs[0]}/restore")
    server.do("DELETE", f"/api/integration-installs/{installs[1]}")


def made(server: Server, workspace: str, kind: str, slug: str, definition: Any) -> str:
    body = {"workspaceId": workspace, "kind": kind, "slug": slug, "name": slug, "definition": definition}
    return server.do("POST", "/api/entities", body)["id"]


def member(slug: str, entity: str, kind: str, **flags: bool) -> dict[str, Any]:
    return {"slug": slug, "entityId": entity, "kind": kind, **flags}


def install(server: Server, workspace: str, kit: str, version: str, variables: Any = None) -> str:
    found = server.do("GET", f"/api/integration-versions?integration_id={kit}")["data"]
    (version_id,) = [each["id"] for each in found if each["version"] == version]
    body = {"workspaceId": workspace, "integrationVersionId": version_id, "variables": variables or {}}
    return server.do("POST", f"/api/integrations/{kit}/install", body)["id"]


def replies(one: Server, other: Server) -> Iterator[tuple[str, Any, Any]]:
    """What both say to every GET of the first one's own document: lists to their end, and each row that they find."""
    paths = [path for path, calls in one.do("GET", "/openapi.json")["paths"].items() if "get" in calls]
    lists = [path for path in paths if path.startswith("/api/") and "{" not in path and path != "/api/me"]
    for path in lists:
        after: dict[str, str] = {}
        while True:
            asked = {"limit": "100", "include_deleted": "true", **after}
            theirs = one.get(path, **asked)
            yield path, theirs, other.get(path, **asked)
            rows, info = theirs[1]["data"], theirs[1]["pageInfo"]
            for below in [each for each in paths if each.startswith(f"{path}/{{id}}")]:
                for row in rows:
                    place = below.replace("{id}", row["id"])
                    yield below, one.get(place), other.get(place)
            if not info["hasNextPage"]:
                break
            after = {"after": info["endCursor"]}


def differences(theirs: Any, ours: Any, place: str = "") -> Iterator[str]:
    """Where our reply does not say what theirs does; what it says beside is not theirs to know."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key, value in theirs.items():
            if key not in ours:
                yield f"{place}/{key}: missing"
            elif key not in PASSING:
                yield from differences(value, ours[key], f"{place}/{key}")
    elif isinstance(theirs, (list, tuple)) and isinstance(ours, (list, tuple)) and len(theirs) == len(ours):
        for number, (one, other) in enumerate(zip(theirs, ours, strict=True)):
            yield from differences(one, other, f"{place}/{number}")
    elif theirs != ours:
        yield f"{place}: {json.dumps(theirs)[:200]} is {json.dumps(ours)[:200]}"


@pytest.mark.parametrize(
    ("theirs", "ours", "found"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, []),
        ({"a": 1, "b": 2}, {"a": 1}, ["/b: missing"]),
        ((200, {"data": [{"d": "old"}]}), (200, {"data": [{"d": None}]}), ['/1/data/0/d: "old" is null']),
        ({"data": [1]}, {"data": []}, ["/data: [1] is []"]),
        ((200, {}), (404, None), ["/0: 200 is 404", "/1: {} is null"]),
        ({"lastUsedAt": 1}, {"lastUsedAt": 2}, []),
    ],
)
def test_what_differs_is_told(theirs: Any, ours: Any, found: list[str]):
    assert list(differences(theirs, ours)) == found


def test_the_release_before_goes_on_and_reads_what_this_one_writes_as_this_one_does(
    before: Path, data_dir: Path, empty_database_url: str, app_role: str
):
    env = environment(data_dir, **external(empty_database_url, app_role), GRAFT_LOG="off")
    theirs = {**env, "PYTHONPATH": str(before)}
    with ExitStack() as stack:

        def served(variables: dict[str, str], token: Callable[[], str]) -> Server:
            port = free_port()
            assert READY in read_until(stack.enter_context(started(port, variables)), READY)
            headers = {"Authorization": f"Bearer {token()}"}
            url = f"http://127.0.0.1:{port}"
            return Server(stack.enter_context(httpx.Client(base_url=url, headers=headers, timeout=120)))

        def first_token() -> str:
            made = graft("bootstrap", "--json", env=theirs)
            return json.loads(made.stdout)["sessionToken"]

        old = served(theirs, first_token)
        live(old, "before")
        assert graft("migrate", env=env).returncode == 0
        new = served(env, lambda: old.http.headers["Authorization"].removeprefix("Bearer "))
        for server, name in ((old, "meanwhile"), (new, "after")):
            live(server, name)
            found = [
                f"{path}{told}"
                for path, its, ours in replies(old, new)
                if path not in READ_OTHERWISE
                for told in differences(its, ours)
            ]
            assert not found, "\n".join([f"Written by the {'new' if server is new else 'old'} one:", *found[:40]])
