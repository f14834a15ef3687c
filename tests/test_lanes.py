"""Costly work goes one at a time for each key and a few at a time in all; what waits has bounds."""

import asyncio
from collections import Counter

import pytest

from graft.lanes import Lanes, LanesFull


async def test_one_at_a_time_of_a_key_and_a_few_in_all():
    lanes = Lanes(2, most_waiting=99, most_bytes=0, seconds=30)
    now: Counter[str] = Counter()
    most: Counter[str] = Counter()

    async def work(key: str) -> None:
        async with lanes.turn(key):
            now[key] += 1
            most[key] = max(most[key], now[key])
            most["all"] = max(most["all"], now.total())
            await asyncio.sleep(0)
            now[key] -= 1

    await asyncio.gather(*(work(key) for key in "aaaabbbbcccc"))
    assert most == Counter(a=1, b=1, c=1, all=2)


@pytest.mark.parametrize(("most_waiting", "most_bytes"), [(2, 100), (9, 20)])
async def test_more_than_may_wait_are_refused_at_once(most_waiting: int, most_bytes: int):
    lanes = Lanes(1, most_waiting=most_waiting, most_bytes=most_bytes, seconds=30)
    done = 0

    async def work() -> None:
        nonlocal done
        async with lanes.turn("a", 10):
            done += 1

    async with lanes.turn("a", 10):
        waiting = [asyncio.create_task(work()) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(LanesFull):
            await work()
    await asyncio.gather(*waiting)
    await work()
    assert done == 3


async def test_a_wait_ends_and_takes_nobodys_turn():
    lanes = Lanes(1, most_waiting=9, most_bytes=0, seconds=0.01)
    async with lanes.turn("a"):
        for key in "ab":
            with pytest.raises(LanesFull):
                async with lanes.turn(key):
                    pass
    for key in "ab":
        async with lanes.turn(key):
            pass


async def test_who_goes_away_while_it_waits_takes_nobodys_turn():
    lanes = Lanes(1, most_waiting=9, most_bytes=0, seconds=30)

    async def work(key: str) -> None:
        async with lanes.turn(key):
            pass

    async with lanes.turn("a"):
        waiting = [asyncio.create_task(work(key)) for key in "ab"]
        await asyncio.sleep(0)
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    await work("a")
    await work("b")
