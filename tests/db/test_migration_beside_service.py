"""A migration beside a service that goes on: nobody waits behind it for long, and what it made may be used at once."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import asyncpg
import pytest

from graft.db.migrate import Limits, MigrationError, migrate, migrations
from tests.support.database import connected

pytestmark = pytest.mark.slow

# What must not be waited for, with much to spare.
SECONDS = 30
SOON = Limits(lock=0.2)

Files = Sequence[tuple[str, str]]


def after_ours(*added: tuple[str, str]) -> Files:
    return [*migrations(), *added]


@asynccontextmanager
async def application(url: str, role: str) -> AsyncGenerator[asyncpg.Connection]:
    """A connection of a process that serves."""
    async with connected(url) as connection:
        await connection.execute(f'set role "{role}"; set statement_timeout = {SECONDS * 1000}')
        yield connection


async def until(connection: asyncpg.Connection, question: str, *values: object) -> None:
    async with asyncio.timeout(SECONDS):
        # nobody tells when
        while not await connection.fetchval(question, *values):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


MADE = (
    ("9001_table.sql", "create table fresh (id integer); create sequence fresh_numbers;"),
    ("9002_watch.sql", """create function fresh_note() returns trigger language plpgsql as
        $$ begin insert into fresh values (1); return null; end $$;
      create trigger fresh_users after insert on users for each statement execute function fresh_note();"""),
    ("9003_long.sql", "select pg_advisory_xact_lock(1)"),
)  # fmt: skip


async def test_what_a_migration_made_may_be_used_from_its_commit_on(database_url: str, app_role: str):
    async with connected(database_url) as owner, application(database_url, app_role) as service:
        # the last migration has to wait for us
        await owner.execute("select pg_advisory_lock(1)")
        migrating = asyncio.create_task(migrate(database_url, app_role=app_role, known=after_ours(*MADE)))
        await until(owner, "select true from graft_migrations where name = '9002_watch.sql'")
        await service.execute("insert into fresh values (2)")
        await service.execute("select nextval('fresh_numbers')")
        await service.execute(
            "insert into users (id, email, name, created_at, updated_at) values (gen_random_uuid(), 'a', 'a', now(), now())"
        )
        assert not migrating.done()
        await owner.execute("select pg_advisory_unlock(1)")
        assert await migrating == [name for name, _ in MADE]


async def test_what_is_immutable_is_so_from_the_commit_that_made_it(empty_database_url: str, app_role: str):
    waiting = ("9001_long.sql", "select pg_advisory_xact_lock(1)")
    async with connected(empty_database_url) as owner:
        await owner.execute("select pg_advisory_lock(1)")
        migrating = asyncio.create_task(migrate(empty_database_url, app_role=app_role, known=after_ours(waiting)))
        await until(owner, "select to_regclass('graft_migrations') is not null")
        await until(owner, "select true from graft_migrations where name = $1", migrations()[-1][0])
        for table in ("integration_versions", "version_members", "templates", "burnt_versions", "graft_migrations"):
            for right in ("update", "delete"):
                assert not await owner.fetchval("select has_table_privilege($1, $2, $3)", app_role, table, right)
        await owner.execute("select pg_advisory_unlock(1)")
        await migrating


async def test_writers_do_not_queue_behind_a_migration_that_waits_for_a_reader(database_url: str, app_role: str):
    column = ("9001_column.sql", "alter table entities add column fresh integer")
    async with connected(database_url) as reader, application(database_url, app_role) as service:
        async with reader.transaction():
            await reader.fetch("select * from entities")
            migrating = asyncio.create_task(
                migrate(database_url, app_role=app_role, known=after_ours(column), limits=SOON)
            )
            await until(
                service,
                "select true from pg_locks where relation = 'entities'::regclass and mode = 'AccessExclusiveLock'",
            )
            # the reader is still there, so this is behind the migration
            await service.execute("update entities set name = name")
            assert not migrating.done()
        assert await migrating == ["9001_column.sql"]


async def test_a_lock_that_is_never_got_is_told_with_who_holds_it(database_url: str, app_role: str):
    column = ("9001_column.sql", "alter table entities add column fresh integer")
    async with connected(database_url) as reader, reader.transaction():
        await reader.fetch("select * from entities")
        process = await reader.fetchval("select pg_backend_pid()")
        with pytest.raises(MigrationError, match=f"9001_column.sql did not get its lock.*process {process} "):
            await migrate(database_url, app_role=app_role, known=after_ours(column), limits=Limits(lock=0.01))


async def test_a_statement_that_takes_too_long_is_stopped_and_says_how_to_give_it_more(
    database_url: str, app_role: str
):
    slow = ("9001_slow.sql", "create table half (id integer); select pg_sleep(60)")
    with pytest.raises(MigrationError, match=r"9001_slow\.sql.*GRAFT_MIGRATE_TIMEOUT"):
        await migrate(database_url, app_role=app_role, known=after_ours(slow), limits=Limits(statement=0.2))
    async with connected(database_url) as owner:
        assert await owner.fetchval("select to_regclass('half')") is None


INDEX = (
    "9001_index.concurrently.sql",
    """-- a comment; with a semicolon
create unique index concurrently if not exists fresh on users (name);
create index concurrently if not exists fresh_too on users (created_at);
""",
)


async def test_an_index_is_built_while_others_write_and_migrate(database_url: str, app_role: str):
    async with connected(database_url) as owner, application(database_url, app_role) as service:
        async with owner.transaction():
            # what the build has to wait for, and nobody behind it
            await owner.execute("update users set name = name")
            building = [
                asyncio.create_task(migrate(database_url, app_role=app_role, known=after_ours(INDEX))) for _ in range(2)
            ]
            await until(service, "select to_regclass('fresh') is not null")
            await service.execute("update users set name = name where false")
        assert sorted(await asyncio.gather(*building)) == [[], [INDEX[0]]]
        assert await owner.fetchval("select bool_and(indisvalid) from pg_index where indrelid = 'users'::regclass")


async def test_an_index_that_was_left_half_built_is_built_anew(database_url: str, app_role: str):
    async with connected(database_url) as owner:
        for number in range(2):
            await owner.execute(
                "insert into users (id, email, name, created_at, updated_at) values (gen_random_uuid(), $1, 'twin', now(), now())",
                f"{number}",
            )
        with pytest.raises(asyncpg.UniqueViolationError):
            await migrate(database_url, app_role=app_role, known=after_ours(INDEX))
        assert not await owner.fetchval("select indisvalid from pg_index where indexrelid = 'fresh'::regclass")
        await owner.execute("update users set name = email")
        assert await migrate(database_url, app_role=app_role, known=after_ours(INDEX)) == [INDEX[0]]
        assert await owner.fetchval("select bool_and(indisvalid) from pg_index where indrelid = 'users'::regclass")
