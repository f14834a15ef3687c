"""The migrated schema holds to the rules that let it move to a distributed PostgreSQL."""

import pytest

from graft.db.changes import TRIGGERS
from graft.db.tables import LOCAL, REFERENCE, TENANT
from tests.support.database import connected

LONGEST_NAME = 48


async def _names(url: str, statement: str) -> list[str]:
    async with connected(url) as connection:
        return [row[0] for row in await connection.fetch(statement, list(TENANT), list(REFERENCE))]


async def test_every_table_is_in_exactly_one_list(shared_database_url: str):
    listed = [*REFERENCE, *TENANT, *LOCAL]
    assert len(listed) == len(set(listed))
    async with connected(shared_database_url) as connection:
        rows = await connection.fetch(
            "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
        )
    assert {row["relname"] for row in rows} == set(listed)


RULES = {
    "a tenant table has workspace_id, never null, of one type": """
        select t.name from unnest($1::text[]) t(name) where $2::text[] is not null and not exists (
          select 1 from pg_attribute a where a.attrelid = t.name::regclass and a.attname = 'workspace_id'
            and a.attnotnull and a.atttypid = 'uuid'::regtype)""",
    "the key of a tenant table is (id, workspace_id)": """
        select c.conrelid::regclass::text from pg_constraint c
        where $2::text[] is not null and c.contype = 'p' and c.conrelid::regclass::text = any($1)
          and (select array_agg(a.attname::text order by k.at) from unnest(c.conkey) with ordinality k(number, at)
            join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.number) <> array['id', 'workspace_id']""",
    "what is unique in a tenant table is so within the workspace": """
        select i.indexrelid::regclass::text from pg_index i
        where $2::text[] is not null and i.indisunique and i.indrelid::regclass::text = any($1) and not exists (
          select 1 from pg_attribute a where a.attrelid = i.indrelid and a.attname = 'workspace_id'
            and a.attnum = any(i.indkey::smallint[]))""",
    "a foreign key between tenant tables carries the workspace on both sides": """
        select c.conname::text from pg_constraint c
        where c.contype = 'f' and c.conrelid::regclass::text = any($1) and not (c.confrelid::regclass::text = any($2))
          and not exists (
            select 1 from unnest(c.conkey, c.confkey) k(mine, theirs)
            join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.mine and a.attname = 'workspace_id'
            join pg_attribute b on b.attrelid = c.confrelid and b.attnum = k.theirs and b.attname = 'workspace_id')""",
    "no reference table points at a tenant table": """
        select c.conname::text from pg_constraint c
        where c.contype = 'f' and c.conrelid::regclass::text = any($2) and c.confrelid::regclass::text = any($1)""",
    "no foreign key sets null or a default": """
        select c.conname::text from pg_constraint c
        where $1::text[] || $2 is not null and c.contype = 'f'
          and (c.confdeltype in ('n', 'd') or c.confupdtype in ('n', 'd'))""",
    "no column is an identity, not even a dropped one": """
        select a.attrelid::regclass::text from pg_attribute a join pg_class t on t.oid = a.attrelid
        where $1::text[] || $2 is not null and t.relnamespace = 'public'::regnamespace and a.attidentity <> ''""",
    "there are no triggers": """
        select t.tgname::text from pg_trigger t
        where $1::text[] || $2 is not null and not t.tgisinternal and not (t.tgname = any(array[{single_server}]::text[]))""",
    "there are no rules and no views": """
        select r.rulename::text from pg_rewrite r join pg_class t on t.oid = r.ev_class
        where $1::text[] || $2 is not null and t.relnamespace = 'public'::regnamespace""",
    "a policy has no sub-select": """
        select p.polname::text from pg_policy p where $1::text[] || $2 is not null
          and (p.polqual::text ~ 'hasSubLinks true' or p.polwithcheck::text ~ 'hasSubLinks true')""",
}


@pytest.mark.parametrize("rule", RULES)
async def test_the_schema_keeps_the_rule(rule: str, shared_database_url: str):
    triggers = ", ".join(f"'{name}'" for name in TRIGGERS)
    assert await _names(shared_database_url, RULES[rule].replace("{single_server}", triggers)) == []


async def test_names_are_short_enough_for_a_shard_number_and_unique(shared_database_url: str):
    async with connected(shared_database_url) as connection:
        rows = await connection.fetch(
            """select conname::text as name from pg_constraint where connamespace = 'public'::regnamespace and contype <> 'n'
               union all
               select c.relname::text from pg_class c join pg_index i on i.indexrelid = c.oid
               where c.relnamespace = 'public'::regnamespace
                 and not exists (select 1 from pg_constraint k where k.conindid = c.oid and k.contype in ('p', 'u', 'x'))"""
        )
    names = [row["name"] for row in rows]
    assert [name for name in names if len(name.encode()) > LONGEST_NAME] == []
    assert len(names) == len(set(names))
