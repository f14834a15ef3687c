"""Replies: bytes with a status, and errors as RFC 9457 problems."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from graft.errors import (
    Conflict,
    Forbidden,
    GraftError,
    Invalid,
    NotFound,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Unsupported,
)

# Which status a family of errors becomes, and its title.
STATUSES: dict[type[GraftError], tuple[int, str]] = {
    Invalid: (400, "Bad Request"),
    Unauthenticated: (401, "Unauthorized"),
    Forbidden: (403, "Forbidden"),
    NotFound: (404, "Not Found"),
    Conflict: (409, "Conflict"),
    TooLarge: (413, "Content Too Large"),
    Unsupported: (415, "Unsupported Media Type"),
    Unavailable: (503, "Service Unavailable"),
}

_encoder = msgspec.json.Encoder(decimal_format="number")


def json_reply(value: Any, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return Response(_encoder.encode(value), status, headers, "application/json")


def error_reply(error: GraftError, request_id: str) -> Response:
    """The problem document of an error, with the headers that its status asks for."""
    status, title = next(found for family, found in STATUSES.items() if isinstance(error, family))
    headers: dict[str, str] = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status == 503:
        headers["Retry-After"] = "1"
    return problem_reply(status, title, error, request_id, headers)


def problem_reply(
    status: int, title: str, error: GraftError, request_id: str, headers: Mapping[str, str] | None = None
) -> Response:
    document: dict[str, Any] = {
        "type": f"urn:graft:problem:{error.code}",
        "title": title,
        "status": status,
        "code": error.code,
        "detail": error.detail,
        "requestId": request_id,
        **error.extra,
    }
    if error.problems:
        document["errors"] = error.problems
    return Response(_encoder.encode(document), status, headers, "application/problem+json")
