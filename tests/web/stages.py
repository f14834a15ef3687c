"""What a stage of a request is called with, made without a server: an endpoint, a request, a process."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.types import Message

from graft.app import ENDPOINTS, RESOURCES
from graft.auth.secrets import derive
from graft.config import Settings
from graft.kinds.registry import load_kinds
from graft.web.body import bodies_budget
from graft.web.context import Process
from graft.web.decode import Arguments, decode
from graft.web.endpoint import Endpoint
from graft.web.relations import catalog_of
from tests.support.factories.workspaces import SECRET


async def nothing(*_given: Any, **_named: Any) -> None:
    """An operation that does nothing."""


def endpoint(method: str = "GET", **declared: Any) -> Endpoint:
    given: dict[str, Any] = {"path": "/api/things", "operation": nothing, "summary": "", "response": Any, **declared}
    return Endpoint(method, **given)


def request(
    method: str = "GET",
    *,
    query: str = "",
    body: Sequence[bytes] = (),
    path_id: str = "",
    headers: Mapping[str, str] = {},
) -> Request:
    """A request whose body comes in these parts."""
    parts = list(body)

    async def receive() -> Message:
        part = parts.pop(0) if parts else b""
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    lines = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": "/api/things", "query_string": query.encode("latin-1")}
    return Request({**scope, "headers": lines, "path_params": {"id": path_id}}, receive)


def process(**changed: Any) -> Process:
    settings = Settings(data_dir=Path("nowhere"), **changed)
    return Process(
        settings, derive(SECRET), load_kinds(None), catalog_of(RESOURCES, ENDPOINTS), bodies_budget(settings)
    )


async def decoded(declared: Endpoint, sent: Request, process: Process) -> Arguments:
    with process.bodies.holding("key") as holding:
        return await decode(declared, sent, process, holding)
