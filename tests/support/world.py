"""A running Graft for a test: its application on a database of its own, callers, and what it says to PostgreSQL."""

import asyncio
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

from graft import clock, ids
from graft.app import create_app
from graft.auth.authenticate import _CALLER  # pyright: ignore[reportPrivateUsage]
from graft.auth.callers import Callers
from graft.auth.scope import Scope
from graft.auth.secrets import derive
from graft.auth.tokens import Kind, new_token, token_hash, token_hint
from graft.config import Settings
from graft.db.connection import set_codecs
from graft.listing import Catalog, PreparedLists
from graft.web.context import Process
from tests.statements.heard import Hearing

# Tasks that the start makes keep it for life: a listener is called in the context of what sent the statement.
_starting: ContextVar[bool] = ContextVar("starting", default=False)

SECRET = b"a secret of thirty-two bytes or more"


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


@dataclass(frozen=True)
class As:
    """A caller: sends requests with one token."""

    world: "World"
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
        taken = sum(statement != _CALLER for statement in heard.statements)
        return Reply(reply.status_code, document, reply.headers, taken, reply.content)

    async def get(self, path: str, **parameters: Any) -> Reply:
        return await self("GET", path, params=parameters)

    async def post(self, path: str, body: Any = None) -> Reply:
        return await self("POST", path, body)

    async def patch(self, path: str, body: Any) -> Reply:
        return await self("PATCH", path, body)

    async def delete(self, path: str) -> Reply:
        return await self("DELETE", path)


@dataclass
class World:
    """The application of one test. Factories leave what their name says and give what is needed to go on.

    `statements`: all that the application said to PostgreSQL but what it says by itself, in the background.
    """

    http: httpx.AsyncClient
    owner: asyncpg.Connection
    app: Starlette
    hearing: Hearing
    statements: list[str] = field(default_factory=list)

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
        user_id = ids.new_id()
        await self.owner.execute(
            "insert into users (id, email, name, platform_admin, created_at, updated_at) values ($1, $2, $3, $4, $5, $5)",
            user_id,
            f"{name}-{user_id}@example.com",
            name,
            platform_admin,
            clock.now(),
        )
        return f"usr_{user_id}"

    async def workspace(self, slug: str, tier: str = "admin") -> As:
        """A new workspace, and a secret key of it with this tier."""
        workspace_id, now = ids.new_id(), clock.now()
        await self.owner.execute(
            "insert into workspaces (id, slug, name, created_at, updated_at) values ($1, $2, $2, $3, $3)",
            workspace_id,
            slug,
            now,
        )
        await self.owner.execute(
            "insert into publishers (id, name, workspace_id, created_at) values ($1, $2, $3, $4)",
            ids.new_id(),
            slug,
            workspace_id,
            now,
        )
        return await self.key(f"wsp_{workspace_id}", tier)

    async def key(self, workspace_id: str, tier: str = "admin", *, kind: Kind = "secret") -> As:
        """A caller with a new key of a workspace."""
        return await self._key(kind, await self.user(), workspace_id, tier)

    async def session(self, user_id: str, **tiers: str) -> As:
        """A caller that is a user."""
        return await self._key("session", user_id, None, None)

    async def platform_admin(self) -> As:
        return await self.session(await self.user("admin", platform_admin=True))

    async def member(self, workspace_id: str, user_id: str, tier: str) -> None:
        await self.owner.execute(
            """insert into workspace_members (id, workspace_id, user_id, tier, created_at, updated_at)
               values ($1, $2, $3, $4, $5, $5)""",
            ids.new_id(),
            workspace_id.removeprefix("wsp_"),
            user_id.removeprefix("usr_"),
            tier,
            clock.now(),
        )
        self.callers.forget()

    async def grant(self, object_id: str, subject_id: str | None, tier: str, workspace_id: str) -> None:
        """A permission row, as an admin of the object would make it."""
        kind = "integration" if object_id.startswith("int_") else "function"
        subject = {"usr": "user", "wsp": "workspace"}[subject_id[:3]] if subject_id else None
        await self.owner.execute(
            """insert into permissions (id, object_kind, object_id, object_workspace_id, subject_kind, subject_id, tier,
               created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $8)""",
            ids.new_id(),
            kind,
            object_id.split("_")[1],
            workspace_id.removeprefix("wsp_"),
            subject,
            subject_id.split("_")[1] if subject_id else None,
            tier,
            clock.now(),
        )

    async def _key(self, kind: Kind, user_id: str, workspace_id: str | None, tier: str | None) -> As:
        token = new_token(kind)
        await self.owner.execute(
            """insert into api_keys (id, kind, workspace_id, user_id, tier, name, hash, hint, created_at, updated_at)
               values ($1, $2, $3, $4, $5, 'a key', $6, $7, $8, $8)""",
            ids.new_id(),
            kind,
            workspace_id and workspace_id.removeprefix("wsp_"),
            user_id.removeprefix("usr_"),
            tier,
            token_hash(derive(SECRET).tokens, token),
            token_hint(token),
            clock.now(),
        )
        return As(self, token, workspace_id or "")


