"""How an operation is run: again where it lost to others, four times at most, in a transaction where it writes."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest

from graft import clock
from graft.auth.caller import Caller
from graft.db.again import try_again
from graft.db.connection import Database
from graft.db.errors import TryAgain
from graft.errors import Conflict, Unauthenticated, Unavailable
from graft.web.authenticate import authenticate
from graft.web.context import PrepareContext, Process, ReadContext, WriteContext
from graft.web.decode import Arguments
from graft.web.endpoint import Endpoint
from graft.web.run import run
from tests.support.database import opened
from tests.support.world import World
from tests.web.stages import endpoint, process


@dataclass
class Running:
    """One caller with what `run` takes; the operation renames its workspace, and then fails as it is told to."""

    world: World
    database: Database
    process: Process
    token: str
    caller: Caller
    failures: list[Exception] = field(default_factory=list)
    contexts: list[Any] = field(default_factory=list)
    given: list[Any] = field(default_factory=list)

    async def operation(self, context: ReadContext, *positional: Any, **named: Any) -> str:
        self.contexts.append(context)
        self.given.append((positional, named))
        if isinstance(context, WriteContext):
            await context.db.execute("update workspaces set name = name || '+'")
        if self.failures:
            raise self.failures.pop(0)
        return await context.db.value("select name from workspaces")

    async def run(self, method: str, arguments: Arguments | None = None, **declared: Any) -> Any:
        asked: Endpoint = endpoint(method, **{"operation": self.operation, **declared})
        given = arguments or Arguments([], {})
        return await run(asked, self.token, self.caller, given, self.database, self.process)

    async def name(self) -> str | None:
        return await self.world.owner.fetchval("select name from workspaces")

    @property
    def known(self) -> bool:
        return self.process.callers.get(self.token, clock.now()) is not None


@pytest.fixture
def running(world: World, database_url: str, app_role: str, runner: asyncio.Runner) -> Iterator[Running]:
    stack = AsyncExitStack()

    async def start() -> Running:
        alpha, shared = await world.workspace("alpha"), process()
        assert alpha.token is not None
        database = await stack.enter_async_context(opened(database_url, role=app_role))
        caller = await authenticate(alpha.token, shared, database.reading)
        return Running(world, database, shared, alpha.token, caller)

    yield runner.run(start())
    runner.run(stack.aclose())


def _lost(times: int) -> list[Exception]:
    return [TryAgain("lost") for _ in range(times)]


@pytest.mark.parametrize("times", range(6))
async def test_what_lost_is_tried_four_times_and_then_fails(times: int):
    failures, tries = _lost(times), 0

    async def attempt() -> str:
        nonlocal tries
        tries += 1
        if failures:
            raise failures.pop()
        return "done"

    if times < 4:
        assert await try_again(attempt) == "done"
    else:
        with pytest.raises(TryAgain):
            await try_again(attempt)
    assert tries == min(times + 1, 4)


@pytest.mark.parametrize(
    ("method", "times", "name"),
    [("GET", 0, "alpha"), ("GET", 3, "alpha"), ("POST", 0, "alpha+"), ("PATCH", 3, "alpha+"), ("DELETE", 1, "alpha+")],
)
async def test_only_what_the_last_try_wrote_is_kept(method: str, times: int, name: str, running: Running):
    running.failures = _lost(times)
    assert await running.run(method) == name
    assert await running.name() == name
    assert len(running.contexts) == times + 1


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_four_that_lost_are_503_and_nothing_is_kept(method: str, running: Running):
    running.failures = _lost(9)
    with pytest.raises(Unavailable):
        await running.run(method)
    assert await running.name() == "alpha"
    assert len(running.contexts) == 4


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("error", [Conflict("no", code="taken"), Unavailable("away"), ZeroDivisionError()])
async def test_any_other_error_is_the_end_and_nothing_is_kept(method: str, error: Exception, running: Running):
    running.failures = [error]
    with pytest.raises(type(error)) as caught:
        await running.run(method)
    assert caught.value is error
    assert await running.name() == "alpha"
    assert len(running.contexts) == 1


@pytest.mark.parametrize(("method", "context"), [("GET", ReadContext), ("POST", WriteContext)])
async def test_each_try_has_a_context_and_a_time_of_its_own(method: str, context: type, running: Running):
    running.failures = _lost(1)
    await running.run(method, Arguments(["id"], {"query": 1, "body": 2}))
    first, second = running.contexts
    assert type(first) is type(second) is context
    assert first is not second
    assert first.now < second.now
    assert second.now is second.now
    assert running.given == [(("id",), {"query": 1, "body": 2})] * 2


async def test_what_reads_can_write_nothing(running: Running):
    async def write(context: Any) -> None:
        await context.db.execute("update workspaces set name = 'x'")

    with pytest.raises(AttributeError):
        await running.run("GET", operation=write)


async def test_what_is_prepared_takes_the_place_of_the_body_and_is_prepared_once(running: Running):
    async def prepare(context: PrepareContext, *positional: Any, **named: Any) -> Any:
        async with context.reading() as reading:
            name = await reading.db.value("select name from workspaces")
        return context.caller, name, positional, named

    running.failures = _lost(2)
    await running.run("POST", Arguments(["id"], {"query": 1, "body": 2}), prepare=prepare)
    prepared = (running.caller, "alpha", ("id",), {"query": 1, "body": 2})
    assert running.given == [(("id",), {"query": 1, "prepared": prepared})] * 3


async def test_what_cannot_be_prepared_writes_nothing(running: Running):
    async def prepare(*_given: Any, **_named: Any) -> Any:
        raise Conflict("no", code="taken")

    with pytest.raises(Conflict):
        await running.run("POST", prepare=prepare)
    assert running.contexts == []


async def _revoke(owner: asyncpg.Connection) -> None:
    await owner.execute("update api_keys set deleted_at = now()")


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
async def test_a_token_that_was_revoked_meanwhile_writes_nothing(method: str, running: Running):
    await _revoke(running.world.owner)
    running.process.callers.forget()
    with pytest.raises(Unauthenticated):
        await running.run(method)
    assert (running.contexts, await running.name()) == ([], "alpha")


async def test_a_token_that_is_revoked_between_two_tries_writes_nothing(running: Running):
    async def operation(context: WriteContext) -> None:
        await running.operation(context)
        await _revoke(running.world.owner)
        running.process.callers.forget()
        raise TryAgain("lost")

    with pytest.raises(Unauthenticated):
        await running.run("POST", operation=operation)
    assert (len(running.contexts), await running.name()) == (1, "alpha")


async def test_nothing_is_prepared_for_a_token_that_was_revoked_while_its_body_came(running: Running):
    async def prepare(*_given: Any, **_named: Any) -> Any:
        raise AssertionError("it was prepared")

    await _revoke(running.world.owner)
    running.process.callers.forget()
    with pytest.raises(Unauthenticated):
        await running.run("POST", prepare=prepare)
    assert running.contexts == []


async def test_a_read_that_is_tried_again_is_asked_who_calls(running: Running):
    async def operation(context: ReadContext) -> None:
        running.contexts.append(context)
        await _revoke(running.world.owner)
        running.process.callers.forget()
        raise TryAgain("lost")

    with pytest.raises(Unauthenticated):
        await running.run("GET", operation=operation)
    assert len(running.contexts) == 1


async def test_what_changes_callers_believes_no_memory(running: Running):
    await _revoke(running.world.owner)
    assert running.known
    with pytest.raises(Unauthenticated):
        await running.run("POST", changes_callers=True)
    assert (running.contexts, await running.name()) == ([], "alpha")


@pytest.mark.parametrize(
    ("changes_callers", "failures", "known"),
    [(False, [], True), (True, [], False), (True, [Conflict("no", code="taken")], True)],
)
async def test_callers_are_forgotten_when_what_changes_them_is_committed(
    changes_callers: bool, failures: list[Exception], known: bool, running: Running
):
    running.failures = failures
    try:
        await running.run("POST", changes_callers=changes_callers)
    except Conflict:
        assert known
    assert running.known is known
