"""The table of docs/api.md, and a tour through all calls with callers of the tier that it names."""

import re
from typing import Any, NamedTuple

from doc_examples import DOCS

from support.four import filled
from support.world import As, World, entity, installed, integration, manifest_member, members_of, published

PAGE = (DOCS / "api.md").read_text("utf-8")


class Row(NamedTuple):
    """One call of the page; `who` is its second column."""

    method: str
    path: str
    who: str
    status: int
    codes: tuple[str, ...]

    @property
    def need(self) -> str:
        """What the column begins with: a tier, `platform admin`, `everybody` or a word of its own."""
        found = re.match(r"viewer|editor|admin|platform admin|everybody|a session|oneself|as in the list", self.who)
        assert found is not None, self.who
        return found[0]


ROWS = [
    Row(method, path, who, int(status), tuple(re.findall(r"`([a-z-]+)`", codes)))
    for method, path, who, status, codes in re.findall(
        r"^\| `([A-Z]+) (/api/\S+)` \| (.+?) \| (\d+) \| (.+?) \|$", PAGE, re.MULTILINE
    )
]
BODIES: dict[str, Any] = {
    "POST /api/integrations": {"workspaceId": "<workspace>", "slug": "other", "name": "x"},
    "PATCH /api/integrations/{id}": {"name": "x"},
    "POST /api/integrations/{id}/visibility": {"visibility": "private"},
    "POST /api/integrations/{id}/review": {"approve": True, "reason": "x"},
    "POST /api/integrations/{id}/publish": {"version": "2.0.0"},
    "POST /api/integrations/{id}/install": {"workspaceId": "<workspace>"},
    "POST /api/integration-members/{id}/detach": {"detached": True},
    "POST /api/entities": {"workspaceId": "<workspace>", "kind": "function", "slug": "x", "name": "x", "definition": {}},
    "PATCH /api/entities/{id}": {"name": "x"},
    "POST /api/workspaces": {"slug": "third", "name": "x"},
    "PATCH /api/workspaces/{id}": {"name": "x"},
    "POST /api/workspace-members": {"workspaceId": "<workspace>", "email": "<email>", "tier": "viewer"},
    "PATCH /api/workspace-members/{id}": {"tier": "editor"},
    "POST /api/users": {"email": "a@example.com", "name": "x"},
    "PATCH /api/users/{id}": {"email": "b@example.com"},
    "POST /api/publishers": {"workspaceId": "<workspace>", "name": "further"},
    "POST /api/api-keys": {"kind": "secret", "workspaceId": "<workspace>", "tier": "viewer", "name": "x"},
    "PATCH /api/api-keys/{id}": {"name": "x"},
    "POST /api/auth-states": {
        "workspaceId": "<workspace>", "name": "x", "type": "api_key", "credentials": {"apiKey": "secret"}
    },
    "PATCH /api/auth-states/{id}": {"name": "x"},
    "POST /api/permissions": {"entityId": "<integrations>", "subjectId": None, "tier": "viewer"},
    "PATCH /api/permissions/{id}": {"tier": "editor"},
}  # fmt: skip
# What ends an object, brings it back and ends it for ever; an install comes before what it names.
ENDS = ("DELETE", "POST/restore", "DELETE", "DELETE/purge")
ENDING = (
    "permissions", "integration-installs", "integrations", "entities", "auth-states", "api-keys", "publishers",
    "workspace-members", "users", "workspaces",
)  # fmt: skip


async def tour(world: World, alpha: As, scene: dict[str, str]) -> None:
    """Each call that leaves the scene as it is, but for its own change."""
    for row in [row for row in ROWS if row.method != "DELETE" and not row.path.endswith(("/restore", "/purge"))]:
        await done(world, row, scene, alpha)


