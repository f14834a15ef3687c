"""From what was sent to typed values: the id in the path, the query, the body."""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qsl, unquote_to_bytes

import msgspec
from starlette.requests import Request

from graft import ids
from graft.budget import Holding
from graft.errors import Invalid, NotFound, Problem, Problems, Unavailable, Unsupported, invalid
from graft.jsontext import MAX_VALUES, Json, StrictReader, printable
from graft.lanes import LanesFull
from graft.web.body import read_body, refuse_body
from graft.web.context import Process
from graft.web.endpoint import Endpoint, PathId
from graft.web.structs import from_parameters, to_struct

_BODIES = StrictReader()
# A body may hold a value for so many bytes of its limit: members of a manifest have more bytes a value.
_BYTES_A_VALUE = 16
# From so many bytes on a body is read by a thread: what is smaller is done before a thread would begin.
_LARGE = 64 * 1024
# Of a parameter's name so many characters are told.
_LONGEST_NAME = 100
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\s;\"]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Arguments:
    """What an operation is called with after its context: id and slug of the path, then `query` and `body` by name."""

    positional: list[Any]
    named: dict[str, Any]


async def decode(endpoint: Endpoint, request: Request, process: Process, holding: Holding) -> Arguments:
    """What the operation is called with; `NotFound` or `Invalid` with every problem of the part that was read last.

    The bytes of a body are taken of what `holding` may hold, for its owner.
    """
    positional: list[Any] = []
    named: dict[str, Any] = {}

    if endpoint.path_id is not None:
        positional.append(_path_id(endpoint.path_id, request.path_params["id"], process))
    if endpoint.path_slug:
        positional.append(request.path_params["slug"])

    query: bytes = request.scope["query_string"]
    pairs = _pairs(query) if query else []
    if endpoint.list_resource is not None:
        named["query"] = pairs
    elif endpoint.query is not None:
        named["query"] = from_parameters(_single(pairs), endpoint.query)
    elif pairs:
        raise Invalid(
            "This call takes no parameters.",
            problems=(
                Problem(name[:_LONGEST_NAME], "unknown-parameter", "This call has no such parameter.")
                for name in dict(pairs)
            ),
        )

    if endpoint.body_raw:
        named["body"] = await read_body(request, endpoint.body_limit(process.settings), holding)
    elif endpoint.body is not None:
        named["body"] = await _body(endpoint, request, process, holding)
    else:
        await refuse_body(request, holding)
    return Arguments(positional, named)


def _path_id(reader: str | PathId, text: str, process: Process) -> Any:
    found = ids.parse(reader, text) if isinstance(reader, str) else reader(text, process)
    if found is None:
        raise NotFound
    return found


def _pairs(query: bytes) -> list[tuple[str, str]]:
    if b"%" not in query or not _BROKEN_ESCAPE.search(query):
        try:
            return parse_qsl(query.decode(), keep_blank_values=True, errors="strict")
        except UnicodeDecodeError:
            pass
    problems = Problems().take(_unreadable(query))
    raise Invalid("The query cannot be read.", problems=problems)


def _unreadable(query: bytes) -> Iterator[Problem]:
    """The parameters that are no text, each at its name as far as that can be read."""
    for parameter in query.split(b"&"):
        name, _, value = parameter.partition(b"=")
        place = printable(unquote_to_bytes(name.replace(b"+", b" ")).decode(errors="replace")[:_LONGEST_NAME])
        if _BROKEN_ESCAPE.search(parameter):
            detail = "It has a % without two hexadecimal digits after it."
            yield Problem(place, "invalid-escape", detail)
            continue
        try:
            unquote_to_bytes(name).decode()
            unquote_to_bytes(value).decode()
        except UnicodeDecodeError:
            yield Problem(place, "not-utf-8", "It holds bytes that are no UTF-8.")


def _single(pairs: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise invalid(name[:_LONGEST_NAME], "repeated-parameter", "The parameter stands more than once.")
        found[name] = value
    return found


async def _body(endpoint: Endpoint, request: Request, process: Process, holding: Holding) -> msgspec.Struct | None:
    limit = endpoint.body_limit(process.settings)
    data = await read_body(request, limit, holding)
    if not data and endpoint.body_optional:
        return None
    _check_type(request)
    kind = cast("type[msgspec.Struct]", endpoint.body)
    values = max(MAX_VALUES, limit // _BYTES_A_VALUE)
    if len(data) < _LARGE:
        return _read(data, kind, values)
    try:
        async with process.parsing.turn(holding.owner, len(data)):
            return await asyncio.to_thread(_read, data, kind, values)
    except LanesFull:
        raise Unavailable("Too many large bodies wait to be read; try again.", code="busy") from None


def _check_type(request: Request) -> None:
    content_type = request.headers.get("content-type", "application/json")
    if content_type != "application/json":
        media_type = content_type.partition(";")[0].strip().lower()
        if media_type != "application/json" and not (
            media_type.startswith("application/") and media_type.endswith("+json")
        ):
            raise Unsupported("Send the body as application/json.")
        charset = _CHARSET.search(content_type)
        if charset is not None and charset[1].lower() not in ("utf-8", "utf8"):
            raise Unsupported("Send the body in UTF-8, as JSON always is.")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Unsupported("Send the body as it is, without a Content-Encoding.")


def _read(data: bytes | bytearray, kind: type[msgspec.Struct], values: int) -> msgspec.Struct:
    return to_struct(read_json(data, values), kind)


def read_json(data: bytes | bytearray, values: int = MAX_VALUES) -> Json:
    """The value of a body that may hold so many `values`; `Invalid` with every problem."""
    if not data.strip():
        raise invalid("", "invalid-json", "There is no body: send a JSON body.")
    return _BODIES.read(data, values)
