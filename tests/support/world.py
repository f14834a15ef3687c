"""A running Graft for a test: its application on a database of its own, callers, and what it says to PostgreSQL."""

import tempfile
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from starlette.applications import Starlette

from graft.app import create_app
from graft.auth.callers import Callers
from graft.auth.scope import Scope
from graft.auth.secrets import derive
from graft.auth.tokens import Kind, token_hash
from graft.config import Settings
from graft.db.connection import set_codecs
from graft.listing import Catalog, PreparedLists
from graft.web.context import Process
from tests.statements.heard import Hearing
from tests.support.client import As
from tests.support.factories.permissions import new_grant
from tests.support.factories.workspaces import SECRET, new_key, new_member, new_user, new_workspace

# Tasks that the start makes keep it for life: a listener is called in the context of what sent the statement.
_starting: ContextVar[bool] = ContextVar("starting", default=False)


@dataclass
class World:
    """The application of one test. Factories leave what their name says and give what is needed to go on.

    `statements`: all that the application said to PostgreSQL but what it says by itself, in the background. `values_of`:
    those of its parameters, statement by statement.
    """

    http: httpx.AsyncClient
    owner: asyncpg.Connection
    app: Starlette
    hearing: Hearing
    statements: list[str] = field(default_factory=list)
    values_of: list[Sequence[Any]] = field(default_factory=list)

    @property
    def callers(self) -> Callers:
        return self.app.state.process.callers

    @contextmanager
    def changed_program(self, catalog: Catalog[Scope]) -> Generator[None]:
        """While relations lead elsewhere: nothing prepared lasts, and the statements are not those of Graft."""
        objections = [*self.hearing.objections]
        process: Process = self.app.state.process
        self.app.state.process = replace(process, lists=PreparedLists(), catalog=catalog)
        try:
            yield
        finally:
            self.app.state.process = replace(process, lists=PreparedLists())
            self.hearing.objections[:] = objections

    @property
    def stranger(self) -> As:
        """A caller without a token."""
        return As(self, None)

    async def values(self, statement: str) -> tuple[Any, ...]:
        """The one row of a statement that the owner asks."""
        row = await self.owner.fetchrow(statement)
        assert row is not None
        return tuple(row)

    async def user(self, name: str = "someone", *, platform_admin: bool = False) -> str:
        """The wire id of a new user."""
        return await new_user(self.owner, name, platform_admin=platform_admin)

    async def workspace(self, slug: str, tier: str = "admin") -> As:
        """A new workspace, and a secret key of it with this tier."""
        return await self.key(await new_workspace(self.owner, slug), tier)

    async def key(self, workspace_id: str, tier: str = "admin", *, kind: Kind = "secret") -> As:
        """A caller with a new key of a workspace."""
        token = await new_key(self.owner, kind, await self.user(), workspace_id, tier)
        return As(self, token, workspace_id)

    async def session(self, user_id: str) -> As:
        """A caller that is a user."""
        return As(self, await new_key(self.owner, "session", user_id, None, None))

    async def platform_admin(self) -> As:
        return await self.session(await self.user("admin", platform_admin=True))

    async def member(self, workspace_id: str, user_id: str, tier: str) -> None:
        await new_member(self.owner, workspace_id, user_id, tier)
        self.callers.forget()

    async def grant(self, object_id: str, subject_id: str | None, tier: str, workspace_id: str) -> None:
        """A permission row, as an admin of the object would make it."""
        await new_grant(self.owner, object_id, subject_id, tier, workspace_id)


@asynccontextmanager
async def running(database_url: str, app_role: str, **settings: Any) -> AsyncGenerator[World]:
    """Graft on a migrated database, asked through its ASGI interface."""
    heard: list[str] = []
    values_of: list[Sequence[Any]] = []
    hearing = Hearing()

    def hear(statement: str, values: Sequence[Any]) -> None:
        if not _starting.get():
            heard.append(statement)
            values_of.append(values)
        hearing(statement, values)

    settings.setdefault("log", "off")
    configured = Settings(data_dir=Path(tempfile.gettempdir()), app_role=app_role, **settings)
    app = create_app(configured, dsn=database_url, secret=SECRET, listeners=[hear])
    owner = await asyncpg.connect(database_url)
    await set_codecs(owner)
    try:
        starting = _starting.set(True)
        async with app.router.lifespan_context(app):
            _starting.reset(starting)
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://graft") as http:
                yield World(http, owner, app, hearing, heard, values_of)
        hearing.judge(await _platform_admins(owner, hearing.suspects()))
    finally:
        await owner.close()


async def _platform_admins(owner: asyncpg.Connection, tokens: set[str]) -> set[str]:
    """Those of these tokens that are a platform admin's."""
    if not tokens:
        return set()
    key = derive(SECRET).tokens
    found = await owner.fetch(
        "select k.hash from api_keys k join users u on u.id = k.user_id and u.platform_admin where k.kind = 'session'"
    )
    hashes = {row["hash"] for row in found}
    return {token for token in tokens if token_hash(key, token) in hashes}
