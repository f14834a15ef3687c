"""A draft is composed without a connection or a lock; it is published as it is when the publish gets its lock."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from tests.support.database import connected
from tests.support.factories.entities import entity
from tests.support.factories.integrations import integration, manifest_member
from tests.support.world import World, running

pytestmark = pytest.mark.slow

WAITING = "select count(*) from pg_stat_activity where application_name = 'graft' and wait_event_type = 'Lock'"


@asynccontextmanager
async def publish_that_waits(
    world: World, path: str, author: Any, url: str
) -> AsyncGenerator[tuple[asyncpg.Connection, asyncio.Task[Any]]]:
    """A publish of 1.0.0 that has composed its version and waits for the row, which the connection holds."""
    async with connected(url) as other, other.transaction():
        await other.execute("select 1 from integrations for update")
        asked = asyncio.create_task(author.post(f"{path}/publish", {"version": "1.0.0"}))
        async with asyncio.timeout(30):
            while (await world.values(WAITING))[0] == 0:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        yield other, asked


@pytest.mark.one_server
async def test_a_draft_that_changes_meanwhile_is_composed_again(world: World, database_url: str):
    author = await world.workspace("author")
    made = await entity(author, "function", "f", {"v": 1})
    draft = await integration(author, manifest={"members": []})
    path = f"/api/integrations/{draft['id']}"
    async with publish_that_waits(world, path, author, database_url) as (other, asked):
        await other.execute(
            "update integrations set manifest = $1::text::json",
            f'{{"members": [{{"slug": "f", "entityId": "{made["id"]}", "kind": "function"}}]}}',
        )
    reply = await asked
    assert reply.status == 201, reply.json
    assert [member["slug"] for member in reply.json["manifestSnapshot"]["members"]] == ["f"]
    assert await world.values("select count(*) from version_members") == (1,)


@pytest.mark.one_server
async def test_a_draft_that_breaks_meanwhile_is_refused_and_nothing_is_stored(world: World, database_url: str):
    author = await world.workspace("author")
    draft = await integration(author, manifest={"members": []})
    path = f"/api/integrations/{draft['id']}"
    async with publish_that_waits(world, path, author, database_url) as (other, asked):
        await other.execute(
            "update integrations set manifest = $1::text::json",
            '{"members": [{"slug": "f", "entityId": "fun_01m8709nrhedsbttsfrbf58k4s", "kind": "function"}]}',
        )
    assert (await asked).status == 400
    assert await world.values("select count(*) from integration_versions") == (0,)
    assert await world.values("select count(*) from burnt_versions") == (0,)


@pytest.mark.one_server
async def test_one_that_is_deleted_meanwhile_is_not_published(world: World, database_url: str):
    author = await world.workspace("author")
    draft = await integration(author)
    path = f"/api/integrations/{draft['id']}"
    async with publish_that_waits(world, path, author, database_url) as (other, asked):
        await other.execute("update integrations set deleted_at = now(), retention_tier = 'short'")
    reply = await asked
    assert (reply.status, reply.code) == (409, "deleted")


async def test_while_it_waits_to_compose_it_holds_neither_connection_nor_lock(database_url: str, app_role: str):
    async with running(database_url, app_role, pool_size=1) as world:
        author = await world.workspace("author")
        made = await entity(author, "function", "f", {"v": 1})
        draft = await integration(author, manifest={"members": [manifest_member(made)]})
        path = f"/api/integrations/{draft['id']}"
        state = world.app.state
        workspace_id = author.workspace_id.partition("_")[2]
        async with state.process.drafts.turn(workspace_id):
            shown = asyncio.create_task(author.get(f"{path}/members", draft="true"))
            asked = [
                asyncio.create_task(author.post(f"{path}/publish", {"version": f"{number}.0.0"})) for number in (1, 2)
            ]
            async with asyncio.timeout(30):
                while state.process.drafts._waiting < 3:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            assert (await author.patch(path, {"name": "New"})).status == 200
            assert not any(one.done() for one in asked)
        assert [member["slug"] for member in (await shown).json["members"]] == ["f"]
        assert [(await one).status for one in asked] == [201, 201]
        assert (await author.get(path)).json["currentVersion"] == "2.0.0"
