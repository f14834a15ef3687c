"""The servers that are compared: how each is started, and how each is asked for the same thing."""

import http.client
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from bench import environments, servers
from bench.environments import Missing
from bench.load import Requests
from bench.marketplace import Marketplace
from bench.rounds import Subject
from bench.servers import Server, ServerFailed
from graft import ids

PAGE = 20
_THREADS = 4
_WSGI = (
    *("--interface", "wsgi", "--http", "1", "--no-ws", "--runtime-mode", "st", "--log-level", "warning"),
    *("--blocking-threads", str(_THREADS), "--backpressure", "16384"),
)
_ADMIN_TOKEN = "a-token-of-benchmarks-only"  # noqa: S105 - protects nothing
_FIELDS = (
    *("id", "workspace_id", "slug", "name", "description", "icon_url", "publisher", "trust_tier", "current_version"),
    *("manifest", "variables_schema", "auth_config", "visibility", "created_by", "deleted_at", "retention_tier"),
    *("created_at", "updated_at"),
)


@dataclass(frozen=True, slots=True)
class Peer:
    """What stands beside Graft: a name for people, how it starts on a database, and what it is asked.

    `get` and `page` are None where it is not measured by that.
    """

    name: str
    start: Callable[[str], AbstractContextManager[Server]]
    get: Callable[[Marketplace], Requests] | None = None
    page: Callable[[Marketplace], Requests] | None = None


def _bearer(market: Marketplace) -> dict[str, str]:
    return {"Authorization": f"Bearer {market.token}"}


def _get(market: Marketplace) -> Requests:
    return Requests([f"/api/integrations/{found}" for found in market.public_ids], headers=_bearer(market))


def _get_by_uuid(market: Marketplace) -> Requests:
    uuids = [UUID(bytes=ids.decode(found.removeprefix("int_"))) for found in market.public_ids]
    return Requests([f"/api/integrations/{found}" for found in uuids], headers=_bearer(market))


def _get_checked(market: Marketplace) -> Requests:
    return Requests([f"/checked/api/integrations/{found}" for found in market.public_ids], headers=_bearer(market))


def _page(market: Marketplace) -> Requests:
    question = urlencode({"publisher": market.publisher, "visibility": "public", "limit": PAGE})
    return Requests([f"/api/integrations?{question}"], headers=_bearer(market))


def _graphql(market: Marketplace) -> Requests:
    fields = " ".join("rowId" if name == "id" else _camel(name) for name in _FIELDS)
    query = f"""query($publisher: String!, $first: Int!) {{
      allIntegrations(first: $first, orderBy: [ROW_ID_DESC], filter: {{
          publisher: {{equalTo: $publisher}}, visibility: {{equalTo: "public"}}, deletedAt: {{isNull: true}}}}) {{
        totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {fields} }} }} }}"""
    document = {"query": " ".join(query.split()), "variables": {"publisher": market.publisher, "first": PAGE}}
    return Requests(["/graphql"], "POST", {"Content-Type": "application/json"}, json.dumps(document))


def _directus(market: Marketplace) -> Requests:
    question = {
        "filter[publisher][_eq]": market.publisher,
        "filter[visibility][_eq]": "public",
        "filter[deleted_at][_null]": "true",
        "fields": ",".join(_FIELDS),
        "sort": "-id",
        "limit": PAGE,
        "meta": "filter_count",
    }
    return Requests([f"/items/integrations?{urlencode(question)}"], headers={"Authorization": f"Bearer {_ADMIN_TOKEN}"})


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


@contextmanager
def _start_floor(dsn: str) -> Generator[Server]:
    with servers.python_baseline("floor", dsn, python=Path(sys.executable)) as server:
        yield server


@contextmanager
def _start_fastapi(dsn: str) -> Generator[Server]:
    with servers.python_baseline("fastapi_orm", dsn, python=environments.python("fastapi_orm")) as server:
        yield server


@contextmanager
def _start_django(dsn: str) -> Generator[Server]:
    python = environments.python("django_rest")
    with servers.python_baseline("django_rest", dsn, python=python, options=_WSGI) as server:
        yield server


