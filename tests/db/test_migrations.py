"""Migrations: what they leave is `schema.sql`, they run once, and never after they were changed."""

import asyncio
from collections.abc import Sequence
from importlib import resources

import pytest

from graft.db.migrate import MigrationError, migrate, migrations
from tests.support.database import Run, at, connected

CATALOGUE = {
    "columns": """
        select table_name::text, column_name::text, data_type::text, is_nullable::text, column_default::text,
          collation_name::text from information_schema.columns
        where table_schema = 'public' and table_name <> 'graft_migrations' order by 1, 2""",
    "constraints": """
        select conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) from pg_constraint
        where connamespace = 'public'::regnamespace and conrelid::regclass::text <> 'graft_migrations' order by 1, 2""",
    "indexes": """
        select tablename::text, indexname::text, indexdef from pg_indexes
        where schemaname = 'public' and tablename <> 'graft_migrations' order by 1, 2""",
    "functions": """
        select proname::text, prosrc, prosecdef from pg_proc p
        where pronamespace = 'public'::regnamespace
          and not exists (select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e') order by 1""",
    "triggers": "select tgname::text, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal order by 1",
}

_HAS_NAME_SEARCH = "select to_regclass('integrations_name_search') is not null"


async def test_the_schema_file_is_what_the_migrations_make(empty_database_url: str, shared_database_url: str):
    text = (resources.files("graft.db") / "schema.sql").read_text("utf-8")
    async with connected(empty_database_url) as written, connected(shared_database_url) as migrated:
        await written.execute(text)
        for part, statement in CATALOGUE.items():
            assert await written.fetch(statement) == await migrated.fetch(statement), part


async def test_two_processes_at_once_migrate_once(empty_database_url: str, app_role: str):
    applied = await asyncio.gather(*(migrate(empty_database_url, app_role=app_role) for _ in range(3)))
    assert sorted(applied) == [[], [], [name for name, _ in migrations()]]
    assert await migrate(empty_database_url, app_role=app_role) == []


async def test_who_migrates_hears_what_is_missing(empty_database_url: str, app_role: str):
    heard: list[tuple[Sequence[str], bool]] = []

    def hear(missing: Sequence[str], new: bool) -> None:
        heard.append((missing, new))

    await migrate(empty_database_url, app_role=app_role, announce=hear)
    await migrate(empty_database_url, app_role=app_role, announce=hear)
    assert heard == [([name for name, _ in migrations()], True)]


async def test_a_database_that_is_not_in_utf8_is_refused(server_url: str, app_role: str, run: Run):
    name = f"{run.app_role}_latin1"
    async with connected(server_url) as owner:
        await owner.execute(f"create database {name} encoding 'LATIN1' locale 'C' template template0")
        try:
            with pytest.raises(MigrationError, match="UTF8; this one is in LATIN1"):
                await migrate(at(server_url, name), app_role=app_role)
        finally:
            await owner.execute(f"drop database {name}")


async def test_a_database_that_was_made_without_trigrams_gets_them_and_their_index(database_url: str, app_role: str):
    async with connected(database_url) as owner:
        if not await owner.fetchval("select 1 from pg_available_extensions where name = 'pg_trgm'"):
            pytest.skip("this server has no pg_trgm")
        await owner.execute("drop extension pg_trgm cascade")
        assert not await owner.fetchval(_HAS_NAME_SEARCH)
        await owner.execute("delete from graft_migrations where name like '%_name_search.sql'")
        assert len(await migrate(database_url, app_role=app_role)) == 1
        assert await owner.fetchval(_HAS_NAME_SEARCH)


async def test_a_changed_migration_is_refused(database_url: str, app_role: str):
    async with connected(database_url) as owner:
        await owner.execute("update graft_migrations set digest = 'other'")
    with pytest.raises(MigrationError, match="changed"):
        await migrate(database_url, app_role=app_role)


async def test_a_database_of_a_newer_program_is_refused(database_url: str, app_role: str):
    async with connected(database_url) as owner:
        await owner.execute("insert into graft_migrations values ('9999_later.sql', '', now())")
    with pytest.raises(MigrationError, match="newer"):
        await migrate(database_url, app_role=app_role)


@pytest.mark.parametrize("role", ["Upper", "a b", 'a"b', ""])
async def test_a_role_that_is_no_plain_name_is_refused(role: str, empty_database_url: str):
    with pytest.raises(MigrationError, match="identifier"):
        await migrate(empty_database_url, app_role=role)


async def test_the_applications_role_owns_nothing(shared_database_url: str, app_role: str):
    async with connected(shared_database_url) as owner:
        owned = await owner.fetch(
            "select relname from pg_class where relnamespace = 'public'::regnamespace and pg_get_userbyid(relowner) = $1",
            app_role,
        )
    assert owned == []
