"""Walks: every row exactly once, in order, in both directions, whatever the order and whatever happens meanwhile."""

import asyncio
import json
import os
import random
from collections.abc import Iterator
from typing import Any

import pytest
from listing_model import Model, ordered
from listing_questions import directed, random_order
from listing_toy import APPS, INSTALLS, Row, World, ask, found, insert, open_world, random_app, random_data

WALKS = 400 if os.environ.get("GRAFT_TORTURE") == "1" else 24
SIZES = [1, 2, 7, 33, 99, 100]


@pytest.fixture(scope="module")
def crowd(listing_dsn: str, runner: asyncio.Runner) -> Iterator[World]:
    """More rows than the largest page holds, with few different values."""
    data = random_data("crowd", apps=500, installs=0, members=0)
    world = runner.run(open_world(listing_dsn, "crowd", data))
    yield world
    runner.run(world.connection.close())


@pytest.mark.parametrize("number", range(WALKS))
def test_both_walks_show_what_one_sorted_list_shows(number: int, crowd: World, runner: asyncio.Runner) -> None:
    choice = random.Random(f"walks {number}")
    order, size = random_order(choice), SIZES[number % len(SIZES)]
    wanted = choice.choice([None, None, {"stars": {"gte": 0}}, {"visibility": "public"}])
    asked: dict[str, Any] = {"limit": size, "orderBy": directed(order), "filter": wanted and json.dumps(wanted)}
    expected = [row["id"] for row in ordered(Model(crowd).rows("apps", wanted), order)]

    async def check() -> None:
        at, cursor = 0, None
        while True:
            page = await ask(crowd, APPS, after=cursor, **asked)
            assert found(page) == expected[at : at + size], (order, at)
            assert page.info.has_previous_page == (at > 0)
            assert page.info.has_next_page == (at + size < len(expected))
            assert page.info.total == len(expected)
            if not page.info.has_next_page:
                break
            at, cursor = at + size, page.info.end_cursor
        at, cursor = len(expected) - 1, page.info.end_cursor
        while True:
            page = await ask(crowd, APPS, before=cursor, **asked)
            assert found(page) == expected[max(0, at - size) : at], (order, at)
            assert page.info.has_previous_page == (at - size > 0)
            assert page.info.has_next_page
            if not page.info.has_previous_page:
                return
            at, cursor = at - size, page.info.start_cursor

    assert len(expected) > 60
    runner.run(check())


@pytest.mark.parametrize("number", range(WALKS // 2))
@pytest.mark.parametrize("forwards", [True, False])
def test_a_lasting_row_is_seen_once_whatever_comes_and_goes(
    number: int, forwards: bool, crowd: World, runner: asyncio.Runner
) -> None:
    choice = random.Random(f"moving walks {number} {forwards}")
    order = random_order(choice)
    ahead = "end_cursor" if forwards else "start_cursor"

    async def check() -> None:
        alive = {row["id"] for row in Model(crowd).rows("apps")}
        lasting, seen, cursor = set(alive), list[str](), None
        if not forwards:
            # begin behind the last row, and lose it
            last = ordered(Model(crowd).rows("apps"), order)[-1]["id"]
            page = await ask(crowd, APPS, orderBy=directed(order), ids=f"app_{last}")
            cursor = await _cursor_of_last(crowd, order)
            assert found(page) == [last]
            await _delete(crowd, [last])
            lasting.discard(last)
        while True:
            where: dict[str, Any] = {"after": cursor} if forwards else {"before": cursor}
            page = await ask(crowd, APPS, limit=choice.choice([1, 5, 20, 60]), orderBy=directed(order), **where)
            rows = found(page)
            seen += rows if forwards else rows[::-1]
            more = page.info.has_next_page if forwards else page.info.has_previous_page
            if not more:
                break
            cursor = getattr(page.info, ahead)
            # the very row that the cursor names, and others on both sides
            doomed = {rows[-1 if forwards else 0], *choice.sample(sorted(alive), 3)}
            await _delete(crowd, doomed)
            fresh = [random_app(choice, crowd.caller.workspaces[0]) for _ in range(3)]
            await insert(crowd.connection, "apps", fresh)
            alive = (alive - doomed) | {row["id"] for row in fresh}
            lasting -= doomed
        assert len(seen) == len(set(seen))
        assert lasting <= set(seen)
        assert len(lasting) > 20

    async def undone() -> None:
        transaction = crowd.connection.transaction()
        await transaction.start()
        try:
            await check()
        finally:
            await transaction.rollback()

    runner.run(undone())


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
