"""Where the planner can only guess, a page is the same whether its rows are collected first or read in their order."""

import asyncio
import random
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

from graft.listing import page
from tests.listing.model import Model, dumps, ordered
from tests.listing.questions import Maker, directed, random_order
from tests.listing.toy import APPS, World, ask, found

pytestmark = pytest.mark.slow

CASES = 200


@contextmanager
def _collecting_at_most(rows: int) -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "_MOST_COLLECTED", str(rows))
        yield


@pytest.mark.parametrize("most", [0, 3, 40])
def test_many_are_read_in_their_order_and_few_are_collected(most: int, world: World, runner: asyncio.Runner) -> None:
    async def check() -> None:
        for number in range(CASES):
            choice = random.Random(f"collecting {number}")
            wanted, order = Maker(world, choice).filter(APPS), random_order(choice)
            asked: dict[str, Any] = {"filter": dumps(wanted), "orderBy": directed(order), "limit": 7}
            expected = [row["id"] for row in ordered(Model(world).rows("apps", wanted), order)]
            first = await ask(world, APPS, **asked)
            assert (found(first), first.info.total) == (expected[:7], len(expected)), asked
            if first.info.has_next_page:
                second = await ask(world, APPS, after=first.info.end_cursor, **asked)
                back = await ask(world, APPS, before=second.info.start_cursor, **asked)
                assert (found(second), second.info.has_previous_page) == (expected[7:14], True), asked
                assert (found(back), back.info.has_next_page) == (expected[:7], True), asked

    with _collecting_at_most(most):
        runner.run(check())


def test_what_is_found_many_times_is_not_collected(world: World, sent: list[str], runner: asyncio.Runner) -> None:
    everything = dumps({"name": {"contains": ""}})
    with _collecting_at_most(3):
        runner.run(ask(world, APPS, filter=everything))
    assert ["found as" in statement for statement in sent] == [True, False]


def test_what_can_be_estimated_is_not_collected(world: World, sent: list[str], runner: asyncio.Runner) -> None:
    runner.run(ask(world, APPS, filter=dumps({"stars": {"gte": 1}, "slug": {"ne": "a"}})))
    assert ["found as" in statement for statement in sent] == [False]


def test_patterns_of_one_field_are_one_condition(world: World, sent: list[str], runner: asyncio.Runner) -> None:
    either = {"OR": [{"name": {"icontains": word}} for word in ("a", "é", "%")] + [{"slug": "a"}]}
    expected = [row["id"] for row in ordered(Model(world).rows("apps", either), [])]
    assert found(runner.run(ask(world, APPS, filter=dumps(either)))) == expected[:100]
    neither = {"NOT": either}
    expected = [row["id"] for row in ordered(Model(world).rows("apps", neither), [])]
    assert found(runner.run(ask(world, APPS, filter=dumps(neither)))) == expected[:100]
    assert all(statement.count("ilike") == 2 for statement in sent)