@asynccontextmanager
async def running(database_url: str, app_role: str, **settings: Any) -> AsyncGenerator[World]:
    """Graft on a migrated database, asked through its ASGI interface."""
    heard: list[str] = []
    hearing = Hearing()

    def hear(statement: str, values: Sequence[Any]) -> None:
        if not _starting.get():
            heard.append(statement)
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
                yield World(http, owner, app, hearing, heard)
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


async def entity(caller: As, kind: str, slug: str, definition: dict[str, Any] | None = None) -> dict[str, Any]:
    """A new entity in the caller's workspace."""
    body = {
        "workspaceId": caller.workspace_id,
        "kind": kind,
        "slug": slug,
        "name": slug,
        "definition": definition or {},
    }
    reply = await caller.post("/api/entities", body)
    assert reply.status == 201, reply.json
    return reply.json


def manifest_member(of: dict[str, Any], **flags: Any) -> dict[str, Any]:
    """The manifest's entry of an entity, under its slug."""
    return {"slug": of["slug"], "entityId": of["id"], "kind": of["kind"], **flags}


async def integration(caller: As, slug: str = "demo", **documents: Any) -> dict[str, Any]:
    """A new draft in the caller's workspace; `documents` are manifest, variablesSchema, authConfig."""
    body = {"workspaceId": caller.workspace_id, "slug": slug, "name": slug, **documents}
    reply = await caller.post("/api/integrations", body)
    assert reply.status == 201, reply.json
    return reply.json


async def published(caller: As, integration_id: str, version: str = "1.0.0") -> dict[str, Any]:
    reply = await caller.post(f"/api/integrations/{integration_id}/publish", {"version": version})
    assert reply.status == 201, reply.json
    return reply.json


async def unlisted(caller: As, integration_id: str) -> None:
    """Make it readable by whoever knows its id."""
    reply = await caller.post(f"/api/integrations/{integration_id}/visibility", {"visibility": "unlisted"})
    assert reply.status == 200, reply.json


async def installed(caller: As, integration_id: str, **body: Any) -> dict[str, Any]:
    """An install in the caller's workspace."""
    reply = await caller.post(
        f"/api/integrations/{integration_id}/install", {"workspaceId": caller.workspace_id, **body}
    )
    assert reply.status == 201, reply.json
    return reply.json


async def offered(author: As, slug: str, members: Sequence[dict[str, Any]], **documents: Any) -> dict[str, Any]:
    """An integration of these manifest members, published as 1.0.0, which whoever knows its id may install."""
    manifest = {"members": members, **documents.pop("manifest", {})}
    made = await integration(author, slug, manifest=manifest, **documents)
    await published(author, made["id"])
    await unlisted(author, made["id"])
    return made


async def members_of(caller: As, install: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The members of an install by their slugs."""
    reply = await caller.get(f"/api/integration-installs/{install['id']}/members")
    assert reply.status == 200, reply.json
    return {member["sourceMemberSlug"]: member for member in reply.json["members"]}


async def definition_of(caller: As, member: dict[str, Any]) -> Any:
    """What a member of an install reads as there."""
    place = {} if member["isClone"] else {"integrationInstallId": member["integrationInstallId"]}
    reply = await caller.get(f"/api/entities/{member['entityId']}", **place)
    assert reply.status == 200, reply.json
    return reply.json["definition"]
