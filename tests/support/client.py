"""Callers of a Graft under test, and the replies that they get."""

import asyncio
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from graft.auth.authenticate import _CALLER, _HOLD
from tests.statements.heard import Hearing


@dataclass(frozen=True)
class Reply:
    """A reply, with the number of SQL statements that it took beside the token check."""

    status: int
    json: Any
    headers: httpx.Headers
    statements: int
    content: bytes

    @property
    def code(self) -> str:
        return self.json["code"]

    @property
    def problems(self) -> set[tuple[str, str]]:
        """(pointer, code) of each problem."""
        return {(problem["pointer"], problem["code"]) for problem in self.json.get("errors", [])}


class Served(Protocol):
    """What can be asked, and hears what it says to PostgreSQL for it."""

    @property
    def http(self) -> httpx.AsyncClient: ...

    @property
    def hearing(self) -> Hearing: ...


@dataclass(frozen=True)
class As:
    """A caller: sends requests with one token."""

    world: Served
    token: str | None
    workspace_id: str = ""

    async def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> Reply:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= options.pop("headers", {})
        if body is not None:
            options["json"] = body
        with self.world.hearing.request(self.token, method, path) as heard:
            reply = await self.world.http.request(method, path, headers=headers, **options)
            # the driver tells of a statement at the next turn of the loop
            await asyncio.sleep(0)
        document = reply.json() if reply.content else None
        taken = sum(statement not in (_CALLER, _HOLD) for statement in heard.statements)
        return Reply(reply.status_code, document, reply.headers, taken, reply.content)

    async def get(self, path: str, **parameters: Any) -> Reply:
        return await self("GET", path, params=parameters)

    async def post(self, path: str, body: Any = None) -> Reply:
        return await self("POST", path, body)

    async def patch(self, path: str, body: Any) -> Reply:
        return await self("PATCH", path, body)

    async def delete(self, path: str) -> Reply:
        return await self("DELETE", path)
