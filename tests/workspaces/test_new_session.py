"""A new session for whoever owns the database and has lost the token."""

import pytest

from graft import clock
from graft.auth.secrets import derive
from graft.db.connection import Database
from graft.errors import Conflict, Invalid
from graft.workspaces.bootstrap import bootstrap
from graft.workspaces.new_session import NewSession, new_session
from tests.support.client import As
from tests.support.database import opened
from tests.support.factories.workspaces import SECRET
from tests.support.world import World, running


async def _session(database: Database, email: str | None = None) -> NewSession:
    return await new_session(database, derive(SECRET), email=email, name="graft token", now=clock.now())


async def _first_admin(database: Database) -> str:
    made = await bootstrap(
        database,
        derive(SECRET),
        email="ada@example.com",
        name="Ada",
        workspace_slug="acme",
        workspace_name="Acme",
        now=clock.now(),
    )
    return f"usr_{made.user_id}"


async def test_it_is_a_platform_admin_and_stands_among_the_keys(world: World, database_url: str, app_role: str):
    async with opened(database_url, role=app_role) as database:
        ada, made = await _first_admin(database), await _session(database)
    admin = As(world, made.token)
    assert (await admin.post("/api/users", {"email": "bea@example.com", "name": "Bea"})).status == 201
    key = (await admin.get(f"/api/api-keys/apikey_{made.key_id}")).json
    assert (key["name"], key["userId"], key["kind"]) == ("graft token", ada, "session")
    assert (await admin.delete(f"/api/api-keys/apikey_{made.key_id}")).status == 200
    assert (await admin.get("/api/users")).status == 401


async def test_it_is_of_the_admin_who_is_named(database_url: str, app_role: str):
    async with running(database_url, app_role) as world, opened(database_url, role=app_role) as database:
        await _first_admin(database)
        bea = await world.user("bea", platform_admin=True)
        eve = await world.user("eve")
        assert (await _session(database)).email == "ada@example.com"
        email = f"BEA-{bea.removeprefix('usr_')}@example.com"
        assert (await _session(database, email)).user_id == bea.removeprefix("usr_")
        for address in (f"eve-{eve.removeprefix('usr_')}@example.com", "nobody@example.com"):
            with pytest.raises(Invalid, match="No platform admin has the address"):
                await _session(database, address)


async def test_nobody_is_made_for_it(database_url: str, app_role: str):
    async with opened(database_url, role=app_role) as database:
        with pytest.raises(Conflict, match="graft bootstrap"):
            await _session(database)
