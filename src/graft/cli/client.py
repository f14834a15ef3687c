"""The HTTP client of the commands: sends and returns JSON, and raises a problem document as `Refused`."""

import os
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from graft import jsontext
from graft.cli.failure import Code, Failure, reason
from graft.cli.problems import format_problems
from graft.config import url_of
from graft.errors import Problem, Problems
from graft.jsontext import Json

# In seconds. To import a document of thousands of operations takes a while.
_TIMEOUT = httpx.Timeout(600, connect=10)
# The server closes a connection that is idle for 5 seconds.
_LIMITS = httpx.Limits(keepalive_expiry=3)
_PAGE = 100
_CODES = {
    401: Code.NOT_ALLOWED,
    403: Code.NOT_ALLOWED,
    404: Code.NOT_FOUND,
    409: Code.CONFLICT,
    412: Code.CONFLICT,
    429: Code.UNREACHABLE,
    502: Code.UNREACHABLE,
    503: Code.UNREACHABLE,
    504: Code.UNREACHABLE,
}


class Refused(Failure):
    """The server refused the request; `document` is its problem document, empty where it sent none."""

    def __init__(self, status: int, text: str, document: Json = None, problems: Problems | None = None) -> None:
        super().__init__(text, _CODES.get(status, Code.FAILED))
        self.status = status
        self.document: dict[str, Json] = document or {}
        self.problems = problems or Problems()

    @property
    def code_of_reply(self) -> str:
        return self.document.get("code", "")


def default_url() -> str:
    """The URL of a `graft serve` with the same environment, on this machine."""
    host, port = os.environ.get("GRAFT_HOST") or "127.0.0.1", os.environ.get("GRAFT_PORT") or "8000"
    if not (port.isascii() and port.isdigit()):
        raise Failure(f"GRAFT_PORT must be a whole number, and is {port}.", Code.WRONG_USAGE)
    return url_of(host, int(port))


class Client:
    """Calls one server with one token. Raises `Refused`, and `Failure` if the server cannot be reached."""

    def __init__(self, url: str, token: str) -> None:
        if not (token.isascii() and token.isprintable() and token):
            odd = next(
                (repr(character) for character in token if not character.isascii()), "a blank or control character"
            )
            raise Failure(f"The token cannot be one: {odd} is in it. Is it a placeholder?", Code.WRONG_USAGE)
        headers = {"Authorization": f"Bearer {token}"}
        try:
            self._http = httpx.Client(
                base_url=_address(url),
                headers=headers,
                timeout=_TIMEOUT,
                limits=_LIMITS,
                # no proxy of the environment stands between a program and a server on the same machine
                trust_env=not is_loopback(url),
            )
        except (httpx.InvalidURL, ValueError) as error:
            raise Failure(f"{url} is no address of a server: {reason(error)}.", Code.WRONG_USAGE) from error
        self.url = url
        # whether the token goes over a network for everybody to read
        self.exposed = url.startswith("http://") and not is_loopback(url)

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
        """Send a request and return the body of the reply. Parameters that are None are left out."""
        given = {name: value for name, value in (parameters or {}).items() if value is not None}
        try:
            reply = self._http.request(method, path, content=content, params=given, headers=headers)
        except httpx.HTTPError as error:
            raise Failure(f"{self.url} does not answer: {reason(error)}.", Code.UNREACHABLE) from error
        if not reply.is_success:
            raise _refused(reply)
        return reply.content

    def call(self, method: str, path: str, body: Json = None, **parameters: str | None) -> Any:
        """Send `body` as JSON and return the decoded reply."""
        content, headers = None, {}
        if body is not None:
            content, headers = jsontext.encode(body), {"Content-Type": "application/json"}
        return jsontext.decode(self.text(method, path, content=content, parameters=parameters, headers=headers))

    def pages(self, path: str, **parameters: str | None) -> Iterator[bytes]:
        """The bodies of all pages of a list, in order."""
        after: str | None = None
        while True:
            page = self.text("GET", path, parameters={**parameters, "limit": str(_PAGE), "after": after})
            yield page
            info = jsontext.decode(page)["pageInfo"]
            if not info["hasNextPage"]:
                return
            after = info["endCursor"]


def is_loopback(url: str) -> bool:
    """Whether the server of a URL is this machine. Raises `ValueError` if the URL cannot be read."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _address(url: str) -> str:
    """The URL itself. Raises `ValueError` if it is not one of HTTP."""
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"it must start with http:// or https://, as http://{url.partition('://')[2] or url} does")
    return url


def _refused(reply: httpx.Response) -> Refused:
    """From a problem document; from any other reply, such as a proxy's, the status alone."""
    if reply.headers.get("content-type") != "application/problem+json":
        return Refused(reply.status_code, f"The server answered {reply.status_code} {reply.reason_phrase}.")
    document = jsontext.decode(reply.content)
    problems = Problems(
        Problem(found["pointer"], found["code"], found["detail"]) for found in document.get("errors", ())
    )
    problems.left_out += document.get("errorsLeftOut", 0)
    return Refused(reply.status_code, format_problems(document["detail"], problems), document, problems)
