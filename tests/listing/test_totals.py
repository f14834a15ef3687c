"""Totals under writers: each is the count in its own snapshot, and the simpler form of the cache is not."""

import asyncio
import os
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, LiteralString

import asyncpg
import pytest

from graft import ids
from graft.db.changes import prune
from graft.db.connection import Database, set_codecs
from graft.listing.sql import Param, fill, sql
from graft.listing.totals import Counting, Head, Totals
from tests.support.database import connected, opened

pytestmark = [pytest.mark.slow, pytest.mark.one_server]

TORTURE = os.environ.get("GRAFT_TORTURE") == "1"
TRANSACTIONS = 4_000 if TORTURE else 150
WRITERS, READERS = 4, 4
NAMES = ("odd", "even", "other")
WATCHES = [("workspaces", None)]


# As if a transaction that starts later also committed later.
NAIVE: LiteralString = """
($1::text is null or $2::text is null or $4::uuid[] is null or $6::text[] is null
  or (select c.xid from changes c where c.table_name = any($3::text[]) order by c.xid desc limit 1) >= $5::text::xid8)"""


@dataclass
class Found:
    replies: int = 0
    counted: int = 0
    wrong: int = 0
    names: list[str] = field(default_factory=list[str])


async def _ask(totals: Totals, connection: Any, name: str) -> tuple[int, int]:
    """The total, and the count in the same snapshot."""
    counting = Counting(sql("workspaces t where t.name = $1", name), WATCHES)

    async def run(head: Head, given: Mapping[Param, object]) -> list[Any]:
        whole = "select h.*, (select count(*) from {}) as truth from ({}) h"
        statement = fill(whole, counting.rows, counting.head(head)).statement()
        return await connection.fetch(statement.text, *statement.values(given))

    rows, total = await totals.page(run, counting.key, None)
    return total, rows[0]["truth"]


async def _write(connection: Any, chance: random.Random, workspace_ids: list[str]) -> None:
    """Inserts, deletes, and moves in and out of what is counted; some of it rolled back, all of it slow to commit."""
    for _ in range(TRANSACTIONS):
        transaction = connection.transaction()
        await transaction.start()
        for _ in range(chance.choice((1, 1, 2))):
            inner = connection.transaction()
            await inner.start()
            await _change(connection, chance, workspace_ids)
            await (inner.rollback() if chance.random() < 0.3 else inner.commit())
        await asyncio.sleep(chance.choice((0, 0.0005, 0.003)))
        await (transaction.rollback() if chance.random() < 0.2 else transaction.commit())


async def _change(connection: Any, chance: random.Random, workspace_ids: list[str]) -> None:
    kind = chance.random()
    if kind < 0.4:
        new = ids.new_id()
        await connection.execute(
            "insert into workspaces (id, slug, name, created_at, updated_at) values ($1, $2, $3, now(), now())",
            new, new, chance.choice(NAMES),
        )  # fmt: skip
        workspace_ids.append(new)
    elif workspace_ids:
        some = chance.choice(workspace_ids)
        statement: LiteralString = (
            "update workspaces set name = $2 where id = $1"
            if kind < 0.8
            else "delete from workspaces where id = $1 and $2 <> ''"
        )
        await connection.execute(statement, some, chance.choice(NAMES))


async def _torture(database: Database, url: str, totals: Totals) -> Found:
    found, done = Found(), asyncio.Event()

    async def read(seed: int) -> None:
        chance = random.Random(seed)
        async with connected(url) as connection:
            await set_codecs(connection)
            while not done.is_set():
                total, truth = await _ask(totals, connection, chance.choice(NAMES))
                found.replies += 1
                found.wrong += total != truth

    async def write(seed: int) -> None:
        async with connected(url) as connection:
            await set_codecs(connection)
            await _write(connection, random.Random(seed), [])

    async def keep_pruning() -> None:
        while not done.is_set():
            await asyncio.sleep(0.05)
            await prune(database)

    readers = [asyncio.create_task(read(seed)) for seed in range(READERS)]
    pruner = asyncio.create_task(keep_pruning())
    await asyncio.gather(*(write(100 + seed) for seed in range(WRITERS)))
    done.set()
    await asyncio.gather(*readers, pruner)
    print(f"{found.replies} totals, {found.wrong} wrong")  # noqa: T201 - what a reader of the run wants to know
    return found


