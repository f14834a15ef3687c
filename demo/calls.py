"""The calls of the main job, one a function."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec

from demo.compare import Thing
from demo.documents import VARIABLES, VARIABLES_SCHEMA
from demo.meaning import Place
from demo.verify import Entity, Lists, Member
from graft import jsontext
from graft.cli.client import Client
from graft.jsontext import Json

_SOURCE = "demo"
_MARK = {"x-note": "Edited by the workspace that installed it."}


class _Entities(msgspec.Struct, frozen=True):
    data: list[Entity]


class _Members(msgspec.Struct, frozen=True):
    members: list[Member]


class _Definition(msgspec.Struct, frozen=True):
    definition: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Party:
    """A workspace and a caller that acts in it."""

    client: Client
    workspace_id: str


@contextmanager
def new_party(admin: Client, url: str, slug: str, tier: str) -> Generator[Party]:
    """A new workspace with a secret key of this tier."""
    workspace_id = admin.call("POST", "/api/workspaces", {"slug": slug, "name": slug})["id"]
    key = {"kind": "secret", "workspaceId": workspace_id, "tier": tier, "name": "demo"}
    with Client(url, admin.call("POST", "/api/api-keys", key)["token"]) as client:
        yield Party(client, workspace_id)


def new_draft(author: Party, name: str) -> str:
    """The id of an empty draft."""
    draft = {"workspaceId": author.workspace_id, "slug": "demo", "name": name}
    return author.client.call("POST", "/api/integrations", draft)["id"]


def import_document(author: Party, draft_id: str, document: Json) -> str:
    """Import a document and make its operations the members of the draft; what came of it, in words."""
    reply = author.client.call(
        "POST",
        "/api/entities/import-openapi",
        document,
        workspaceId=author.workspace_id,
        source=_SOURCE,
        integrationId=draft_id,
        placeholders="variables",
    )
    return "\n".join(
        f"{what}: " + ", ".join(f"{count} {name}" for name, count in reply[what].items() if count)
        for what in ("operations", "schemas")
    )


def ask_for_variables(author: Party, draft_id: str) -> None:
    """Give the draft its variables and its auth config."""
    auth = {"type": "api_key", "authHeaderName": "Authorization", "authValuePrefix": "Bearer "}
    changes = {"variablesSchema": VARIABLES_SCHEMA, "authConfig": auth}
    author.client.call("PATCH", f"/api/integrations/{draft_id}", changes)


def publish(author: Party, draft_id: str, version: str) -> dict[Thing, str]:
    """Publish, and give the slugs of the version's members by what they are in the document."""
    author.client.call("POST", f"/api/integrations/{draft_id}/publish", {"version": version})
    preview = author.client.call("GET", f"/api/integrations/{draft_id}/members")["members"]
    slugs = {member["entityId"]: member["slug"] for member in preview}
    return {_thing(entity): slugs[entity.id] for entity in _entities(author) if entity.id in slugs}


def _thing(entity: Entity) -> Thing:
    if entity.kind == "schema":
        return entity.name
    definition = jsontext.decode(bytes(entity.definition))
    return Place(definition["method"], definition["path"])


def make_unlisted(author: Party, draft_id: str) -> None:
    """From now on whoever knows the id may install it."""
    author.client.call("POST", f"/api/integrations/{draft_id}/visibility", {"visibility": "unlisted"})


def install(installer: Party, draft_id: str) -> str:
    """The id of an install with both variables and a key."""
    credentials = {"apiKey": "a-key-that-nobody-accepts"}
    auth_state = {
        "workspaceId": installer.workspace_id,
        "name": "demo",
        "type": "api_key",
        "credentials": credentials,
    }
    body = {
        "workspaceId": installer.workspace_id,
        "variables": VARIABLES,
        "authStateId": installer.client.call("POST", "/api/auth-states", auth_state)["id"],
    }
    return installer.client.call("POST", f"/api/integrations/{draft_id}/install", body)["id"]


def members(installer: Party, install_id: str) -> list[Member]:
    """The members that are there now."""
    text = installer.client.text("GET", f"/api/integration-installs/{install_id}/members")
    return [member for member in msgspec.json.decode(text, type=_Members).members if member.deleted_at is None]


def edit(installer: Party, entity_id: str) -> bytes:
    """Change a clone's definition; its bytes as they read from then on."""
    define(installer, entity_id, {**jsontext.decode(definition_of(installer, entity_id)), **_MARK})
    return definition_of(installer, entity_id)


def define(party: Party, entity_id: str, definition: Json) -> None:
    """Give a clone this definition."""
    party.client.call("PATCH", f"/api/entities/{entity_id}", {"definition": definition})


def is_marked(definition: Json) -> bool:
    """Whether a definition has what `edit` writes."""
    return definition.items() >= _MARK.items()


def definition_of(party: Party, entity_id: str) -> bytes:
    """The bytes of a definition as the reply has them."""
    text = party.client.text("GET", f"/api/entities/{entity_id}")
    return bytes(msgspec.json.decode(text, type=_Definition).definition)


def upgrade(installer: Party, install_id: str) -> Lists:
    reply = installer.client.call("POST", f"/api/integration-installs/{install_id}/upgrade")
    return Lists(*(frozenset(reply[name]) for name in Lists._fields))


def clones(installer: Party) -> list[Entity]:
    """All entities of the workspace."""
    return list(_entities(installer))


def _entities(party: Party) -> Iterator[Entity]:
    for page in party.client.pages("/api/entities", workspace_id=party.workspace_id, source="workspace"):
        yield from msgspec.json.decode(page, type=_Entities).data
