"""The scripts to a cluster and back: every table once, parents first, and nothing left to do by hand."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib import resources

import asyncpg
import pglast
import pytest

from graft.db.distribute import Schema, back, move, read_schema
from graft.db.tables import LOCAL, REFERENCE, TENANT
from tests.support.database import connected

pytestmark = pytest.mark.slow

# What Citus would refuse is refused here as well: a parent that is not converted yet, a table that has triggers, a first
# tenant table that is no tenant table's own.
STAND_INS = """
create table converted (at bigserial, name text primary key, how text, beside text);
create function convert(given regclass, how text, beside text) returns void language plpgsql as $$
declare
  parent text;
begin
  select c.confrelid::regclass::text into parent from pg_constraint c
    where c.conrelid = given and c.contype = 'f' and c.confrelid <> given
      and c.confrelid::regclass::text not in (select name from converted) limit 1;
  if parent is not null then
    raise exception '% comes before %', given, parent;
  end if;
  if exists (select from pg_trigger t where t.tgrelid = given and not t.tgisinternal) then
    raise exception '% has triggers', given;
  end if;
  if current_setting('citus.enable_local_reference_table_foreign_keys') <> 'off' then
    raise exception 'the setting came too late';
  end if;
  insert into converted (name, how, beside) values (given::text, how, beside);
end
$$;
create function create_reference_table(given regclass) returns void language sql as $$
  select convert(given, 'reference', null) $$;
create function create_distributed_table(given regclass, distribution_column text, colocate_with text) returns void
language plpgsql as $$
begin
  perform from pg_attribute where attrelid = given and attname = distribution_column and attnotnull;
  if not found then
    raise exception '% has no %', given, distribution_column;
  end if;
  if colocate_with <> 'none' then
    perform from converted where name = colocate_with and how = 'tenant' and beside = 'none';
    if not found then
      raise exception '% beside %', given, colocate_with;
    end if;
  end if;
  perform convert(given, 'tenant', colocate_with);
end
$$;
create function citus_add_local_table_to_metadata(given regclass) returns void language sql as $$
  select convert(given, 'local', null) $$;
create function truncate_local_data_after_distributing_table(given regclass) returns void language plpgsql as $$
begin
  perform from pg_constraint c join converted on name = c.conrelid::regclass::text
    where c.confrelid = given and c.conrelid <> given and how <> 'emptied';
  if found then
    raise exception '% is still pointed at', given;
  end if;
  update converted set how = 'emptied' where name = given::text;
end
$$;
create function undistribute_table(given regclass, cascade_via_foreign_keys boolean default false) returns void
language plpgsql as $$
declare
  held regclass[];
begin
  with recursive held_together (other) as (
    select given
    union
    select case when c.conrelid = h.other then c.confrelid else c.conrelid end::regclass
    from held_together h join pg_constraint c on c.contype = 'f' and h.other in (c.conrelid, c.confrelid))
  select array_agg(other) into held from held_together;
  if cascade_via_foreign_keys <> (cardinality(held) > 1) then
    raise exception '% is held by foreign keys: %', given, held;
  end if;
  delete from converted where name::regclass = any (held);
  if not found then
    raise exception '% is not distributed', given;
  end if;
end
$$;
"""

TRIGGERS = "select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal order by 1"


def _schema() -> Schema:
    return read_schema((resources.files("graft.db") / "schema.sql").read_text("utf-8"))


def _sql(script: str) -> str:
    """A script without what only psql understands."""
    return "\n".join(line for line in script.splitlines() if not line.startswith("\\"))


@asynccontextmanager
async def _cluster(url: str) -> AsyncGenerator[asyncpg.Connection]:
    async with connected(url) as connection:
        await connection.execute(STAND_INS)
        yield connection


async def _run(connection: asyncpg.Connection, script: str) -> None:
    """As psql does: statement by statement."""
    text = _sql(script)
    for statement in pglast.split(text):
        await connection.execute(statement)


async def test_the_schema_file_says_what_the_database_has(shared_database_url: str):
    schema = _schema()
    async with connected(shared_database_url) as connection:
        keys = await connection.fetch(
            """select distinct conrelid::regclass::text, confrelid::regclass::text from pg_constraint
               where contype = 'f' and conrelid <> confrelid and connamespace = 'public'::regnamespace"""
        )
        triggers = await connection.fetch(
            "select tgname::text, tgrelid::regclass::text from pg_trigger where not tgisinternal"
        )
    assert {(table, other) for table, others in schema.references.items() for other in others} == {
        tuple(row) for row in keys
    }
    assert {(trigger.name, trigger.table) for trigger in schema.triggers} == {tuple(row) for row in triggers}


async def test_the_move_converts_every_table_once_by_its_list(database_url: str):
    async with _cluster(database_url) as connection:
        await _run(connection, move(_schema()).split("-- The coordinator still")[0])
        rows = await connection.fetch("select name, how, beside from converted order by at")
    expected = [(table, "reference", None) for table in REFERENCE]
    expected += [(table, "tenant", "none" if table == TENANT[0] else TENANT[0]) for table in TENANT]
    expected += [(table, "local", None) for table in LOCAL]
    assert [tuple(row) for row in rows] == expected


async def test_the_move_empties_what_was_copied_and_the_way_back_leaves_the_schema_as_it_was(database_url: str):
    async with _cluster(database_url) as connection:
        before = await connection.fetch(TRIGGERS)
        await _run(connection, move(_schema()))
        assert await connection.fetch(TRIGGERS) == []
        emptied = await connection.fetch("select name from converted where how = 'emptied'")
        assert {row["name"] for row in emptied} == {*REFERENCE, *TENANT}
        await connection.execute("insert into changes (table_name, xid) values ('workspaces', '1')")
        horizon = await connection.fetchval("select xid from changes_horizon")

        await _run(connection, back(_schema()))
        assert await connection.fetch("select name from converted") == []
        assert await connection.fetch(TRIGGERS) == before
        assert await connection.fetch("select from changes where xid < $1", horizon) == []
        assert await connection.fetchval("select xid > $1 from changes_horizon", horizon)
        settings = await connection.fetch(
            "select setconfig from pg_db_role_setting where setdatabase = (select oid from pg_database where datname = "
            "current_database())"
        )
        assert settings == []


async def test_a_move_that_stops_leaves_everything_as_it_was(database_url: str):
    async with _cluster(database_url) as connection:
        before = await connection.fetch(TRIGGERS)
        with pytest.raises(asyncpg.UndefinedFunctionError):
            await _run(connection, move(_schema()).replace("analyze;", "select no_such_step();"))
        await connection.execute("rollback")
        assert await connection.fetch(TRIGGERS) == before
        assert await connection.fetch("select name from converted") == []


@pytest.mark.parametrize("script", [move, back])
def test_a_script_is_sql_but_for_one_line_of_psql(script):
    text = script(_schema())
    assert pglast.parse_sql(_sql(text))
    assert [line for line in text.splitlines() if line.startswith("\\")] == ["\\set ON_ERROR_STOP on"]


async def test_a_table_before_its_parent_would_be_seen(database_url: str):
    moved = move(_schema()).replace("create_reference_table('users')", "create_reference_table('api_keys')", 1)
    async with _cluster(database_url) as connection:
        with pytest.raises(asyncpg.RaiseError, match="api_keys comes before users"):
            await _run(connection, moved)
