"""Two workspaces on a Graft that serves: the author's helpdesk in two versions, and a customer that edited its install."""

import json
import os
import pty
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec

from tests.support.processes import READY, command, environment, external, free_port, graft, read_until, started

EXAMPLES = Path(__file__).parents[3] / "examples" / "helpdesk"
NAME = "acme/helpdesk"


class _Entity(msgspec.Struct, frozen=True):
    slug: str
    definition: msgspec.Raw


class _Entities(msgspec.Struct, frozen=True):
    data: list[_Entity]


@dataclass
class Scene:
    """`env`: that of the customer's commands. Clones and members by their slugs."""

    author: httpx.Client
    customer: httpx.Client
    env: Mapping[str, str]
    author_id: str
    customer_id: str
    draft_id: str
    install_id: str

    def graft(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return graft(*arguments, env={**self.env, **variables})

    def seen(self, *arguments: str, **variables: str) -> str:
        """What a command writes to a terminal."""
        ours, theirs = pty.openpty()
        env = {**self.env, "TERM": "xterm-256color", **variables}
        with subprocess.Popen(command(*arguments), env=env, stdout=theirs, stderr=subprocess.PIPE) as running:  # noqa: S603
            os.close(theirs)
            said = b"".join(iter(lambda: _read(ours), b""))
        os.close(ours)
        assert running.returncode in (0, 5)
        return said.decode().replace("\r\n", "\n")

    def json(self, *arguments: str, code: int = 0) -> Any:
        done = self.graft(*arguments, "--json")
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    def second(self) -> str:
        """The id of the install of another integration in the same two versions."""
        draft_id = _published(self.author, self.author_id, "second")
        install_id = _install(self.customer, self.customer_id, draft_id)
        _publish(self.author, self.author_id, draft_id, "2.0.0")
        return install_id

    def member(self, slug: str) -> Any:
        members = self.customer.get(f"/api/integration-installs/{self.install_id}/members").json()["members"]
        return next(member for member in members if member["sourceMemberSlug"] == slug)

    def definition(self, slug: str) -> Any:
        return self.customer.get(f"/api/entities/{self.member(slug)['entityId']}").json()["definition"]

    def edit(self, slug: str, **changes: Any) -> None:
        body = {"definition": {**self.definition(slug), **changes}}
        answer(self.customer.patch(f"/api/entities/{self.member(slug)['entityId']}", json=body))

    def texts(self) -> dict[str, bytes]:
        """The bytes of each clone's definition."""
        rows = self.customer.get("/api/entities", params={"limit": 100, "source": "workspace"}).content
        return {row.slug: bytes(row.definition) for row in msgspec.json.decode(rows, type=_Entities).data}


def _read(terminal: int) -> bytes:
    """What comes next; nothing where the other end is closed."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


@contextmanager
def installed(data_dir: Path, database_url: str, app_role: str) -> Generator[Scene]:
    """Version 1.0.0 is installed, 2.0.0 is published, nothing is edited."""
    port = free_port()
    env = environment(data_dir, **external(database_url, app_role), COLUMNS="80")
    with started(port, env) as server:
        assert READY in read_until(server, READY)
        made = json.loads(graft("bootstrap", "--workspace", "acme", "--json", env=env).stdout)
        url = f"http://127.0.0.1:{port}"
        with _client(url, made["secretKey"]) as author, _client(url, made["sessionToken"]) as admin:
            globex = answer(admin.post("/api/workspaces", json={"slug": "globex", "name": "Globex"}))["id"]
            key = {"kind": "secret", "workspaceId": globex, "tier": "admin", "name": "tests"}
            token = answer(admin.post("/api/api-keys", json=key))["token"]
            author_id = made["workspaceId"]
            draft_id = _published(author, author_id, "helpdesk")
            customer_env = {**env, "GRAFT_API_URL": url, "GRAFT_API_TOKEN": token, "GRAFT_WORKSPACE": "globex"}
            with _client(url, token) as customer:
                install_id = _install(customer, globex, draft_id)
                _publish(author, author_id, draft_id, "2.0.0")
                yield Scene(author, customer, customer_env, author_id, globex, draft_id, install_id)


def answer(reply: httpx.Response) -> Any:
    assert reply.is_success, reply.text
    return reply.json()


def _client(url: str, token: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60)


def _install(customer: httpx.Client, workspace_id: str, draft_id: str) -> str:
    body = {"workspaceId": workspace_id, "variables": {"account": "globex"}}
    return answer(customer.post(f"/api/integrations/{draft_id}/install", json=body))["id"]


def _published(author: httpx.Client, workspace_id: str, slug: str) -> str:
    """The id of a draft that was published as 1.0.0."""
    draft = {
        "workspaceId": workspace_id,
        "slug": slug,
        "name": "Helpdesk",
        "variablesSchema": {
            "type": "object",
            "properties": {"account": {"type": "string", "minLength": 1}},
            "required": ["account"],
        },
    }
    draft_id = answer(author.post("/api/integrations", json=draft))["id"]
    _publish(author, workspace_id, draft_id, "1.0.0")
    answer(author.post(f"/api/integrations/{draft_id}/visibility", json={"visibility": "unlisted"}))
    return draft_id


def _publish(author: httpx.Client, workspace_id: str, draft_id: str, version: str) -> None:
    """The example of this number."""
    text = (EXAMPLES / f"v{version[0]}.yaml").read_text("utf-8").replace("{account}", "${variables.account}")
    # a line of documents for each draft
    parameters = {
        "workspaceId": workspace_id,
        "integrationId": draft_id,
        "source": draft_id.replace("_", "-"),
        "placeholders": "variables",
    }
    answer(author.post("/api/entities/import-openapi", params=parameters, content=text.encode()))
    answer(author.post(f"/api/integrations/{draft_id}/publish", json={"version": version}))
