"""What holds when an install ends, or its integration does, while somebody works with it."""

import asyncio

import pytest

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed, members_of
from tests.support.factories.integrations import manifest_member, offered, published
from tests.support.world import running

pytestmark = pytest.mark.slow

CLONED = {"required": True, "forkOnInstall": True}


async def test_an_edit_beside_an_uninstall_and_a_purge_is_refused_or_kept(database_url: str, app_role: str):
    async with running(database_url, app_role, pool_size=16) as world:
        author = await world.workspace("author")
        function = await entity(author, "function", "greet", {"text": "one"})
        draft = await offered(author, "demo", [manifest_member(function, **CLONED)])
        outcomes: set[int] = set()
        for number in range(10):
            user = await world.workspace(f"user-{number}")
            install = await installed(user, draft["id"])
            path = f"/api/integration-installs/{install['id']}"
            clone = f"/api/entities/{(await members_of(user, install))['greet']['entityId']}"

            async def end(path: str = path, user: As = user) -> None:
                assert (await user.delete(path)).status == 200
                assert (await user.delete(path + "/purge")).status == 200

            edited, _ = await asyncio.gather(user.patch(clone, {"definition": {"text": "mine"}}), end())
            outcomes.add(edited.status)
            after = await user.get(clone)
            if edited.status == 200:
                assert (after.status, after.json["definition"]) == (200, {"text": "mine"})
                assert (after.json["deletedAt"], after.json["integrationInstallId"]) == (None, None)
            else:
                assert (edited.status, after.status) in {(404, 404), (409, 404)}
        assert outcomes <= {200, 404, 409}


async def test_a_delete_beside_upgrades_lets_each_end_as_old_or_new(database_url: str, app_role: str):
    async with running(database_url, app_role, pool_size=16) as world:
        author = await world.workspace("author")
        function = await entity(author, "function", "greet", {"text": "one"})
        draft = await offered(author, "demo", [manifest_member(function, **CLONED)])
        users = [await world.workspace(f"user-{number}") for number in range(10)]
        installs = [await installed(user, draft["id"]) for user in users]
        await author.patch(f"/api/entities/{function['id']}", {"definition": {"text": "two"}})
        second = await published(author, draft["id"], "2.0.0")
        paths = [f"/api/integration-installs/{install['id']}" for install in installs]
        *upgrades, deleted = await asyncio.gather(
            *(user.post(path + "/upgrade") for user, path in zip(users, paths, strict=True)),
            author.delete(f"/api/integrations/{draft['id']}"),
        )
        assert deleted.status == 200
        for user, path, reply in zip(users, paths, upgrades, strict=True):
            has = (await user.get(path)).json["integrationVersionId"] == second["id"]
            assert (reply.status, has) in {(200, True), (409, False)}
            assert reply.status == 200 or reply.code == "integration-deleted"


async def test_a_restore_beside_an_install_leaves_one_active(database_url: str, app_role: str):
    async with running(database_url, app_role, pool_size=16) as world:
        author, user = await world.workspace("author"), await world.workspace("user")
        draft = await offered(author, "demo", [])
        install = await installed(user, draft["id"])
        path = f"/api/integration-installs/{install['id']}"
        await user.delete(path)
        body = {"workspaceId": user.workspace_id}
        replies = await asyncio.gather(
            *(user.post(path + "/restore") for _ in range(4)),
            *(user.post(f"/api/integrations/{draft['id']}/install", body) for _ in range(4)),
        )
        assert sum(reply.status in {200, 201} for reply in replies) == 1
        assert {reply.code for reply in replies if reply.status == 409} <= {"already-installed", "not-deleted"}
        assert await world.owner.fetchval("select count(*) from installs where deleted_at is null") == 1


async def test_purges_of_the_last_installs_take_the_versions_with_them(database_url: str, app_role: str):
    async with running(database_url, app_role, pool_size=16) as world:
        author = await world.workspace("author")
        function = await entity(author, "function", "greet")
        draft = await offered(author, "demo", [manifest_member(function, **CLONED)])
        users = [await world.workspace(f"user-{number}") for number in range(6)]
        paths = [f"/api/integration-installs/{(await installed(user, draft['id']))['id']}" for user in users]
        for user, path in zip(users, paths, strict=True):
            await user.delete(path)
        await author.delete(f"/api/integrations/{draft['id']}")
        assert (await author.delete(f"/api/integrations/{draft['id']}/purge")).status == 200
        replies = await asyncio.gather(*(user.delete(path + "/purge") for user, path in zip(users, paths, strict=True)))
        assert {reply.status for reply in replies} == {200}
        assert await world.owner.fetchval("select count(*) from integration_versions") == 0
