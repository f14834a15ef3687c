"""Calls that give or take rights cannot cross with what takes the caller's own: one of the two comes first."""

import asyncio

import asyncpg
import pytest

from graft.app import ENDPOINTS
from graft.web.endpoint import Endpoint
from tests.support.client import As
from tests.support.database import connected
from tests.support.factories.integrations import integration
from tests.support.four import filled
from tests.support.scene import BODIES, scene_of
from tests.support.world import World

pytestmark = pytest.mark.slow

CALLS = [call for call in ENDPOINTS if call.changes_callers]
WAITING = "select true from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' limit 1"


async def _until_one_waits(database_url: str, task: asyncio.Task[object]) -> None:
    async with connected(database_url) as looking:
        while not await looking.fetchval(WAITING):
            if task.done():
                break
            await asyncio.sleep(0.01)


async def _ask(caller: As, call: Endpoint, scene: dict[str, str]) -> int:
    path = call.path.replace("{id}", scene.get(call.path.split("/")[2], ""))
    return (await caller(call.method, path, filled(BODIES.get(f"{call.method} {call.path}"), scene))).status


def test_what_gives_rights_is_marked():
    paths = {call.path.split("/")[2] for call in CALLS}
    assert paths == {"workspaces", "workspace-members", "users", "publishers", "api-keys", "permissions"}
    assert {call.method for call in CALLS} == {"POST", "PATCH", "DELETE"}


async def _crossing(world: World, database_url: str, caller: As, taken: str, scene: dict[str, str]) -> dict[str, int]:
    """What each call is answered that begins while `taken` is not committed yet; everything else is rolled back."""
    told: dict[str, int] = {}
    for call in CALLS:
        # the caller is known to the process, which does not help it
        assert (await caller.get("/api/workspaces")).status == 200
        transaction = world.owner.transaction()
        await transaction.start()
        await world.owner.execute(taken)
        asked = asyncio.create_task(_ask(caller, call, scene))
        await _until_one_waits(database_url, asked)
        # who lacks what the call needs is refused as it comes
        assert not asked.done() or (call.needs is not None and (await asked) in {403, 404}), call
        await transaction.commit()
        told[f"{call.method} {call.path}"] = await asked
        await _restored(world.owner)
        world.callers.forget()
    return told


async def _restored(owner: asyncpg.Connection) -> None:
    for table in ("api_keys", "workspace_members", "users"):
        await owner.execute(f"update {table} set deleted_at = null where deleted_at is not null")
    await owner.execute("update users set platform_admin = true where name = 'boss'")


async def test_a_key_that_is_being_revoked_does_nothing(world: World, database_url: str):
    alpha = await world.workspace("alpha")
    scene = await scene_of(world, alpha)
    key = await world.key(alpha.workspace_id)
    taken = (
        "update api_keys set deleted_at = now() where id = (select id from api_keys order by created_at desc limit 1)"
    )
    told = await _crossing(world, database_url, key, taken, scene)
    assert {name for name, status in told.items() if status == 401} >= {
        "POST /api/api-keys", "POST /api/workspace-members", "POST /api/permissions", "PATCH /api/workspaces/{id}"
    }  # fmt: skip
    assert set(told.values()) <= {401, 403}


async def test_a_member_who_is_being_removed_gives_nothing(world: World, database_url: str):
    alpha = await world.workspace("alpha")
    scene = await scene_of(world, alpha)
    user_id = await world.user("able")
    await world.member(alpha.workspace_id, user_id, "admin")
    session = await world.session(user_id)
    taken = f"update workspace_members set deleted_at = now() where user_id = '{await _uuid(world, user_id)}'"
    told = await _crossing(world, database_url, session, taken, scene)
    # an id in a body that the caller does not see is 400; any user makes a workspace
    assert {name: status for name, status in told.items() if status not in {400, 403, 404}} == {
        "POST /api/workspaces": 201
    }


async def test_a_platform_admin_who_is_being_demoted_gives_nothing(world: World, database_url: str):
    alpha = await world.workspace("alpha")
    scene = await scene_of(world, alpha)
    user_id = await world.user("boss", platform_admin=True)
    session = await world.session(user_id)
    uuid = await _uuid(world, user_id)
    taken = f"update users set platform_admin = false where id = '{uuid}'"
    told = await _crossing(world, database_url, session, taken, scene)
    assert {name: status for name, status in told.items() if status not in {400, 403, 404}} == {
        "POST /api/workspaces": 201
    }


async def _uuid(world: World, user_id: str) -> str:
    return str(await world.owner.fetchval("select id::text from users where id = $1", user_id.removeprefix("usr_")))


async def test_a_grant_that_is_being_taken_gives_nothing(world: World, database_url: str):
    alpha = await world.workspace("alpha")
    draft, friend, third = await integration(alpha), await world.user("friend"), await world.user("third")
    await world.grant(draft["id"], friend, "admin", alpha.workspace_id)
    session = await world.session(friend)
    transaction = world.owner.transaction()
    await transaction.start()
    await world.owner.execute("update permissions set deleted_at = now()")
    body = {"entityId": draft["id"], "subjectId": third, "tier": "admin"}
    asked = asyncio.create_task(session.post("/api/permissions", body))
    await _until_one_waits(database_url, asked)
    assert not asked.done()
    await transaction.commit()
    reply = await asked
    assert (reply.status, reply.problems) == (400, {("/entityId", "unknown-object")})
