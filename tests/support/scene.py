"""An object of each kind in one workspace, and a body for each call that takes one."""

from typing import Any

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import history_of, installed, members_of
from tests.support.factories.integrations import integration, manifest_member, published
from tests.support.four import filled
from tests.support.world import World

BODIES: dict[str, Any] = {
    "POST /api/integrations": {"workspaceId": "<workspace>", "slug": "other", "name": "x"},
    "PATCH /api/integrations/{id}": {"name": "x"},
    "POST /api/integrations/{id}/visibility": {"visibility": "private"},
    "POST /api/integrations/{id}/review": {"approve": True, "reason": "x"},
    "POST /api/integrations/{id}/publish": {"version": "2.0.0"},
    "POST /api/integrations/{id}/install": {"workspaceId": "<workspace>"},
    "POST /api/integration-versions/{id}/yank": {"reason": "It loses mail."},
    "PATCH /api/integration-installs/{id}": {"memberPolicy": "manual", "reason": "It is ours."},
    "PATCH /api/integration-members/{id}": {"heldPaths": ["/text"], "enabled": False, "reason": "It is ours."},
    "PATCH /api/integration-installs/{id}/members": {
        "members": [{"id": "<integration-members>", "heldPaths": ["/more"], "enabled": True}]
    },
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
    "POST /api/integration-installs/{id}/upgrade-plans": {},
    "POST /api/upgrade-plans": {
        "workspaceId": "<workspace>", "installs": [{"integrationInstallId": "<integration-installs>"}]
    },
    "POST /api/upgrade-plans/{id}/resolve": {"resolutions": {}},
    "POST /api/upgrade-plans/{id}/apply": {"reason": "x"},
}  # fmt: skip


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
        "upgrade-plans": await alpha.post(f"/api/integration-installs/{install['id']}/upgrade-plans"),
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
    found = await admin.patch(f"/api/users/{user_of_no_workspace}", {"name": "stranger"})
    return {name: reply.json["id"] for name, reply in made.items()} | {
        "workspace": alpha.workspace_id,
        "workspaces": alpha.workspace_id,
        "users": user,
        "email": found.json["email"],
        "workspace-members": membership["id"],
        "integrations": draft["id"],
        "integration-versions": version["id"],
        "slug": "greet",
        "integration-installs": install["id"],
        "integration-members": (await members_of(alpha, install))["greet"]["id"],
        "solutions": install["solutionId"],
        "operations": (await history_of(alpha, install))[0]["id"],
        "entities": spare["id"],
        "platform-events": (await admin.get("/api/platform-events", limit=1)).json["data"][0]["id"],
        "events": (await alpha.get("/api/events", limit=1)).json["data"][0]["id"],
    }
