"""Who may call what on installs and their members, and what it costs."""

import pytest

from support.four import Four, hold
from support.world import entity, installed, integration, manifest_member, published, running, unlisted

ONE = "/api/integration-installs/<install>"
DELETED = (("DELETE", ONE),)
CALLS = [
    Four("POST", "/api/integrations/<other>/install", "editor", 9, {"workspaceId": "<workspace>"}, 201),
    Four("GET", ONE, "viewer", 1),
    Four("GET", ONE + "/members", "viewer", 3),
    Four("POST", ONE + "/upgrade", "editor", 10),
    Four("DELETE", ONE, "editor", 9),
    Four("POST", ONE + "/restore", "editor", 11, before=DELETED),
    Four("DELETE", ONE + "/purge", "admin", 15, before=DELETED),
    Four("POST", "/api/integration-members/<member>/detach", "editor", 12, {"detached": True}),
]


@pytest.mark.parametrize("call", CALLS, ids=str)
async def test_the_four(call: Four, database_url: str, app_role: str):
    async with running(database_url, app_role) as world:
        author, user, other = [await world.workspace(slug) for slug in ("author", "user", "other")]
        function = await entity(author, "function", "greet", {"text": "one"})
        manifest = {"members": [manifest_member(function, required=True, forkOnInstall=True)]}
        drafts = [await integration(author, slug, manifest=manifest) for slug in ("demo", "second")]
        for draft in drafts:
            await published(author, draft["id"])
            await unlisted(author, draft["id"])
        install = await installed(user, drafts[0]["id"])
        members = await user.get(f"/api/integration-installs/{install['id']}/members")
        await author.patch(f"/api/entities/{function['id']}", {"definition": {"text": "two"}})
        await published(author, drafts[0]["id"], "2.0.0")
        scene = {
            "workspace": user.workspace_id,
            "other": drafts[1]["id"],
            "install": install["id"],
            "member": members.json["members"][0]["id"],
        }
        await hold(world, call, scene, user, other)
