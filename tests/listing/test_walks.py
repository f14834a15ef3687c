"""Walks: every row exactly once, in order, in both directions, whatever the order and whatever happens meanwhile."""

import asyncio
import json
import os
import random
from collections.abc import Iterator
from typing import Any

import pytest

from graft.listing import Resource
from tests.listing.model import Model, dumps, ordered
from tests.listing.questions import Maker, directed, random_order
from tests.listing.toy import (
    APPS,
    INSTALLS,
    RESOURCES,
    Row,
    World,
    ask,
    found,
    insert,
    open_world,
    random_app,
    random_data,
)

pytestmark = pytest.mark.slow

TORTURE = 10 if os.environ.get("GRAFT_TORTURE") == "1" else 1
# through many pages; of random questions; while rows come and go
LONG, SHORT, MOVING = 24 * TORTURE, 1_600 * TORTURE, 400 * TORTURE
BATCH, MOVING_BATCH = 100, 25
SIZES = [1, 2, 7, 33, 99, 100]


@pytest.fixture(scope="module")
def crowd(listing_dsn: str, runner: asyncio.Runner) -> Iterator[World]:
    """More rows than the largest page holds, with few different values."""
    data = random_data("crowd", apps=500, installs=0, members=0)
    world = runner.run(open_world(listing_dsn, "crowd", data))
    yield world
    runner.run(world.connection.close())


@pytest.mark.parametrize("number", range(LONG))
def test_both_walks_show_what_one_sorted_list_shows(number: int, crowd: World, runner: asyncio.Runner) -> None:
    choice = random.Random(f"walks {number}")
    order, size = random_order(choice), SIZES[number % len(SIZES)]
    wanted = choice.choice([None, None, {"stars": {"gte": 0}}, {"visibility": "public"}])
    asked: dict[str, Any] = {"orderBy": directed(order), "filter": wanted and json.dumps(wanted)}
    expected = [row["id"] for row in ordered(Model(crowd).rows("apps", wanted), order)]

    assert len(expected) > 60
    runner.run(_walk_both_ways(crowd, APPS, expected, size, asked))


async def _walk_both_ways(
    world: World, resource: Resource[Any], expected: list[str], size: int, asked: dict[str, Any]
) -> None:
    """Each page, from the first to the last and back, is its part of `expected`, and knows what is on either side."""
    at, cursor = 0, None
    while True:
        page = await ask(world, resource, after=cursor, limit=size, **asked)
        assert found(page) == expected[at : at + size], (asked, at)
        assert page.info.has_previous_page == (at > 0)
        assert page.info.has_next_page == (at + size < len(expected))
        assert page.info.total == len(expected)
        if not page.info.has_next_page:
            break
        at, cursor = at + size, page.info.end_cursor
    at, cursor = len(expected) - 1, page.info.end_cursor
    while expected:
        page = await ask(world, resource, before=cursor, limit=size, **asked)
        assert found(page) == expected[max(0, at - size) : at], (asked, at)
        assert page.info.has_previous_page == (at - size > 0)
        assert page.info.has_next_page
        assert page.info.total == len(expected)
        if not page.info.has_previous_page:
            return
        at, cursor = at - size, page.info.start_cursor


