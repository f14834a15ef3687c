"""The first platform admin and the first workspace."""

import asyncio

import pytest

from graft import clock
from graft.auth.secrets import derive
from graft.db.connection import Database
from graft.errors import Conflict, Invalid
from graft.workspaces.bootstrap import Bootstrapped, bootstrap
from tests.support.client import As
from tests.support.database import opened
from tests.support.factories.workspaces import SECRET
from tests.support.world import World


async def _bootstrap(database: Database, slug: str = "acme") -> Bootstrapped:
    return await bootstrap(
        database,
        derive(SECRET),
        email="ada@example.com",
        name="Ada",
        workspace_slug=slug,
        workspace_name="Acme",
        now=clock.now(),
    )


async def test_the_two_tokens_are_a_platform_admin_and_an_admin_of_the_workspace(
    world: World, database_url: str, app_role: str
):
    async with opened(database_url, role=app_role) as database:
        made = await _bootstrap(database)
    admin, key = As(world, made.session_token), As(world, made.secret_token, f"wsp_{made.workspace_id}")
    me = await admin.get(f"/api/users/usr_{made.user_id}")
    assert (me.json["platformAdmin"], me.json["email"]) == (True, "ada@example.com")
    members = (await key.get("/api/workspace-members")).json["data"]
    assert [(row["userId"], row["tier"]) for row in members] == [(me.json["id"], "admin")]
    assert (await key.patch(f"/api/workspaces/{key.workspace_id}", {"name": "New"})).status == 200
    body = {"workspaceId": key.workspace_id, "slug": "demo", "name": "Demo"}
    assert (await key.post("/api/integrations", body)).json["publisher"] == "acme"
    assert (await admin.post("/api/users", {"email": "b@example.com", "name": "B"})).status == 201
    types = [event["type"] for event in (await key.get("/api/events")).json["data"]]
    assert types[-2:] == ["api_key.created", "workspace.created"]


async def test_it_is_done_once(database_url: str, app_role: str):
    async with opened(database_url, role=app_role) as database:
        await _bootstrap(database)
        with pytest.raises(Conflict) as refused:
            await _bootstrap(database, "other")
        assert refused.value.code == "already-bootstrapped"


async def test_of_many_at_once_one_succeeds(database_url: str, app_role: str):
    async with opened(database_url, role=app_role, size=8) as database:
        outcomes = await asyncio.gather(
            *(_bootstrap(database, f"acme{number}") for number in range(8)), return_exceptions=True
        )
        assert sum(isinstance(outcome, Bootstrapped) for outcome in outcomes) == 1
        assert {outcome.code for outcome in outcomes if isinstance(outcome, Conflict)} == {"already-bootstrapped"}
        async with database.reading() as db:
            assert await db.value("select count(*) from workspaces") == 1
            assert await db.value("select count(*) from users") == 1


async def test_wrong_arguments_are_named_and_leave_nothing(database_url: str, app_role: str):
    async with opened(database_url, role=app_role) as database:
        with pytest.raises(Invalid) as refused:
            await bootstrap(
                database,
                derive(SECRET),
                email="nobody",
                name="",
                workspace_slug="Not A Slug",
                workspace_name="Acme",
                now=clock.now(),
            )
        assert {problem.pointer for problem in refused.value.problems} == {"/email", "/name", "/workspace_slug"}
        assert isinstance(await _bootstrap(database), Bootstrapped)
