"""The embedded database's login for the service may act as the service's role, and do nothing else, whatever it sends."""

from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from graft.config import Settings
from graft.db import embedded
from graft.db.embedded import SERVICE_LOGIN, EmbeddedServer
from graft.db.migrate import migrate
from tests.support.database import connected
from tests.support.processes import READY, environment, free_port, graft, read_until, started

pytestmark = pytest.mark.slow

ROLE = Settings(data_dir=Path("/")).app_role


@pytest.fixture
def server(data_dir: Path) -> Iterator[EmbeddedServer]:
    with embedded.start(data_dir, settings={"fsync": "off"}) as found:
        yield found


async def test_it_is_no_way_out_of_the_role(server: EmbeddedServer):
    # the second start finds it
    for _ in range(2):
        await migrate(server.dsn, app_role=ROLE, login=SERVICE_LOGIN)
    async with connected(server.service_dsn) as connection:
        await connection.execute(f"set role {ROLE}")
        assert await connection.fetchval("select count(*) from users") == 0
        for statement in ("reset role", "set role none", f"set session authorization {SERVICE_LOGIN}"):
            await connection.execute(statement)
            assert await connection.fetchval("select current_user") == SERVICE_LOGIN
            for refused in (
                "select count(*) from users",
                "delete from integration_versions",
                "create table mine (id integer)",
                "set role postgres",
                "set session authorization postgres",
                "create role other",
                "copy users to program 'cat'",
                "select pg_read_file('postmaster.pid')",
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(refused)


async def test_it_follows_the_role_of_the_settings(server: EmbeddedServer):
    for role in ("graft_app", "another_app"):
        await migrate(server.dsn, app_role=role, login=SERVICE_LOGIN)
        async with connected(server.service_dsn) as connection:
            await connection.execute(f"set role {role}")


async def test_the_service_logs_in_as_that(data_dir: Path):
    port, env = free_port(), environment(data_dir)
    with started(port, env) as process:
        read_until(process, READY)
        with embedded.start(data_dir) as joined:
            async with connected(joined.dsn) as owner:
                who = "select distinct usename from pg_stat_activity where application_name = 'graft'"
                assert [row[0] for row in await owner.fetch(who)] == [SERVICE_LOGIN]
        assert graft("doctor", env=env).returncode == 0
