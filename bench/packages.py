"""Integrations to install: the Stripe documents, and generated ones of any size."""

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.calls import Answer, Caller
from bench.marketplace import make_user
from bench.servers import ROOT
from demo.documents import VARIABLES, VARIABLES_SCHEMA, with_variables
from graft import clock, jsontext
from graft.ids import Id

_DATA = ROOT.parent / "shared" / "data"
_DEFINITION_BYTES = 2_000


class NoDocuments(Exception):
    """The documents of these benchmarks are not on this machine."""


@dataclass(frozen=True, slots=True)
class Document:
    """An OpenAPI document as it was published, and what to call it."""

    name: str
    content: bytes

    @property
    def symbolic(self) -> bytes:
        """With two variables in the definition of each operation."""
        return jsontext.encode(with_variables(jsontext.decode(self.content)))


def stripe_documents() -> tuple[Document, Document]:
    """The older and the newer one."""
    found = sorted(_DATA.glob("stripe-openapi-*.json.gz"))
    if len(found) < 2:
        raise NoDocuments(f"needs the two Stripe documents in ../{_DATA.parent.name}/{_DATA.name}")
    return _read("Stripe's document of 2020", found[0]), _read("Stripe's document of 2022", found[1])


def _read(name: str, path: Path) -> Document:
    return Document(name, gzip.decompress(path.read_bytes()))


def import_path(workspace: str, source: str = "stripe", draft: str | None = None) -> str:
    """Where a document is sent to."""
    return f"/api/entities/import-openapi?workspaceId={workspace}&source={source}" + (
        f"&integrationId={draft}" if draft else ""
    )


@dataclass(frozen=True, slots=True)
class Package:
    """An integration that whoever knows its id can install: its versions, oldest first, and what an install gives."""

    integration: str
    versions: tuple[str, ...]
    members: int
    variables: dict[str, str]

    @property
    def path(self) -> str:
        return f"/api/integrations/{self.integration}/install"

    def body(self, workspace: str, version: int = -1) -> dict[str, Any]:
        """The request to install one of the versions, all its members."""
        return {
            "workspaceId": workspace,
            "integrationVersionId": self.versions[version],
            "variables": self.variables,
            "memberPolicy": "auto_all",
        }

    def install(self, caller: Caller, version: int = -1) -> Answer:
        return caller.call("POST", self.path, self.body(caller.workspace, version))


def from_documents(author: Caller, *documents: bytes) -> Package:
    """Import the documents one after the other, each published as a version; the author is an admin."""
    draft = {"workspaceId": author.workspace, "slug": "stripe", "name": "Stripe", "variablesSchema": VARIABLES_SCHEMA}
    integration: str = author.call("POST", "/api/integrations", draft).json["id"]
    versions: list[str] = []
    for number, document in enumerate(documents, 1):
        author.call("POST", import_path(author.workspace, draft=integration), document)
        versions.append(_published(author, integration, f"{number}.0.0"))
    return _open(author, integration, versions, VARIABLES)


async def generated(connection: Any, author: Caller, name: str, members: int) -> Package:
    """A package of so many functions, each with a definition of its own of 2 kB, all cloned."""
    manifest = _manifest(await make_entities(connection, author.workspace_id, name, members))
    body = {"workspaceId": author.workspace, "slug": name, "name": name, "manifest": manifest}
    integration: str = author.call("POST", "/api/integrations", body).json["id"]
    return _open(author, integration, [_published(author, integration, "1.0.0")], {})


async def generated_versions(connection: Any, author: Caller) -> Package:
    """A package of three functions whose second version changes one, removes one and adds one."""
    first, second, third, fourth = await make_entities(connection, author.workspace_id, "small", 4)
    body = {
        "workspaceId": author.workspace,
        "slug": "small",
        "name": "small",
        "manifest": _manifest([first, second, third]),
    }
    integration: str = author.call("POST", "/api/integrations", body).json["id"]
    versions = [_published(author, integration, "1.0.0")]
    author.call("PATCH", f"/api/entities/fun_{first[0]}", {"definition": {"changed": True}})
    author.call("PATCH", f"/api/integrations/{integration}", {"manifest": _manifest([first, third, fourth])})
    versions.append(_published(author, integration, "2.0.0"))
    return _open(author, integration, versions, {})


def _manifest(entities: list[tuple[Id, str]]) -> dict[str, Any]:
    return {
        "members": [
            {"slug": slug, "entityId": f"fun_{entity_id}", "kind": "function", "forkOnInstall": True}
            for entity_id, slug in entities
        ]
    }


def _published(author: Caller, integration: str, version: str) -> str:
    return author.call("POST", f"/api/integrations/{integration}/publish", {"version": version}).json["id"]


def _open(author: Caller, integration: str, versions: list[str], variables: dict[str, str]) -> Package:
    author.call("POST", f"/api/integrations/{integration}/visibility", {"visibility": "unlisted"})
    members = author.call("GET", f"/api/integrations/{integration}/members").json["members"]
    return Package(integration, tuple(versions), len(members), variables)


async def make_entities(connection: Any, workspace_id: Id, name: str, count: int) -> list[tuple[Id, str]]:
    """Functions of the workspace, as ids and slugs."""
    found = await connection.fetch(
        """with made as (
             insert into entities (id, workspace_id, version_id, created_by, created_at, updated_at, kind, slug, name,
               definition, refs, size)
             select uuidv7(), $1, uuidv7(), $5, $4, $4, 'function', $2 || '-' || g, $2 || ' ' || g, d.text::json, '{}',
               octet_length(d.text)
             from generate_series(1, $3::int) g cross join lateral (
               select json_build_object('number', g, 'text', repeat(md5($2 || g), $6))::text as text) d
             returning id, workspace_id, version_id, definition, refs, slug, created_at, size),
           versions as (
             insert into entity_versions (id, workspace_id, entity_id, definition, refs, created_at, size)
             select version_id, workspace_id, id, definition, refs, created_at, size from made returning id)
           select id, slug from made order by id""",
        workspace_id,
        name,
        count,
        clock.now(),
        await make_user(connection),
        _DEFINITION_BYTES // 32,
    )
    return [(row["id"], row["slug"]) for row in found]


def entity_paths(caller: Caller, limit: int) -> list[str]:
    """The addresses of the newest entities of the caller's workspace."""
    path = f"/api/entities?workspace_id={caller.workspace}&source=workspace&limit={limit}"
    return [f"/api/entities/{entity['id']}" for entity in caller.call("GET", path).json["data"]]
