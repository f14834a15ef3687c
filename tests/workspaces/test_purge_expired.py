"""What goes when its retention is over."""

from datetime import timedelta

import pytest

from graft import clock
from graft.db.sweep import Sweep
from graft.workspaces.purge_expired import Purged, purge_expired
from tests.support.client import As
from tests.support.database import opened
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed
from tests.support.factories.integrations import integration, manifest_member, published
from tests.support.world import World


async def _auth_state(caller: As) -> str:
    body = {"workspaceId": caller.workspace_id, "name": "K", "type": "api_key", "credentials": {"apiKey": "k"}}
    return (await caller.post("/api/auth-states", body)).json["id"]


async def _purge(world: World, app_role: str, database_url: str, **after: float) -> Purged:
    async with opened(database_url, role=app_role) as database:
        return await purge_expired(Sweep(database), clock.now() + timedelta(**after))


@pytest.mark.parametrize(("tier", "days"), [("short", 7), ("medium", 30), ("long", 90), ("none", None)])
async def test_a_deleted_row_stays_as_long_as_its_tier_says(
    tier: str, days: int | None, world: World, database_url: str, app_role: str
):
    alpha = await world.workspace("alpha")
    await alpha.patch(f"/api/workspaces/{alpha.workspace_id}", {"retentionTier": tier})
    gone, kept = await _auth_state(alpha), await _auth_state(alpha)
    key = (await alpha.post(
        "/api/api-keys", {"kind": "secret", "workspaceId": alpha.workspace_id, "tier": "viewer", "name": "k"}
    )).json["id"]  # fmt: skip
    await alpha.delete(f"/api/auth-states/{gone}")
    await alpha.delete(f"/api/api-keys/{key}")
    just_before = {"days": (days or 36_500), "seconds": -5}
    assert await _purge(world, app_role, database_url, **just_before) == Purged()
    expected = Purged() if days is None else Purged(auth_states=1, api_keys=1)
    assert await _purge(world, app_role, database_url, days=days or 40_000, seconds=5) == expected
    assert (await alpha.get(f"/api/auth-states/{gone}")).status == (200 if days is None else 404)
    assert (await alpha.get(f"/api/auth-states/{kept}")).status == 200
    if days is not None:
        event = (await alpha.get("/api/events", subject_id=gone)).json["data"][0]
        assert (event["type"], event["actorId"]) == ("auth_state.purged", None)


async def test_an_auth_state_keeps_the_tier_of_the_day_it_was_deleted(world: World, database_url: str, app_role: str):
    alpha = await world.workspace("alpha")
    auth_state = await _auth_state(alpha)
    await alpha.patch(f"/api/workspaces/{alpha.workspace_id}", {"retentionTier": "long"})
    await alpha.delete(f"/api/auth-states/{auth_state}")
    await alpha.patch(f"/api/workspaces/{alpha.workspace_id}", {"retentionTier": "short"})
    assert await _purge(world, app_role, database_url, days=89) == Purged()
    assert await _purge(world, app_role, database_url, days=91) == Purged(auth_states=1)


async def test_what_is_still_named_stays(world: World, database_url: str, app_role: str):
    alpha = await world.workspace("alpha")
    auth_state = await _auth_state(alpha)
    function = await entity(alpha, "function", "greet", {"text": "hello"})
    manifest = {"members": [manifest_member(function)]}
    draft = await integration(alpha, manifest=manifest, authConfig={"type": "api_key"})
    await published(alpha, draft["id"])
    install = await installed(alpha, draft["id"], authStateId=auth_state)
    # as it would be if an older release had let it go
    await world.owner.execute("update auth_states set deleted_at = now(), retention_tier = 'short'")
    assert await _purge(world, app_role, database_url, days=1000) == Purged()
    await alpha.delete(f"/api/integration-installs/{install['id']}")
    assert await _purge(world, app_role, database_url, days=1000) == Purged()
    await alpha.delete(f"/api/integration-installs/{install['id']}/purge")
    assert await _purge(world, app_role, database_url, days=1000) == Purged(auth_states=1)


async def test_grants_memberships_and_sessions_go_as_well(world: World, database_url: str, app_role: str):
    alpha, admin = await world.workspace("alpha"), await world.platform_admin()
    user_id = await world.user()
    draft = await integration(alpha)
    await world.member(alpha.workspace_id, user_id, "viewer")
    await world.session(user_id)
    grant = await alpha.post("/api/permissions", {"entityId": draft["id"], "subjectId": user_id, "tier": "viewer"})
    await alpha.delete(f"/api/permissions/{grant.json['id']}")
    await admin.delete(f"/api/users/{user_id}")
    assert await _purge(world, app_role, database_url, days=29) == Purged()
    expected = Purged(permissions=1, workspace_members=1, api_keys=1)
    assert await _purge(world, app_role, database_url, days=31) == expected
