"""Who calls, as the caller is told."""

import pytest

from tests.support.world import World

PATH = "/api/me"


async def test_a_session_is_its_user_with_a_tier_in_each_workspace(world: World):
    beta, alpha = await world.workspace("beta"), await world.workspace("alpha")
    user_id = await world.user("able")
    await world.member(alpha.workspace_id, user_id, "viewer")
    await world.member(beta.workspace_id, user_id, "admin")
    session = await world.session(user_id)
    told = (await session.get(PATH)).json
    assert (told["kind"], told["platformAdmin"], told["workspacesLeftOut"]) == ("session", False, 0)
    assert (told["user"]["id"], told["user"]["name"]) == (user_id, "able")
    assert told["user"]["email"].startswith("able-")
    assert [(row["id"], row["slug"], row["tier"]) for row in told["workspaces"]] == [
        (alpha.workspace_id, "alpha", "viewer"),
        (beta.workspace_id, "beta", "admin"),
    ]
    [own] = (await session.get("/api/api-keys", kind="session")).json["data"]
    assert told["token"] == {"id": own["id"], "name": "a key", "expiresAt": None}


@pytest.mark.parametrize("tier", ["viewer", "editor", "admin"])
async def test_a_key_is_its_workspace_and_nobody(tier: str, world: World):
    alpha = await world.workspace("alpha", tier)
    told = (await alpha.get(PATH)).json
    assert (told["kind"], told["user"], told["platformAdmin"]) == ("secret", None, False)
    assert [(row["id"], row["tier"]) for row in told["workspaces"]] == [(alpha.workspace_id, tier)]


async def test_a_platform_admin_is_told_so_and_has_no_workspace_by_that(world: World):
    await world.workspace("alpha")
    told = (await (await world.platform_admin()).get(PATH)).json
    assert (told["platformAdmin"], told["workspaces"]) == (True, [])


async def test_a_deleted_workspace_is_none_of_the_caller(world: World):
    alpha = await world.workspace("alpha")
    user_id = await world.user("able")
    await world.member(alpha.workspace_id, user_id, "admin")
    session = await world.session(user_id)
    assert (await session.delete(f"/api/workspaces/{alpha.workspace_id}")).status == 200
    assert (await session.get(PATH)).json["workspaces"] == []


async def test_a_publishable_key_is_told_nothing(world: World):
    alpha = await world.workspace("alpha")
    assert (await (await world.key(alpha.workspace_id, kind="publishable")).get(PATH)).status == 403
