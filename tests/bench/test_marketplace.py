"""The generated marketplace has the rows, the skew and the states that the benchmarks speak of."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.database import connected
from bench.marketplace import generate, publisher_sizes
from bench.servers import secrets

pytestmark = pytest.mark.slow

_ROWS = 600


@given(st.integers(20, 1_000_000))
def test_every_row_has_a_publisher(rows: int) -> None:
    sizes = publisher_sizes(rows)
    assert sum(sizes) == rows
    assert min(sizes) > 0


def test_a_tenth_of_the_publishers_has_half_of_the_rows() -> None:
    sizes = sorted(publisher_sizes(200_000), reverse=True)
    assert sum(sizes[: len(sizes) // 10]) > 100_000


def test_the_listed_publisher_is_as_large_in_the_small_table_as_in_the_large_one() -> None:
    assert publisher_sizes(200_000)[2] == publisher_sizes(1_000_000)[2] == 1_000


async def test_a_generated_marketplace_keeps_the_rules_of_the_schema(database_url: str) -> None:
    async with connected(database_url) as connection:
        if connection.get_server_version().major < 18:
            pytest.skip("the benchmarks run on the embedded PostgreSQL 18, whose uuidv7() the generator needs")
    market = await generate(database_url, _ROWS, secrets().tokens)
    async with connected(database_url) as connection:
        assert await connection.fetchval("select count(*) from integrations") == market.rows == _ROWS
        states = dict(await connection.fetch("select visibility, count(*) from integrations group by visibility"))
        size = await connection.fetchval("select avg(length(manifest::text)) from integrations")
        # what was not looked up while it was generated
        orphans = await connection.fetchval(
            """select count(*) from integrations i left join workspaces w on w.id = i.workspace_id
               left join integration_versions v on v.id = i.current_version_id and v.integration_id = i.id
               left join publishers p on p.name = i.publisher and p.workspace_id = i.workspace_id
               where w.id is null or p.id is null or (v.id is null) <> (i.current_version_id is null)"""
        )
        newest_first = await connection.fetchval(
            "select bool_and(in_order) from (select created_at <= lag(created_at) over (order by id desc) in_order"
            " from integrations) s"
        )
    assert states["public"] > states["private"] > 0
    assert states["unlisted"] > 0
    assert 900 < size < 1_300
    assert orphans == 0
    assert newest_first
    assert 0 < market.total <= publisher_sizes(_ROWS)[2]
    assert all(re.fullmatch(r"int_[0-9a-z]{26}", found) for found in market.public_ids)
