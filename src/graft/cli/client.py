"""The HTTP client of the commands: JSON in and out, a problem document as a `Failure`."""

from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, Self

import httpx

from graft import jsontext
from graft.cli.failure import Failure
from graft.jsontext import Json

# A document of thousands of operations takes a while.
_TIMEOUT = httpx.Timeout(600, connect=10)
# The server closes a connection that is idle for 5 seconds.
_LIMITS = httpx.Limits(keepalive_expiry=3)
_PAGE = 100
_SHOWN_PROBLEMS = 20


class Client:
    """Calls one Graft with one token."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        try:
            self._http = httpx.Client(base_url=url, headers=headers, timeout=_TIMEOUT, limits=_LIMITS)
        except (httpx.InvalidURL, ValueError) as error:
            raise Failure(f"{url} cannot be called: {error}.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def text(
        self,
        method: str,
        path: str,
        *,
        content: bytes | Iterable[bytes] | None = None,
        parameters: Mapping[str, str | None] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """The body of the reply; parameters that are None are left out."""
        given = {name: value for name, value in (parameters or {}).items() if value is not None}
        try:
            reply = self._http.request(method, path, content=content, params=given, headers=headers)
        except httpx.HTTPError as error:
            raise Failure(f"{self._http.base_url} does not answer: {error}.") from error
        if not reply.is_success:
            raise Failure(f"{method} {path}: {_problem(reply)}")
        return reply.content

    def call(self, method: str, path: str, body: Json = None, **parameters: str | None) -> Any:
        """The value of the reply; `body` is sent as JSON."""
        content, headers = None, {}
        if body is not None:
            content, headers = jsontext.encode(body), {"Content-Type": "application/json"}
        return jsontext.decode(self.text(method, path, content=content, parameters=parameters, headers=headers))

    def pages(self, path: str, **parameters: str | None) -> Iterator[bytes]:
        """The bodies of a list's pages, from the first to the last."""
        after: str | None = None
        while True:
            page = self.text("GET", path, parameters={**parameters, "limit": str(_PAGE), "after": after})
            yield page
            info = jsontext.decode(page)["pageInfo"]
            if not info["hasNextPage"]:
                return
            after = info["endCursor"]


def _problem(reply: httpx.Response) -> str:
    """What a problem document says, or the status where it is none."""
    if reply.headers.get("content-type") != "application/problem+json":
        return f"{reply.status_code} {reply.reason_phrase}"
    document = jsontext.decode(reply.content)
    problems = document.get("errors", [])
    lines = [f"{document['detail']} ({document['code']})"]
    lines += [f"{problem['pointer'] or '(all)'}: {problem['detail']}" for problem in problems[:_SHOWN_PROBLEMS]]
    if len(problems) > _SHOWN_PROBLEMS:
        lines.append(f"… and {len(problems) - _SHOWN_PROBLEMS} more.")
    return "\n".join(lines)
