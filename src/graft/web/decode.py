"""From what was sent to typed values: the id in the path, the query, the body."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request

from graft import ids
from graft.config import Settings
from graft.errors import Invalid, NotFound, Problem, Unsupported, invalid
from graft.jsontext import MAX_VALUES, Json, StrictReader
from graft.web.body import read_body
from graft.web.context import Process
from graft.web.endpoint import Endpoint, PathId
from graft.web.structs import from_parameters, to_struct

_BODIES = StrictReader()
# A body may hold a value for so many bytes of its limit: members of a manifest have more bytes a value.
_BYTES_A_VALUE = 16


@dataclass(frozen=True, slots=True)
class Arguments:
    """What an operation is called with after its context: the id of the path, then `query` and `body` by name."""

    positional: list[Any]
    named: dict[str, Any]


async def decode(endpoint: Endpoint, request: Request, process: Process) -> Arguments:
    """What the operation is called with; `NotFound` or `Invalid` with every problem of the part that was read last."""
    positional: list[Any] = []
    named: dict[str, Any] = {}

    if endpoint.path_id is not None:
        positional.append(_path_id(endpoint.path_id, request.path_params["id"], process))

    query = request.scope["query_string"].decode("latin-1")
    pairs = parse_qsl(query, keep_blank_values=True) if query else []
    if endpoint.list_resource is not None:
        named["query"] = pairs
    elif endpoint.query is not None:
        named["query"] = from_parameters(_single(pairs), endpoint.query)
    elif pairs:
        raise Invalid(
            "This call takes no parameters.",
            problems=(
                Problem(name[:100], "unknown-parameter", "This call has no such parameter.") for name in dict(pairs)
            ),
        )

    if endpoint.body_raw:
        named["body"] = await read_body(request, endpoint.body_limit(process.settings))
    elif endpoint.body is not None:
        named["body"] = await _body(endpoint, request, process.settings)
    return Arguments(positional, named)


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


async def _body(endpoint: Endpoint, request: Request, settings: Settings) -> msgspec.Struct | None:
    limit = endpoint.body_limit(settings)
    data = await read_body(request, limit)
    if not data and endpoint.body_optional:
        return None
    media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media_type != "application/json" and not (
        media_type.startswith("application/") and media_type.endswith("+json")
    ):
        raise Unsupported("Send the body as application/json.")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Unsupported("Send the body as it is, without a Content-Encoding.")
    values = max(MAX_VALUES, limit // _BYTES_A_VALUE)
    return to_struct(read_json(data, values), cast("type[msgspec.Struct]", endpoint.body))


def read_json(data: bytes, values: int = MAX_VALUES) -> Json:
    """The value of a body that may hold so many `values`; `Invalid` with every problem."""
    if not data.strip():
        raise invalid("", "invalid-json", "There is no body: send a JSON body.")
    return _BODIES.read(data, values)
