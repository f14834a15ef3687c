"""What holds when several callers change the same at once: real connections, one application."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed
from tests.support.factories.integrations import manifest_member, offered, published
from tests.support.world import World, running

pytestmark = pytest.mark.slow


async def _greeting(world: World, **flags: Any) -> tuple[As, dict[str, Any], dict[str, Any]]:
    """An author, its function, and an integration of that which everybody may install."""
    author = await world.workspace("author")
    function = await entity(author, "function", "greet", {"text": "hello"})
    return author, function, await offered(author, "demo", [manifest_member(function, required=True, **flags)])


async def test_one_version_string_is_published_once(database_url: str, app_role: str):
    async with running(database_url, app_role, pool_size=16) as world:
        author, _, made = await _greeting(world)
        path = f"/api/integrations/{made['id']}/publish"
        replies = await asyncio.gather(*(author.post(path, {"version": "2.0.0"}) for _ in range(64)))
        assert Counter(reply.status for reply in replies) == {201: 1, 409: 63}
        assert {reply.code for reply in replies if reply.status == 409} == {"version-exists"}


async def test_a_workspace_installs_an_integration_once(database_url: str, app_role: str):
    async with running(database_url, app_role, pool_size=16) as world:
        _, _, made = await _greeting(world)
        user = await world.workspace("user")
        path, body = f"/api/integrations/{made['id']}/install", {"workspaceId": user.workspace_id}
        replies = await asyncio.gather(*(user.post(path, body) for _ in range(16)))
        assert Counter(reply.status for reply in replies) == {201: 1, 409: 15}
        assert {reply.code for reply in replies if reply.status == 409} == {"already-installed"}


async def test_an_edit_beside_an_upgrade_is_never_lost(database_url: str, app_role: str):
    async with running(database_url, app_role, pool_size=16) as world:
        author, function, made = await _greeting(world, forkOnInstall=True)
        for number in range(2, 14):
            user = await world.workspace(f"user-{number}")
            install = await installed(user, made["id"])
            clone = (await user.get(f"/api/integration-installs/{install['id']}/members")).json["members"][0]
            await author.patch(f"/api/entities/{function['id']}", {"definition": {"text": f"hello {number}"}})
            await published(author, made["id"], f"{number}.0.0")
            edited, upgraded, _ = await asyncio.gather(
                user.patch(f"/api/entities/{clone['entityId']}", {"definition": {"text": "mine"}}),
                user.post(f"/api/integration-installs/{install['id']}/upgrade"),
                user.post(f"/api/integration-members/{clone['id']}/detach", {"detached": number % 2 == 0}),
            )
            assert (edited.status, upgraded.status) == (200, 200)
            now = (await user.get(f"/api/entities/{clone['entityId']}")).json
            if number % 2 == 0:  # nobody handed the clone back
                assert now["definition"] == {"text": "mine"}
            assert now["definition"] in ({"text": "mine"}, {"text": f"hello {number}"})


async def test_upgrades_at_the_same_time_do_the_work_once(database_url: str, app_role: str):
    async with running(database_url, app_role, pool_size=16) as world:
        author, function, made = await _greeting(world, forkOnInstall=True)
        user = await world.workspace("user")
        install = await installed(user, made["id"])
        await author.patch(f"/api/entities/{function['id']}", {"definition": {"text": "new"}})
        await published(author, made["id"], "2.0.0")
        path = f"/api/integration-installs/{install['id']}/upgrade"
        replies = await asyncio.gather(*(user.post(path) for _ in range(12)))
        assert Counter(tuple(reply.json["updated"]) for reply in replies) == {("greet",): 1, (): 11}


async def test_nothing_installs_a_deleted_integration(database_url: str, app_role: str):
    async with running(database_url, app_role, pool_size=16) as world:
        author, _, made = await _greeting(world)
        users = [await world.workspace(f"user-{number}") for number in range(12)]
        path = f"/api/integrations/{made['id']}"
        bodies = [{"workspaceId": user.workspace_id} for user in users]
        *installs, deleted = await asyncio.gather(
            *(user.post(path + "/install", body) for user, body in zip(users, bodies, strict=True)), author.delete(path)
        )
        assert deleted.status == 200
        assert {reply.status for reply in installs} <= {201, 404}
        late = await users[0].post(path + "/install", bodies[0])
        assert late.status in {404, 409}
        rows = await world.owner.fetchval("select count(*) from installs")
        assert rows == sum(reply.status == 201 for reply in installs)


async def test_a_purge_beside_installs_leaves_no_install_without_its_version(database_url: str, app_role: str):
    async with running(database_url, app_role, pool_size=16) as world:
        author, _, made = await _greeting(world)
        users = [await world.workspace(f"user-{number}") for number in range(8)]
        path = f"/api/integrations/{made['id']}"
        bodies = [{"workspaceId": user.workspace_id} for user in users]

        async def remove() -> None:
            await author.delete(path)
            await author.delete(path + "/purge")

        await asyncio.gather(
            remove(), *(user.post(path + "/install", body) for user, body in zip(users, bodies, strict=True))
        )
        lost = await world.owner.fetchval(
            "select count(*) from installs i where i.version_id not in (select v.id from integration_versions v)"
        )
        assert lost == 0
