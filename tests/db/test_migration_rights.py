"""What the application's role may do, and what becomes of a migration that cannot be done."""

import asyncpg
import pytest

from graft.db.migrate import MigrationError, migrate, migrations
from tests.support.database import Run, connected

IMMUTABLE = ("integration_versions", "version_members", "templates", "burnt_versions")


async def rights(url: str, role: str, table: str) -> set[str]:
    async with connected(url) as connection:
        return {
            right
            for right in ("select", "insert", "update", "delete", "truncate", "references", "trigger")
            if await connection.fetchval("select has_table_privilege($1, $2, $3)", role, table, right)
        }


@pytest.mark.parametrize("table", IMMUTABLE)
async def test_what_is_published_may_be_added_and_not_changed(shared_database_url: str, app_role: str, table: str):
    assert await rights(shared_database_url, app_role, table) == {"select", "insert"}


async def test_the_rest_may_be_read_and_written_and_no_migration(shared_database_url: str, app_role: str):
    assert await rights(shared_database_url, app_role, "graft_migrations") == {"select"}
    assert await rights(shared_database_url, app_role, "secret_check") == {"select", "insert"}
    async with connected(shared_database_url) as connection:
        tables = await connection.fetch(
            "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
        )
    # states of variables never change; they go with the install that had them
    assert await rights(shared_database_url, app_role, "variable_states") == {"select", "insert", "delete"}
    others = {"graft_migrations", "changes", "changes_horizon", "secret_check", "variable_states"}
    rest = {row["relname"] for row in tables} - {*IMMUTABLE, *others}
    assert len(rest) > 15
    for table in rest:
        assert await rights(shared_database_url, app_role, table) == {"select", "insert", "update", "delete"}, table


async def test_the_role_is_nobodys_login_and_has_no_powers(shared_database_url: str, app_role: str):
    async with connected(shared_database_url) as connection:
        powers = await connection.fetchrow(
            """select rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication from pg_roles
               where rolname = $1""",
            app_role,
        )
        others = await connection.fetchval("select has_function_privilege('public', 'purge_versions(uuid)', 'execute')")
        may_create = await connection.fetchval("select has_schema_privilege($1, 'public', 'create')", app_role)
    assert powers is not None
    assert set(powers) == {False}
    assert (others, may_create) == (False, False)


async def test_a_migration_that_fails_leaves_nothing_and_can_be_done_later(empty_database_url: str, app_role: str):
    async with connected(empty_database_url) as connection:
        await connection.execute("create table events (in_the_way integer)")
        with pytest.raises(asyncpg.DuplicateTableError):
            await migrate(empty_database_url, app_role=app_role)
        assert await connection.fetchval("select to_regclass('workspaces')") is None
        assert await connection.fetchval("select count(*) from graft_migrations") == 0
        await connection.execute("drop table events")
        assert await migrate(empty_database_url, app_role=app_role) == [name for name, _ in migrations()]


async def test_a_login_that_may_not_make_the_role_is_told_what_to_run(empty_database_url: str, run: Run):
    owner, role = f"{run.app_role}_owner", f"{run.app_role}_unmade"
    async with connected(empty_database_url) as connection:
        await connection.execute(f'create role "{owner}"; grant create on schema public to "{owner}"')
        try:
            separator = "&" if "?" in empty_database_url else "?"
            cure = f'create role "{role}" nologin noinherit; grant "{role}" to {owner};'
            with pytest.raises(MigrationError, match=cure):
                await migrate(f"{empty_database_url}{separator}options=-crole%3D{owner}", app_role=role)
        finally:
            await connection.execute(f'drop owned by "{owner}"; drop role "{owner}"')
