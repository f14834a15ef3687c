"""The floor: bare Starlette and asyncpg, the row by one statement, its documents passed on as bytes, nothing checked.

The replies are those of Graft, byte for byte, but for what a list says of its page.
"""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg
import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graft.auth.tokens import token_hash
from graft.db.connection import set_codecs
from graft.ids import parse

_COLUMNS = """
i.id, i.workspace_id, i.slug, i.name, i.description, i.icon_url, i.publisher, i.trust_tier, i.current_version,
v.manifest_snapshot, v.variables_schema_snapshot, v.auth_config_snapshot, i.visibility, i.created_by, i.deleted_at,
i.retention_tier, i.created_at, i.updated_at
from integrations i left join integration_versions v on v.id = i.current_version_id
"""
_ONE = f"select {_COLUMNS} where i.id = $1"
_LIST = f"""
select {_COLUMNS} where i.publisher = $1 and i.visibility = $2 and i.deleted_at is null order by i.id desc limit $3
"""
_KEY = """
select k.id, k.kind, k.user_id, k.workspace_id, k.tier from api_keys k
where k.hash = $1 and k.deleted_at is null and (k.expires_at is null or k.expires_at > now())
"""
_CLONE = """
select e.id, e.workspace_id, e.kind, e.slug, e.name, e.description, t.body, e.version_id, e.origin_install_id,
  e.created_by, e.deleted_at, e.retention_tier, e.created_at, e.updated_at
from entities e join version_members b on b.id = e.base_id join templates t on t.id = b.template_id
"""
_ONE_CLONE = f"{_CLONE} where e.id = $1 and e.workspace_id = $2"
_CLONES = f"{_CLONE} where e.workspace_id = $1 order by e.id desc limit $2"
_PREFIXES = {"function": "fun", "schema": "sch"}
_TOKEN_KEY = bytes.fromhex(os.environ["BENCH_TOKEN_KEY"])


class Integration(msgspec.Struct, rename="camel"):
    id: str
    workspace_id: str
    slug: str
    name: str
    description: str | None
    icon_url: str | None
    publisher: str
    trust_tier: str
    current_version: str | None
    manifest: msgspec.Raw
    variables_schema: msgspec.Raw
    auth_config: msgspec.Raw
    visibility: str
    created_by: str | None
    deleted_at: datetime | None
    retention_tier: str | None
    created_at: datetime
    updated_at: datetime


class Entity(msgspec.Struct, rename="camel"):
    id: str
    workspace_id: str
    kind: str
    slug: str
    name: str
    description: str | None
    definition: msgspec.Raw
    default_version_id: str
    integration_install_id: str | None
    created_by: str | None
    deleted_at: datetime | None
    retention_tier: str | None
    created_at: datetime
    updated_at: datetime


_encode = msgspec.json.Encoder().encode


class _Connection(asyncpg.Connection):
    def get_reset_query(self) -> str:
        return ""


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncGenerator[None]:
    # where the database is stands in PGHOST and its like
    async with asyncpg.create_pool(
        min_size=8, max_size=8, connection_class=_Connection, init=set_codecs
    ) as app.state.pool:
        yield


def _integration(row: Any) -> Integration:
    found = Integration(*row)
    found.id, found.workspace_id = f"int_{found.id}", f"wsp_{found.workspace_id}"
    found.created_by = f"usr_{found.created_by}"
    return found


def _entity(row: Any) -> Entity:
    found = Entity(*row)
    found.id, found.workspace_id = f"{_PREFIXES[found.kind]}_{found.id}", f"wsp_{found.workspace_id}"
    found.created_by, found.default_version_id = f"usr_{found.created_by}", f"entver_{found.default_version_id}"
    found.integration_install_id = f"intins_{found.integration_install_id}"
    return found


def _json(value: Any) -> Response:
    return Response(_encode(value), media_type="application/json")


def _nothing() -> Response:
    return Response(status_code=404)


async def get(request: Request) -> Response:
    integration_id = parse("int", request.path_params["id"])
    row = await request.app.state.pool.fetchrow(_ONE, integration_id) if integration_id else None
    return _nothing() if row is None else _json(_integration(row))


async def get_checked(request: Request) -> Response:
    """As `get`, for whom the token is looked up first: what the check itself costs."""
    token = request.headers["authorization"].removeprefix("Bearer ")
    integration_id = parse("int", request.path_params["id"])
    async with request.app.state.pool.acquire() as connection:
        key = await connection.fetchrow(_KEY, token_hash(_TOKEN_KEY, token))
        row = await connection.fetchrow(_ONE, integration_id) if key else None
    return _nothing() if row is None else _json(_integration(row))


async def list_page(request: Request) -> Response:
    given = request.query_params
    rows = await request.app.state.pool.fetch(_LIST, given["publisher"], given["visibility"], int(given["limit"]))
    return _json({"data": [_integration(row) for row in rows]})


async def by_hand(request: Request) -> Response:
    """The integrations that a statement finds, whose last column is their total; 504 where it takes too long."""
    asked = msgspec.json.decode(await request.body())
    try:
        rows = await request.app.state.pool.fetch(asked["statement"], *asked["values"], timeout=asked["seconds"])
    except TimeoutError:
        return Response(status_code=504)
    total = rows[0]["total"] if rows else 0
    return _json({"data": [_integration(row[:-1]) for row in rows], "pageInfo": {"total": total}})


async def get_clone(request: Request) -> Response:
    """A clone with the definition of its template as it is stored."""
    entity_id, workspace_id = request.path_params["id"], request.query_params["workspace_id"]
    row = await request.app.state.pool.fetchrow(_ONE_CLONE, entity_id.partition("_")[2], parse("wsp", workspace_id))
    return _nothing() if row is None else _json(_entity(row))


async def list_clones(request: Request) -> Response:
    given = request.query_params
    rows = await request.app.state.pool.fetch(_CLONES, parse("wsp", given["workspace_id"]), int(given["limit"]))
    return _json({"data": [_entity(row) for row in rows]})


app = Starlette(
    routes=[
        Route("/api/integrations/{id}", get),
        Route("/checked/api/integrations/{id}", get_checked),
        Route("/api/integrations", list_page),
        Route("/by-hand", by_hand, methods=["POST"]),
        Route("/api/entities/{id}", get_clone),
        Route("/api/entities", list_clones),
    ],
    lifespan=_lifespan,
)
