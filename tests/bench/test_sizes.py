"""The rows that are measured for their size keep the rules of the schema, and the table of sizes adds up."""

import pytest

from bench.database import connected
from bench.sizes import Scale, generate_rows, measured, shown

pytestmark = pytest.mark.slow

_SCALE = Scale(integrations=300, installs=500, members=2_000)


async def test_what_is_measured_is_what_was_asked_for_and_keeps_the_rules(database_url: str) -> None:
    async with connected(database_url) as connection:
        if connection.get_server_version().major < 18:
            pytest.skip("the benchmarks run on the embedded PostgreSQL 18, whose uuidv7() the generator needs")
    await generate_rows(database_url, _SCALE)
    sizes = await measured(database_url)
    for table in ("integrations", "installs", "solutions", "operations", "events", "install_members", "entities"):
        assert sizes[table][0] == _SCALE.rows()[table], table
    async with connected(database_url) as connection:
        keys = await connection.fetch(
            """select conrelid::regclass::text as name, conname, pg_get_constraintdef(oid) as text from pg_constraint
               where contype = 'f' and connamespace = 'public'::regnamespace"""
        )
        for key in keys:
            # what was not looked up while it was generated
            await connection.execute(f"alter table {key['name']} drop constraint {key['conname']}")
            await connection.execute(f"alter table {key['name']} add constraint {key['conname']} {key['text']}")


def test_sizes_grow_with_the_rows() -> None:
    sizes = {name: (10, [(name, 1_000), (f"{name}_pkey", 500)]) for name in _SCALE.rows()}
    text = shown(sizes, Scale(1_000_000, 10_000_000, 1_000_000_000))
    assert "| entities | 10 | 100 | 50 | 1,000,000,000 | 150.0 |" in text
    assert "| all |  |  |  |  | 308.4 |" in text
    assert "| · entities_pkey | 50 |" in text