@pytest.mark.parametrize("batch", range(SHORT // BATCH))
def test_a_random_question_is_walked_both_ways(batch: int, world: World, runner: asyncio.Runner) -> None:
    model = Model(world)

    async def check() -> int:
        pages = 0
        for number in range(BATCH):
            choice = random.Random(f"questions {batch} {number}")
            table = choice.choice(["apps", "apps", "installs", "members"])
            resource = RESOURCES[table]
            order, deleted = random_order(choice, resource), choice.choice(["false", "true", "only"])
            wanted = Maker(world, choice).filter(resource, 1) if choice.random() < 0.5 else {}
            expected = [row["id"] for row in ordered(model.rows(table, wanted, deleted), order)]
            size = choice.randrange(1 + len(expected) // 8, 101)
            asked = {"orderBy": directed(order), "filter": dumps(wanted), "include_deleted": deleted}
            whole = await ask(world, resource, **asked)
            assert found(whole) == expected[:100]
            await _walk_both_ways(world, resource, expected, size, asked)
            pages += 2 * len(expected) // size
        return pages

    assert runner.run(check()) > BATCH


@pytest.fixture(scope="module")
def few(listing_dsn: str, runner: asyncio.Runner) -> Iterator[World]:
    """Rows that a walk of some pages goes through."""
    world = runner.run(open_world(listing_dsn, "few", random_data("few", apps=120, installs=0, members=0)))
    yield world
    runner.run(world.connection.close())


@pytest.mark.parametrize("batch", range(MOVING // MOVING_BATCH // 2))
@pytest.mark.parametrize("forwards", [True, False])
def test_a_lasting_row_is_seen_once_whatever_comes_and_goes(
    batch: int, forwards: bool, few: World, runner: asyncio.Runner
) -> None:
    async def check(number: int) -> None:
        transaction = few.connection.transaction()
        await transaction.start()
        try:
            await _walk_while_rows_move(few, random.Random(f"moving walks {batch} {number} {forwards}"), forwards)
        finally:
            await transaction.rollback()

    for number in range(MOVING_BATCH):
        runner.run(check(number))


async def _walk_while_rows_move(world: World, choice: random.Random, forwards: bool) -> None:
    order = random_order(choice)
    alive = {row["id"] for row in Model(world).rows("apps")}
    lasting, seen, cursor = set(alive), list[str](), None
    if not forwards:
        # begin behind the last row, and lose it
        last = ordered(Model(world).rows("apps"), order)[-1]["id"]
        cursor = await _cursor_of_last(world, order)
        await _delete(world, [last])
        lasting.discard(last)
    while True:
        where: dict[str, Any] = {"after": cursor} if forwards else {"before": cursor}
        page = await ask(world, APPS, limit=choice.choice([1, 5, 20, 60]), orderBy=directed(order), **where)
        rows = found(page)
        seen += rows if forwards else rows[::-1]
        more = page.info.has_next_page if forwards else page.info.has_previous_page
        if not more:
            break
        cursor = page.info.end_cursor if forwards else page.info.start_cursor
        # the very row that the cursor names, and others on both sides
        doomed = {rows[-1 if forwards else 0], *choice.sample(sorted(alive), 3)}
        await _delete(world, doomed)
        fresh = [random_app(choice, world.caller.workspaces[0]) for _ in range(3)]
        await insert(world.connection, "apps", fresh)
        alive = (alive - doomed) | {row["id"] for row in fresh}
        lasting -= doomed
    assert len(seen) == len(set(seen))
    assert lasting <= set(seen)
    assert lasting


async def _cursor_of_last(world: World, order: list[dict[str, str]]) -> str | None:
    cursor = None
    while True:
        page = await ask(world, APPS, orderBy=directed(order), after=cursor)
        cursor = page.info.end_cursor
        if not page.info.has_next_page:
            return cursor


async def _delete(world: World, doomed: Any) -> None:
    await world.connection.execute("delete from apps where id = any ($1::uuid[])", list(doomed))


def test_a_walk_goes_on_from_a_deleted_row(crowd: World, runner: asyncio.Runner) -> None:
    async def check() -> None:
        first = await ask(crowd, APPS, limit=10)
        rest = await ask(crowd, APPS, limit=100, after=first.info.end_cursor)
        transaction = crowd.connection.transaction()
        await transaction.start()
        await _delete(crowd, found(first))
        again = await ask(crowd, APPS, limit=100, after=first.info.end_cursor)
        await transaction.rollback()
        assert found(again) == found(rest)
        assert (rest.info.has_previous_page, again.info.has_previous_page) == (True, False)

    runner.run(check())


def test_newest_come_first(world: World, runner: asyncio.Runner) -> None:
    page = runner.run(ask(world, INSTALLS))
    assert found(page) == sorted(found(page), reverse=True)
    assert len(found(page)) > 10


def test_a_page_beyond_the_end_is_empty_and_knows_what_is_before(crowd: World, runner: asyncio.Runner) -> None:
    async def check() -> None:
        last = await _cursor_of_last(crowd, [])
        page = await ask(crowd, APPS, after=last)
        assert found(page) == []
        assert (page.info.has_previous_page, page.info.has_next_page) == (True, False)
        assert page.info.total > 100
        assert (page.info.start_cursor, page.info.end_cursor) == (None, None)

    runner.run(check())


def test_the_id_goes_the_way_of_the_key_before_it(crowd: World, runner: asyncio.Runner) -> None:
    def key(row: Row) -> Any:
        return (row["visibility"], row["id"])

    for direction in ("asc", "desc"):
        page = runner.run(ask(crowd, APPS, orderBy=json.dumps([{"visibility": direction}])))
        rows = sorted(Model(crowd).rows("apps"), key=key, reverse=direction == "desc")
        assert found(page) == [row["id"] for row in rows][:100]
