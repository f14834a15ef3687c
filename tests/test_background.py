"""Periodic work: nothing that a round does ends it, its end waits for the round that runs, and failures are told."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from graft.background import repeating


class Rounds:
    """Work that does what it is told, round by round, and then nothing more."""

    def __init__(self, *steps: Callable[[], Awaitable[None]]) -> None:
        self.steps = list(steps)
        self.begun = 0
        self.ended = 0
        self._seen = asyncio.Condition()

    async def __call__(self) -> None:
        self.begun += 1
        async with self._seen:
            self._seen.notify_all()
        if self.steps:
            await self.steps.pop(0)()
        self.ended += 1

    async def until(self, begun: int) -> None:
        async with asyncio.timeout(30), self._seen:
            await self._seen.wait_for(lambda: self.begun >= begun)


def raising(error: BaseException) -> Callable[[], Awaitable[None]]:
    async def step() -> None:
        raise error

    return step


async def waits_for_what_was_cancelled() -> None:
    gone = asyncio.get_running_loop().create_future()
    gone.cancel()
    await gone


async def forever() -> None:
    await asyncio.Event().wait()


async def deaf() -> None:
    """Goes on when it is cancelled, for once."""
    try:
        await forever()
    except asyncio.CancelledError:
        await forever()


@pytest.mark.parametrize(
    "step",
    [raising(ValueError("odd")), raising(TimeoutError()), raising(AssertionError()), waits_for_what_was_cancelled],
)
async def test_an_error_does_not_end_it(step: Callable[[], Awaitable[None]]):
    rounds = Rounds(step, step)
    async with repeating("counting", rounds, 0):
        await rounds.until(begun=5)
    assert rounds.ended == rounds.begun - 2


async def test_what_failed_stands_in_the_log_with_its_traceback(caplog: pytest.LogCaptureFixture):
    rounds = Rounds(raising(ValueError("odd")))
    async with repeating("counting", rounds, 0):
        await rounds.until(begun=2)
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("graft", logging.ERROR)
    assert record.getMessage() == "counting failed (1 so far), and goes on"
    assert "in step" in caplog.text
    assert "ValueError: odd" in caplog.text


@pytest.mark.parametrize(
    ("quiet_seconds", "told"),
    [
        (3600.0, [("(1 so far), and goes on", "ValueError"), ("(3 so far), and goes on", "KeyError")]),
        (0.0, [(f"({n} so far), and goes on", f"{'KeyError' if n == 3 else 'ValueError'}") for n in (1, 2, 3, 4)]),
    ],
)
async def test_each_kind_of_error_is_told_once_in_a_while(
    quiet_seconds: float, told: list[tuple[str, str]], caplog: pytest.LogCaptureFixture
):
    errors = (ValueError("a"), ValueError("b"), KeyError("c"), ValueError("d"))
    rounds = Rounds(*map(raising, errors))
    async with repeating("counting", rounds, 0, quiet_seconds=quiet_seconds):
        await rounds.until(begun=5)
    lines = caplog.text.splitlines()
    numbers = [line.rpartition(" failed ")[2] for line in lines if "counting failed" in line]
    kinds = [line.partition(":")[0] for line in lines if line.startswith(("ValueError", "KeyError"))]
    assert [*zip(numbers, kinds, strict=True)] == told


async def test_its_end_waits_for_the_round_that_runs():
    go_on = asyncio.Event()

    async def slow() -> None:
        await go_on.wait()

    rounds = Rounds(slow)
    async with repeating("counting", rounds, 0):
        await rounds.until(begun=1)
        asyncio.get_running_loop().call_later(0.01, go_on.set)
    assert (rounds.begun, rounds.ended) == (1, 1)


async def test_its_end_does_not_wait_for_the_next_round():
    rounds = Rounds()
    async with asyncio.timeout(30), repeating("counting", rounds, 3600):
        pass
    assert rounds.begun == 0


@pytest.mark.parametrize("step", [None, raising(ValueError())])
async def test_a_last_round_is_done_at_its_end_whatever_it_does(step: Callable[[], Awaitable[None]] | None):
    rounds = Rounds(*filter(None, [step]))
    async with repeating("counting", rounds, 3600, at_the_end=True):
        assert rounds.begun == 0
    assert rounds.begun == 1


@pytest.mark.parametrize("step", [forever, deaf])
async def test_a_round_that_does_not_end_is_cut_off(
    step: Callable[[], Awaitable[None]], caplog: pytest.LogCaptureFixture
):
    before = asyncio.all_tasks()
    rounds = Rounds(step)
    async with asyncio.timeout(30), repeating("counting", rounds, 0, stop_seconds=0.01):
        await rounds.until(begun=1)
    assert (rounds.begun, rounds.ended) == (1, 0)
    assert [record.getMessage() for record in caplog.records] == [
        "counting took longer than 0.01 seconds to end and was cut off"
    ]
    for left in asyncio.all_tasks() - before:
        left.cancel()


async def _fail_inside(rounds: Rounds) -> None:
    async with repeating("counting", rounds, 0):
        await rounds.until(begun=1)
        raise LookupError


async def test_what_the_block_raises_ends_it_as_well():
    before, rounds = asyncio.all_tasks(), Rounds()
    with pytest.raises(LookupError):
        await _fail_inside(rounds)
    assert asyncio.all_tasks() == before


async def test_a_block_that_is_cancelled_leaves_no_task():
    before, rounds = asyncio.all_tasks(), Rounds(forever)

    async def block() -> None:
        async with repeating("counting", rounds, 0):
            await forever()

    task = asyncio.create_task(block())
    await rounds.until(begun=1)
    task.cancel()
    await asyncio.sleep(0)
    # the end waits for the round by now
    task.cancel()
    await asyncio.wait([task])
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
