"""What the benchmarks that write share: a database with a server on it, workspaces with callers, pairs of timings."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from bench import servers
from bench.calls import Caller
from bench.database import Postgres, connected, make_database
from bench.marketplace import make_workspaces
from bench.replay import Schema
from bench.servers import Server

Timed = Callable[[], Awaitable[float]]


@dataclass(frozen=True, slots=True)
class Scene:
    """A running Graft, and a superuser's connection to its database, which is also the one of the plain SQL."""

    dsn: str
    server: Server
    connection: Any
    schema: Schema
    _numbers: Iterator[int] = field(default_factory=count)

    async def callers(self, number: int, tier: str = "editor") -> list[Caller]:
        """Keys of so many new workspaces."""
        prefix = f"workspace-{next(self._numbers)}-"
        made = await make_workspaces(self.connection, servers.secrets().tokens, prefix, number, tier)
        return [Caller(self.server.port, token, workspace_id) for workspace_id, token in made]

    async def caller(self, tier: str = "editor") -> Caller:
        return (await self.callers(1, tier))[0]


@asynccontextmanager
async def scene(postgres: Postgres) -> AsyncGenerator[Scene]:
    dsn = await make_database(postgres, "packages")
    with servers.graft(dsn) as server:
        async with connected(dsn) as connection:
            yield Scene(dsn, server, connection, await Schema.read(connection))


async def pair(number: int, ours: Timed, theirs: Timed) -> tuple[float, float]:
    """Milliseconds of both, one after the other; another one begins each round."""
    if number % 2:
        its = await theirs()
        return await ours(), its
    mine = await ours()
    return mine, await theirs()
