"""Graft at a standby answers what is asked and says why it takes no changes; with two addresses it follows the primary."""

import asyncio
from collections.abc import Generator

import pytest

from graft.db.migrate import MigrationError, migrate, migrations
from tests.support.client import As
from tests.support.database import connected
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed, members_of
from tests.support.factories.integrations import integration, manifest_member, offered
from tests.support.factories.workspaces import SECRET
from tests.support.processes import environment, external, free_port, graft, read_until, started
from tests.support.standby import Pair, pair
from tests.support.world import running

pytestmark = pytest.mark.slow

ROLE = "graft_app"


@pytest.fixture(scope="module")
def servers() -> Generator[Pair]:
    with pair() as found:
        asyncio.run(migrate(found.primary, app_role=ROLE))
        yield found


async def test_every_read_is_answered_by_a_standby_as_by_its_primary(servers: Pair):
    async with running(servers.primary, ROLE) as world:
        author, user = await world.workspace("author"), await world.workspace("user")
        function = await entity(author, "function", "greet", {"text": "hello"})
        draft = await offered(author, "demo", [manifest_member(function, required=True, forkOnInstall=True)])
        install = await installed(user, draft["id"])
        clone = (await members_of(user, install))["greet"]["entityId"]
        paths = [
            "/api/integrations",
            f"/api/integrations/{draft['id']}",
            f"/api/integrations/{draft['id']}/members",
            "/api/integration-versions",
            "/api/integration-installs",
            f"/api/integration-installs/{install['id']}",
            f"/api/integration-installs/{install['id']}/members",
            "/api/entities",
            f"/api/entities/{clone}",
            f"/api/entities/{clone}/versions",
            "/api/solutions",
            "/api/workspaces",
            "/api/events",
        ]
        expected = {path: (await user.get(path)).json for path in paths}
        await servers.caught_up()
        async with running(servers.standby, ROLE) as other:
            reader = As(other, user.token, user.workspace_id)
            for path, document in expected.items():
                reply = await reader.get(path)
                assert (reply.status, reply.json) == (200, document), path


async def test_a_change_at_a_standby_is_refused_with_the_reason(servers: Pair):
    async with running(servers.primary, ROLE) as world:
        alpha = await world.workspace("alpha")
        draft = await integration(alpha)
        await servers.caught_up()
        async with running(servers.standby, ROLE) as other:
            reader = As(other, alpha.token, alpha.workspace_id)
            for reply in (
                await reader.patch(f"/api/integrations/{draft['id']}", {"name": "other"}),
                await reader.post("/api/integrations", {"workspaceId": alpha.workspace_id, "slug": "b", "name": "b"}),
            ):
                assert (reply.status, reply.code) == (503, "unavailable")
                assert "read-only" in reply.json["detail"]


async def test_a_total_at_a_standby_is_that_of_its_rows(servers: Pair):
    async with running(servers.primary, ROLE) as world:
        counted = await world.workspace("counted")
        await servers.caught_up()
        async with running(servers.standby, ROLE) as other:
            reader = As(other, counted.token, counted.workspace_id)
            for number in range(3):
                assert (await reader.get("/api/integrations")).json["pageInfo"]["total"] == number
                await integration(counted, f"demo-{number}")
                await servers.caught_up()


def test_serve_and_doctor_at_a_standby_say_what_it_is(servers: Pair, data_dir):
    env = environment(data_dir, **external(servers.standby, ROLE, GRAFT_SECRET_KEY=SECRET.decode()))
    port = free_port()
    with started(port, env) as process:
        assert "Graft is ready" in read_until(process, "/docs)")
    told = graft("doctor", env=env)
    assert told.returncode == 0, told.stdout
    assert "a standby" in told.stdout
    assert "totals are counted only when" not in told.stdout


async def test_a_standby_without_the_schema_says_where_to_migrate(servers: Pair):
    later = ("9001_later.sql", "select 1")
    assert await migrate(servers.standby, app_role=ROLE) == []
    with pytest.raises(MigrationError, match=r"standby.*9001_later\.sql.*primary"):
        await migrate(servers.standby, app_role=ROLE, known=[*migrations(), later])
    async with connected(servers.primary) as owner:
        assert not await owner.fetchval("select true from graft_migrations where name = $1", later[0])


async def test_a_read_that_the_standby_cancels_is_run_again(servers: Pair):
    async with connected(servers.primary) as owner, running(servers.primary, ROLE) as world:
        alpha = await world.workspace("cancelled")
        # each read of the grants is cancelled, as one of rows that were removed is, until the third
        await owner.execute("""
            alter table publishers rename to publishers_there;
            create sequence cancelled; grant usage on cancelled to graft_app;
            create function cancelled_twice() returns boolean language plpgsql as $$
              begin
                if nextval('cancelled') < 3 then raise 'conflict with recovery' using errcode = '40001'; end if;
                return true;
              end $$;
            create view publishers as select * from publishers_there where cancelled_twice();
            grant select on publishers to graft_app""")
        try:
            reply = await alpha.get("/api/publishers", limit=1)
            assert (reply.status, reply.json["pageInfo"]["total"]) == (200, 1)
        finally:
            await owner.execute("drop view publishers; alter table publishers_there rename to publishers")


async def test_with_two_addresses_a_server_follows_a_promotion_by_itself():
    with pair() as servers:
        await migrate(servers.both, app_role=ROLE)
        async with running(servers.both, ROLE) as world:
            alpha = await world.workspace("alpha")
            acknowledged = [(await integration(alpha, f"before-{number}"))["id"] for number in range(3)]
            await servers.caught_up()
            await asyncio.to_thread(servers.stop, "primary")
            body = {"workspaceId": alpha.workspace_id, "slug": "between", "name": "between"}
            assert (await alpha.post("/api/integrations", body)).status == 503
            async with connected(servers.standby) as other:
                await other.execute("select pg_promote()")
            statuses = [503]
            async with asyncio.timeout(60):
                while statuses[-1] == 503:
                    statuses.append((await alpha.post("/api/integrations", body)).status)
            assert statuses[-1] == 201, statuses
            for known in acknowledged:
                assert (await alpha.get(f"/api/integrations/{known}")).status == 200
