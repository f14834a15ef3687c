"""An event is seen by who may see its subject; what concerns access, by admins, and what concerns users, by the platform's."""

import re

import pytest

from graft.events.listing import SEEN_FROM
from tests.docs.doc_examples import DOCS
from tests.support.client import As
from tests.support.scene import scene_of
from tests.support.world import World

PATH, PLATFORM = "/api/events", "/api/platform-events"
# type → prefix of its subject, as the page says
TYPES = dict(
    re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \| `(\w+)_` \|", (DOCS / "events.md").read_text("utf-8"), re.MULTILINE)
)


def test_the_table_is_by_type():
    """A type is an admin's by its first word, whatever happened, and no other type has a subject of that prefix."""
    admins = {name.partition(".")[0] for name, prefix in TYPES.items() if prefix in SEEN_FROM}
    assert admins == {"permission", "api_key", "workspace_member", "auth_state", "session"}
    for name, prefix in TYPES.items():
        assert (name.partition(".")[0] in admins) == (prefix in SEEN_FROM), name


async def _types(caller: As) -> set[str]:
    return {row["type"] for row in (await caller.get(PATH, limit=100)).json["data"]}


@pytest.mark.parametrize("tier", ["viewer", "editor"])
async def test_below_admin_nobody_reads_what_concerns_access(tier: str, world: World):
    alpha = await world.workspace("alpha")
    await scene_of(world, alpha)
    lower = await world.key(alpha.workspace_id, tier)
    seen, all_types = await _types(lower), await _types(alpha)
    hidden = {"permission", "api_key", "workspace_member", "auth_state"}
    assert all_types - seen == {name for name in all_types if name.partition(".")[0] in hidden} != set()
    for row in (await alpha.get(PATH, limit=100)).json["data"]:
        one = await lower.get(f"{PATH}/{row['id']}")
        assert one.status == (200 if row["type"] in seen else 404)
    # neither do totals, nor a filter that names them
    page = (await lower.get(PATH, type="permission.created")).json
    assert (page["data"], page["pageInfo"]["total"]) == ([], 0)


async def test_a_session_reads_of_each_workspace_what_its_tier_there_shows(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    user_id = await world.user("able")
    await world.member(alpha.workspace_id, user_id, "admin")
    await world.member(beta.workspace_id, user_id, "editor")
    for workspace in (alpha, beta):
        body = {"kind": "secret", "workspaceId": workspace.workspace_id, "tier": "viewer", "name": "k"}
        assert (await workspace.post("/api/api-keys", body)).status == 201
    session = await world.session(user_id)
    rows = (await session.get(PATH, type="api_key.created")).json["data"]
    assert [row["workspaceId"] for row in rows] == [alpha.workspace_id]


async def test_the_platforms_log_has_users_and_sessions_and_is_read_by_platform_admins(world: World):
    admin, alpha = await world.platform_admin(), await world.workspace("alpha")
    made = (await admin.post("/api/users", {"email": "a@example.com", "name": "A", "platformAdmin": True})).json
    await admin.patch(f"/api/users/{made['id']}", {"platformAdmin": False})
    session = (await admin.post("/api/api-keys", {"kind": "session", "userId": made["id"], "name": "k"})).json
    await admin.patch(f"/api/api-keys/{session['id']}", {"name": "laptop"})
    await admin.delete(f"/api/api-keys/{session['id']}")
    await admin.post("/api/api-keys", {"kind": "session", "userId": made["id"], "name": "k"})
    await admin.delete(f"/api/users/{made['id']}")
    rows = (await admin.get(PLATFORM)).json["data"]
    assert [(row["type"], row["data"]) for row in rows] == [
        ("user.deleted", {"sessions": 1}),
        ("session.created", {"userId": made["id"]}),
        ("session.deleted", {"userId": made["id"]}),
        ("session.updated", {"fields": ["name"]}),
        ("session.created", {"userId": made["id"]}),
        ("user.updated", {"fields": ["platform_admin"], "platformAdmin": False}),
        ("user.created", {"platformAdmin": True}),
    ]
    assert {row["actorId"] for row in rows} == {(await admin.get("/api/me")).json["user"]["id"]}
    for caller in (alpha, await world.session(await world.user("other"))):
        assert (await caller.get(PLATFORM)).json["data"] == []
        assert (await caller.get(f"{PLATFORM}/{rows[0]['id']}")).status == 404
    assert (await admin.get(f"{PLATFORM}/{rows[0]['id']}")).json == rows[0]
    assert [row["type"] for row in (await admin.get(PLATFORM, type="user.created")).json["data"]] == ["user.created"]