async def last_tour(world: World, alpha: As, scene: dict[str, str]) -> None:
    """Each call that ends an object or brings it back."""
    for name in ENDING:
        rows = {row.method + row.path.partition("{id}")[2]: row for row in ROWS if row.path.startswith(f"/api/{name}/")}
        for end in ENDS if "POST/restore" in rows else ENDS[:1]:
            if end in rows:
                await done(world, rows[end], scene, alpha)


async def scene_of(world: World, alpha: As) -> dict[str, str]:
    """An object of each kind in a workspace, by the first part of the path that names it."""
    admin = await world.platform_admin()
    user = await world.user("member")
    user_of_no_workspace = await world.user("stranger")
    await world.member(alpha.workspace_id, user, "viewer")
    await world.member(alpha.workspace_id, await world.user("boss"), "admin")
    function = await entity(alpha, "function", "greet")
    spare = await entity(alpha, "function", "spare")
    manifest = {
        "members": [manifest_member(function, required=True, forkOnInstall=True)],
        "allowMultipleInstalls": True,
    }
    draft = await integration(alpha, "demo", manifest=manifest)
    version = await published(alpha, draft["id"])
    assert (await alpha.post(f"/api/integrations/{draft['id']}/visibility", {"visibility": "public"})).status == 200
    install = await installed(alpha, draft["id"])
    grant = {"entityId": draft["id"], "subjectId": user, "tier": "viewer"}
    made = {
        "permissions": await alpha.post("/api/permissions", grant),
        "auth-states": await alpha.post(
            "/api/auth-states", filled(BODIES["POST /api/auth-states"], {"workspace": alpha.workspace_id})
        ),
        "api-keys": await alpha.post(
            "/api/api-keys", {"kind": "secret", "workspaceId": alpha.workspace_id, "tier": "viewer", "name": "k"}
        ),
        "publishers": await admin.post(
            "/api/publishers", {"workspaceId": alpha.workspace_id, "name": f"further-{alpha.workspace_id[-8:]}"}
        ),
    }
    [membership] = (await alpha.get("/api/workspace-members", user_id=user)).json["data"]
    found = await admin.get(f"/api/users/{user_of_no_workspace}")
    return {name: reply.json["id"] for name, reply in made.items()} | {
        "workspace": alpha.workspace_id,
        "workspaces": alpha.workspace_id,
        "users": user,
        "email": found.json["email"],
        "workspace-members": membership["id"],
        "integrations": draft["id"],
        "integration-versions": version["id"],
        "integration-installs": install["id"],
        "integration-members": (await members_of(alpha, install))["greet"]["id"],
        "solutions": install["solutionId"],
        "entities": spare["id"],
        "events": (await alpha.get("/api/events", limit=1)).json["data"][0]["id"],
    }


def asked_of(row: Row, scene: dict[str, str]) -> tuple[Any, ...]:
    name = row.path.split("/")[2]
    call = f"{row.method} {row.path}"
    path = row.path.replace("{id}", scene.get(name, ""))
    if row.path == "/api/entities/import-openapi":
        path += f"?workspaceId={scene['workspace']}"
    return row.method, path, filled(BODIES.get(call), scene)


async def done(world: World, row: Row, scene: dict[str, str], alpha: As) -> None:
    """The tier that the table names is enough: what stands in the way may be a state, never a right."""
    if "with a session" in row.who or row.need == "a session":
        user = await world.user("able")
        await world.member(alpha.workspace_id, user, "admin")
        able = await world.session(user)
    elif row.need == "platform admin":
        able = await world.platform_admin()
    else:
        able = await world.key(alpha.workspace_id, row.need if row.need in {"viewer", "editor"} else "admin")
    if row.path.endswith("/import-openapi"):
        return
    reply = await able(*asked_of(row, scene))
    assert reply.status == row.status or (reply.status == 409 and reply.code in row.codes), (row, reply.json)
    if row.method == "GET" and "{id}" not in row.path:
        assert reply.json["data"] or row.need not in {"viewer", "everybody"}, row
