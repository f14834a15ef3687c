"""Count the SQL statements of a request, in an application inside this process on the same database."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from bench.database import APP_ROLE
from bench.servers import SECRET, ServerFailed
from graft import jsontext
from graft.app import create_app
from graft.config import Settings


class Counter:
    """Sends requests and counts their statements, without transactions' own and without the token check."""

    def __init__(self, http: httpx.AsyncClient, heard: list[str]) -> None:
        self._http = http
        self._heard = heard

    async def count(self, token: str, method: str, path: str, body: Any = None) -> int:
        """The number for one request, which must succeed."""
        content = body if isinstance(body, bytes) or body is None else jsontext.encode(body)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        # the driver tells of a statement at the next turn of the loop: that of the start, and the last of the request
        await asyncio.sleep(0)
        self._heard.clear()
        reply = await self._http.request(method, path, content=content, headers=headers)
        await asyncio.sleep(0)
        if not reply.is_success:
            raise ServerFailed(f"{method} {path}: {reply.status_code} {reply.text[:1000]}")
        return sum("api_keys" not in statement for statement in self._heard)


@asynccontextmanager
async def counting(dsn: str) -> AsyncGenerator[Counter]:
    heard: list[str] = []
    settings = Settings(data_dir=Path(tempfile.gettempdir()), app_role=APP_ROLE, log="off")
    app = create_app(
        settings, dsn=dsn, secret=SECRET.encode(), listeners=[lambda statement, _values: heard.append(statement)]
    )
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://graft", timeout=600) as http:
            yield Counter(http, heard)
