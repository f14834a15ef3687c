"""Drives calls statement by statement, so that two of them can be tried in every order on a real PostgreSQL."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import asyncpg

from tests.statements.owners import touched

# What two calls may meet at. Between statements on other tables nothing that the other one does is seen.
MEETING = frozenset(
    {"workspace_locks", "integrations", "integration_versions", "installs", "entities", "permissions", "auth_states"}
)
_SILENT = re.compile(r"\s*(begin|rollback|set|savepoint|release|show)\b", re.IGNORECASE)
# A call that is neither blocked nor at its next statement after so long hangs.
SECONDS = 60

Call = Callable[[], Awaitable[Any]]


@dataclass
class Stepped:
    """One call. It stops before each statement that counts, until it is let go on."""

    call: Call
    pid: int | None = None
    at_gate: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[Any] | None" = None
    was_blocked: bool = False

    def start(self) -> None:
        before = _gate.set(self)
        try:
            self.task = asyncio.ensure_future(self.call())
        finally:
            _gate.reset(before)

    async def reached(self, pid: int) -> None:
        self.pid = pid
        self.at_gate.set()
        await self.go.wait()
        self.go.clear()

    def step(self) -> None:
        self.at_gate.clear()
        self.go.set()

    @property
    def done(self) -> bool:
        return self.task is not None and self.task.done()

    async def stands(self, observer: asyncpg.Connection) -> bool:
        """Wait until it is at a statement or done (True), or waits for somebody's lock (False)."""
        assert self.task is not None
        async with asyncio.timeout(SECONDS):
            while not self.done and not self.at_gate.is_set():
                gate = asyncio.ensure_future(self.at_gate.wait())
                await asyncio.wait([gate, self.task], timeout=0.004, return_when=asyncio.FIRST_COMPLETED)
                gate.cancel()
                if not self.done and not self.at_gate.is_set() and await _waits(observer, self.pid):
                    self.was_blocked = True
                    return False
        return True


_gate: ContextVar[Stepped | None] = ContextVar("gate", default=None)


async def _waits(observer: asyncpg.Connection, pid: int | None) -> bool:
    return bool(await observer.fetchval("select cardinality(pg_blocking_pids($1)) > 0", pid))


def _counts(statement: str) -> bool:
    if _SILENT.match(statement):
        return False
    if "purge_versions" in statement or statement.lower().startswith("commit"):
        return True
    found = touched(statement)
    return bool(MEETING & (found.read | {table for _, table in found.written}))


def _stopping(ask: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @wraps(ask)
    async def stopping(connection: asyncpg.Connection, statement: str, *values: Any, **options: Any) -> Any:
        call = _gate.get()
        if call is not None and _counts(statement):
            await call.reached(connection.get_server_pid())
        return await ask(connection, statement, *values, **options)

    return stopping


def stop_at_statements(patch: Callable[[Any, str, Any], None]) -> None:
    """From now on statements of stepped calls stop at the driver; `patch` sets an attribute for the time of a test."""
    for name in ("fetch", "fetchrow", "fetchval", "execute"):
        patch(asyncpg.Connection, name, _stopping(getattr(asyncpg.Connection, name)))


@dataclass
class Run:
    """What came of one order: what each call gave, who was blocked by whom, and where the other one could have gone on.

    `choices`: at each step who went, and whether the other one could have.
    """

    replies: list[Any]
    blocked: list[bool]
    choices: list[tuple[int, bool]]


async def run(calls: Sequence[Call], order: Sequence[int], observer: asyncpg.Connection) -> Run:
    """Let two calls go in this order, step by step; beyond it each goes on as far as it can, the last one first."""
    both = [Stepped(call) for call in calls]
    for one in both:
        one.start()
        await one.stands(observer)
    choices: list[tuple[int, bool]] = []
    turn = order[0] if order else 0
    while not all(one.done for one in both):
        able = [await one.stands(observer) and not one.done for one in both]
        if not any(able):
            await asyncio.sleep(0.01)
            continue
        wanted = order[len(choices)] if len(choices) < len(order) else turn
        turn = wanted if able[wanted] else 1 - wanted
        choices.append((turn, all(able)))
        both[turn].step()
        await both[turn].stands(observer)
    return Run([one.task.result() for one in both if one.task is not None], [one.was_blocked for one in both], choices)


def next_orders(taken: Run, order: Sequence[int], switches: int) -> Iterator[list[int]]:
    """The orders that leave the one taken after its prefix: at each later step at which the other could have gone.

    `switches`: how often one may be left although it could have gone on.
    """
    steps = [who for who, _ in taken.choices]
    for at in range(len(order), len(steps)):
        could = taken.choices[at][1]
        if not could:
            continue
        other = [*steps[:at], 1 - steps[at]]
        forced = sum(other[number] != other[number - 1] and taken.choices[number][1] for number in range(1, len(other)))
        if forced <= switches:
            yield other