@contextmanager
def _start_postgraphile(dsn: str) -> Generator[Server]:
    node, folder = environments.node("postgraphile")
    port = servers.free_port()
    environment = {**servers.baseline_environment(dsn), "BENCH_PORT": str(port), "NODE_ENV": "production"}
    with servers.started([str(node), "server.mjs"], port, environment, folder) as server:
        yield server


@contextmanager
def _start_directus(dsn: str) -> Generator[Server]:
    node, folder = environments.node("directus")
    port = servers.free_port()
    where = servers.baseline_environment(dsn)
    with tempfile.TemporaryDirectory(prefix="graft-bench-") as uploads:
        environment = {
            "DB_CLIENT": "pg",
            "DB_HOST": where["PGHOST"],
            "DB_PORT": where["PGPORT"],
            "DB_USER": where["PGUSER"],
            "DB_DATABASE": where["PGDATABASE"],
            "DB_POOL__MIN": "8",
            "DB_POOL__MAX": "8",
            "DB_PASSWORD": "",
            "HOST": servers.HOST,
            "PORT": str(port),
            "SECRET": servers.SECRET,
            "NODE_ENV": "production",
            "ADMIN_EMAIL": "admin@example.com",
            "ADMIN_PASSWORD": servers.SECRET,
            "ADMIN_TOKEN": _ADMIN_TOKEN,
            "TELEMETRY": "false",
            "LOG_LEVEL": "error",
            "STORAGE_LOCAL_ROOT": uploads,
            "CACHE_ENABLED": "false",
            "PRESSURE_LIMITER_ENABLED": "false",
            "RATE_LIMITER_ENABLED": "false",
        }
        program = [str(node), "node_modules/directus/cli.js"]
        done = subprocess.run(  # noqa: S603 - our own command
            [*program, "bootstrap"],
            cwd=folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        if done.returncode:
            raise Missing(f"directus: {(done.stdout + done.stderr)[-1500:].strip()}")
        with servers.started([*program, "start"], port, environment, folder) as server:
            yield server


GRAFT = Peer("Graft", servers.graft, _get, _page)
FLOOR = Peer("floor", _start_floor, _get, _page)
FLOOR_CHECKED = Peer("floor with the token looked up", _start_floor, _get_checked)
FASTAPI = Peer("FastAPI + SQLAlchemy", _start_fastapi, _get_by_uuid, _page)
DJANGO = Peer("Django REST framework", _start_django, _get_by_uuid, _page)
POSTGRAPHILE = Peer("PostGraphile", _start_postgraphile, page=_graphql)
DIRECTUS = Peer("Directus", _start_directus, page=_directus)


def running(
    stack: ExitStack, peers: Sequence[Peer], dsn: str, log: Callable[[str], None]
) -> Iterator[tuple[Peer, Server]]:
    """Start what can be had here; what cannot is told and left out."""
    for peer in peers:
        try:
            server = stack.enter_context(peer.start(dsn))
        except (Missing, ServerFailed, subprocess.TimeoutExpired) as error:
            log(f"{peer.name} is missing: {error}")
        else:
            yield peer, server


def reply(subject: Subject) -> Any:
    """The JSON of the reply to the subject's first request."""
    return json.loads(_first_reply(subject)[1])


def header(subject: Subject, name: str) -> str | None:
    """A header of the reply to the subject's first request."""
    return _first_reply(subject)[0].get(name)


def _first_reply(subject: Subject) -> tuple[http.client.HTTPMessage, bytes]:
    """Its headers and its body; it must be a 200."""
    requests = subject.requests
    connection = http.client.HTTPConnection(servers.HOST, subject.server.port, timeout=60)
    try:
        connection.request(requests.method, requests.paths[0], requests.body or None, requests.headers)
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise ServerFailed(f"{subject.name} answers {answer.status}: {body[:1000].decode('utf-8', 'replace')}")
    return answer.headers, body


def page_of(document: Any) -> tuple[int, int | None]:
    """How many rows a page has, and its total where it tells one, in the words of any peer."""
    if "meta" in document:
        return len(document["data"]), int(document["meta"]["filter_count"])
    if "errors" in document:
        raise ServerFailed(json.dumps(document["errors"])[:1000])
    if "pageInfo" not in document:
        found = document["data"]
        if isinstance(found, list):
            return len(found), None
        connection = found["allIntegrations"]
        return len(connection["nodes"]), connection["totalCount"]
    return len(document["data"]), document["pageInfo"]["total"]
