"""The way of a request: token → caller, path and body → typed values, operation in its transaction, reply."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from graft import clock, ids
from graft.auth.authenticate import authenticate, bearer_token, known_caller
from graft.auth.caller import Caller
from graft.config import Settings
from graft.db.connection import Database
from graft.db.errors import TryAgain
from graft.errors import Forbidden, Invalid, NotFound, Problem, TooLarge, Unsupported, invalid
from graft.jsontext import Json, StrictReader
from graft.web.context import PrepareContext, Process, ReadContext, WriteContext
from graft.web.responses import json_response
from graft.web.structs import from_parameters, to_struct

Operation = Callable[..., Awaitable[Any]]
PathId = Callable[[str, Process], Any]

_READERS = frozenset({"GET", "HEAD"})
_TRIES = 4
_BODY_SECONDS = 60
_LENGTH_DIGITS = 18
_BODIES = StrictReader()


def default_body_limit(settings: Settings) -> int:
    return settings.max_body


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint: what it takes, what it gives, and the operation between.

    The operation is called with its context, then the id of the path if there is one, then `query` and `body` by name.
    What is slow and needs no transaction is done by `prepare`, which runs before it with a `Preparing` and the same
    arguments; the operation is given its result, as `prepared`, in place of the body.
    """

    method: str
    path: str
    operation: Operation
    summary: str
    reply: Any
    status: int = 200
    # the prefix of the id in the path, or a function that reads it
    path_id: str | PathId | None = None
    body: type[msgspec.Struct] | None = None
    body_optional: bool = False
    # a body that is a document of its own rather than JSON of a struct is given as bytes
    body_raw: bool = False
    body_limit: Callable[[Settings], int] = default_body_limit
    query: type[msgspec.Struct] | None = None
    prepare: Operation | None = None
    # list endpoints read their parameters themselves: the names, for the OpenAPI document
    list_resource: Any = None
    # whether a publishable key, which sits in browsers, may call it
    publishable: bool = False
    tags: tuple[str, ...] = field(default=())
    # whether it changes who a token's caller is, or what it may do
    changes_callers: bool = False

    @property
    def writes(self) -> bool:
        return self.method not in _READERS


async def handle(call: Endpoint, request: Request, database: Database, process: Process) -> Response:
    """Answer one request to one call."""
    now = clock.now()
    token = bearer_token(request.headers.get("authorization"))
    caller = known_caller(process.callers, token, now)
    if not call.writes:
        return await _read(call, request, database, process, token, now, caller)
    caller = caller or await _caller(database, process, token, now)
    _admit(call, request, caller, process, now)
    positional, named = await _arguments(call, request, process)
    if call.prepare is not None:
        context = PrepareContext(database, caller, process)
        named["prepared"] = await call.prepare(context, *positional, **named)
        named.pop("body", None)
        # it may have taken its time, in which a token was revoked
        caller = known_caller(process.callers, token, clock.now())
        caller = caller or await _caller(database, process, token, clock.now())
    for left in reversed(range(_TRIES)):
        try:
            async with database.writing() as db:
                result = await call.operation(WriteContext(db, caller, process), *positional, **named)
            if call.changes_callers:
                process.callers.forget()
            return json_response(result, call.status)
        except TryAgain:
            if not left:
                raise
    raise AssertionError


async def _read(
    call: Endpoint,
    request: Request,
    database: Database,
    process: Process,
    token: str,
    now: datetime,
    caller: Caller | None,
) -> Response:
    for left in reversed(range(_TRIES)):
        try:
            async with database.reading() as db:
                if caller is None:
                    caller = await authenticate(db, process.callers, process.secrets.tokens, token, now)
                _admit(call, request, caller, process, now)
                positional, named = await _arguments(call, request, process)
                result = await call.operation(ReadContext(db, caller, process), *positional, **named)
            return json_response(result, call.status)
        except TryAgain:
            # a standby stops a statement that reads what its primary has removed
            if not left:
                raise
    raise AssertionError


async def _caller(database: Database, process: Process, token: str, now: datetime) -> Caller:
    async with database.reading() as db:
        return await authenticate(db, process.callers, process.secrets.tokens, token, now)


def _admit(call: Endpoint, request: Request, caller: Caller, process: Process, now: datetime) -> None:
    # for the log
    request.scope["graft.caller"] = f"apikey_{caller.key_id}"
    process.last_used.note(caller.key_id, now)
    if caller.kind == "publishable" and not call.publishable:
        raise Forbidden("A publishable key reads integrations, versions and previews, nothing else.")


async def _arguments(call: Endpoint, request: Request, process: Process) -> tuple[list[Any], dict[str, Any]]:
    positional: list[Any] = []
    named: dict[str, Any] = {}
    if call.path_id is not None:
        positional.append(_path_id(call.path_id, request.path_params["id"], process))
    pairs = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    if call.list_resource is not None:
        named["query"] = pairs
    elif call.query is not None:
        named["query"] = from_parameters(_single(pairs), call.query)
    elif pairs:
        raise Invalid(
            "This call takes no parameters.",
            problems=[
                Problem(name[:100], "unknown-parameter", "This call has no such parameter.") for name in dict(pairs)
            ],
        )
    if call.body_raw:
        named["body"] = await read_body(request, call.body_limit(process.settings))
    elif call.body is not None:
        named["body"] = await _body(call, request, process.settings)
    return positional, named


def _path_id(reader: str | PathId, text: str, process: Process) -> Any:
    found = ids.parse(reader, text) if isinstance(reader, str) else reader(text, process)
    if found is None:
        raise NotFound
    return found


def _single(pairs: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise invalid(name[:100], "repeated-parameter", "The parameter stands more than once.")
        found[name] = value
    return found


async def _body(call: Endpoint, request: Request, settings: Settings) -> msgspec.Struct | None:
    data = await read_body(request, call.body_limit(settings))
    if not data and call.body_optional:
        return None
    media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media_type != "application/json" and not (
        media_type.startswith("application/") and media_type.endswith("+json")
    ):
        raise Unsupported("Send the body as application/json.")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Unsupported("Send the body as it is, without a Content-Encoding.")
    return to_struct(read_json(data), cast("type[msgspec.Struct]", call.body))


def read_json(data: bytes) -> Json:
    """The value of a body; `Invalid` with every problem."""
    if not data.strip():
        raise invalid("", "invalid-json", "There is no body: send a JSON body.")
    return _BODIES.read(data)


async def read_body(request: Request, limit: int) -> bytes:
    """The body, at most `limit` bytes; stops reading at the declared length, so no client can keep it waiting."""
    expected = _declared_length(request)
    if expected is not None and expected > limit:
        raise _too_large(limit)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            if expected == 0:
                return b""
            async for part in request.stream():
                parts.append(part)
                size += len(part)
                if size > limit:
                    raise _too_large(limit)
                if expected is not None and size >= expected:
                    break
    except TimeoutError:
        raise invalid("", "body-too-slow", f"The body did not arrive within {_BODY_SECONDS} seconds.") from None
    except ClientDisconnect:
        raise invalid("", "body-cut-off", "The connection ended before the body did.") from None
    return b"".join(parts)


def _declared_length(request: Request) -> int | None:
    text = request.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LENGTH_DIGITS else None


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is larger than {limit} bytes.")