async def test_every_total_is_the_count_in_its_snapshot_while_others_write(database_url: str, app_role: str):
    async with opened(database_url, role=app_role) as database:
        for slow in (0.0, 10.0):
            found = await _torture(database, database_url, Totals(slow=slow))
            assert found.replies > 100
            assert found.wrong == 0


async def test_the_simpler_form_of_the_cache_fails_the_same_test(
    database_url: str, app_role: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("graft.listing.totals._CHANGED", NAIVE)
    async with opened(database_url, role=app_role) as database:
        found = await _torture(database, database_url, Totals())
        assert found.wrong > 0


async def test_whoever_waits_for_a_count_takes_none_that_began_before_it_came(database_url: str):
    """Rows are only added here: a total below what was committed before the question is an old one."""
    totals, committed, old = Totals(slow=0), 0, 0
    done = asyncio.Event()

    async def ask() -> None:
        nonlocal old
        async with connected(database_url) as connection:
            while not done.is_set():
                before = committed
                total, _ = await _ask(totals, connection, "odd")
                old += total < before

    readers = [asyncio.create_task(ask()) for _ in range(6)]
    async with connected(database_url) as connection:
        await set_codecs(connection)
        for _ in range(200):
            new = ids.new_id()
            await connection.execute(
                "insert into workspaces (id, slug, name, created_at, updated_at) values ($1, $2, 'odd', now(), now())",
                new, new,
            )  # fmt: skip
            committed += 1
            await asyncio.sleep(0.001)
    done.set()
    await asyncio.gather(*readers)
    assert old == 0


async def _known(url: str, totals: Totals) -> None:
    """Leave a count of nothing in `totals`, that a row added unnoticed makes wrong."""
    async with connected(url) as connection:
        assert (await _ask(totals, connection, "odd"))[0] == 0
        await connection.execute("set session_replication_role = 'replica'")
        await connection.execute(
            """insert into workspaces (id, slug, name, created_at, updated_at)
               values (gen_random_uuid(), 'unnoticed', 'odd', now(), now())"""
        )


async def test_a_count_that_holds_is_not_made_again(database_url: str):
    totals = Totals()
    await _known(database_url, totals)
    async with connected(database_url) as connection:
        assert await _ask(totals, connection, "odd") == (0, 1)


@pytest.mark.parametrize(
    "event",
    [
        "update changes_horizon set xid = pg_current_xact_id()",
        "truncate workspaces cascade",
        "insert into changes (table_name) values ('workspaces')",
        # as a restore from a dump does
        """alter table changes_horizon rename to gone; create table changes_horizon as table gone""",
    ],
)
async def test_a_count_is_made_again_after(event: str, database_url: str):
    totals = Totals()
    await _known(database_url, totals)
    async with connected(database_url) as connection:
        await connection.execute(event)
        total, truth = await _ask(totals, connection, "odd")
        assert total == truth


async def test_a_transaction_that_has_written_leaves_no_count_behind(database_url: str):
    totals = Totals()
    async with connected(database_url) as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(
            """insert into workspaces (id, slug, name, created_at, updated_at)
               values (gen_random_uuid(), 'passing', 'odd', now(), now())"""
        )
        assert await _ask(totals, connection, "odd") == (1, 1)
        await transaction.rollback()
        assert await _ask(totals, connection, "odd") == (0, 0)


async def test_a_process_knows_so_many_counts_and_no_more(database_url: str):
    totals = Totals(entries=3)
    async with connected(database_url) as connection:
        for number in range(10):
            await _ask(totals, connection, f"name {number}")
        assert len(totals) == 3
        assert isinstance(connection, asyncpg.Connection)
