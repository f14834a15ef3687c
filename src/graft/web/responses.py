"""Encode responses: a value as JSON, an error as an RFC 9457 problem document."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType
from starlette.responses import Response

from graft.errors import (
    Conflict,
    Forbidden,
    GraftError,
    Invalid,
    NotFound,
    Problem,
    TargetTooLong,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
    Unmet,
    Unsupported,
)

# Family of errors → HTTP status and its title. An error takes those of the family that it derives from.
STATUSES: dict[type[GraftError], tuple[int, str]] = {
    Invalid: (400, "Bad Request"),
    Unauthenticated: (401, "Unauthorized"),
    Forbidden: (403, "Forbidden"),
    NotFound: (404, "Not Found"),
    Conflict: (409, "Conflict"),
    TooLarge: (413, "Content Too Large"),
    TargetTooLong: (414, "URI Too Long"),
    Unsupported: (415, "Unsupported Media Type"),
    Unmet: (417, "Expectation Failed"),
    TooMany: (429, "Too Many Requests"),
    Unavailable: (503, "Service Unavailable"),
}

_encoder = msgspec.json.Encoder(decimal_format="number")
_ERRORS = Meta(description="Everything that is wrong with the request: at most 1,000 problems in 240 KiB.")
_LEFT_OUT = Meta(
    description="Where not all is told, here or in a list beside: how much more there is at least. Nobody counts on."
)


class ProblemDocument(msgspec.Struct, frozen=True, rename="camel"):
    """An RFC 9457 problem. `code` is stable, `detail` is for people; some codes come with keys of their own."""

    type: Annotated[str, Meta(description="Which problem it is: `urn:graft:problem:` and the code.")]
    title: Annotated[str, Meta(description="The name of the status.")]
    status: Annotated[int, Meta(description="The HTTP status.")]
    code: Annotated[str, Meta(description="What went wrong; it stays the same. docs/errors.md has all.")]
    detail: Annotated[str, Meta(description="What went wrong, for people.")]
    request_id: Annotated[str, Meta(description="The name of the request in the logs.")]
    errors: Annotated[list[Problem], _ERRORS] | UnsetType = UNSET
    errors_left_out: Annotated[int, _LEFT_OUT] | UnsetType = UNSET


def json_response(value: Any, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """`value`, anything that msgspec encodes, as a response; a `Decimal` becomes a number."""
    return Response(_encoder.encode(value), status, headers, "application/json")


def error_response(error: GraftError, request_id: str) -> Response:
    """The problem document of an error under the status of its family, with the headers that this status needs."""
    status, title = next(found for family, found in STATUSES.items() if isinstance(error, family))

    headers: dict[str, str] = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status in {429, 503}:
        headers["Retry-After"] = "1"

    return problem_response(status, title, error, request_id, headers)


def problem_response(
    status: int, title: str, error: GraftError, request_id: str, headers: Mapping[str, str] | None = None
) -> Response:
    """The problem document of an error under a status of the caller's choice; `error.extra` adds keys to it."""
    document = ProblemDocument(
        f"urn:graft:problem:{error.code}",
        title,
        status,
        error.code,
        error.detail,
        request_id,
        error.problems.found or UNSET,
        error.problems.left_out or UNSET,
    )

    body = _encoder.encode({**msgspec.to_builtins(document), **error.extra} if error.extra else document)
    return Response(body, status, headers, "application/problem+json")
