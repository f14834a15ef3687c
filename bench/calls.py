"""Time single requests, each on a connection of its own that is opened before the clock starts."""

import http.client
import time
from dataclasses import dataclass
from typing import Any

import msgspec

from bench.servers import HOST, ServerFailed
from graft import jsontext
from graft.ids import Id

_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful reply, and how long it took from the first byte sent to the last one read."""

    content: bytes
    ms: float

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.content)


class Refused(ServerFailed):
    """A reply that is no success: its status, the problem document or what stands in its place, and its time."""

    def __init__(self, status: int, content: bytes, ms: float) -> None:
        super().__init__(f"{status}: {content[:1000].decode('utf-8', 'replace')}")
        self.status = status
        self.content = content
        self.ms = ms


@dataclass(frozen=True, slots=True)
class Caller:
    """A workspace's key at one server."""

    port: int
    token: str
    workspace_id: Id

    @property
    def workspace(self) -> str:
        """The workspace's id on the wire."""
        return f"wsp_{self.workspace_id}"

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        """Ask once; `body` is JSON, or bytes as they are. Raises `Refused`."""
        content = body if isinstance(body, bytes) or body is None else jsontext.encode(body)
        headers = {"Authorization": f"Bearer {self.token}"}
        if content is not None:
            headers["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection(HOST, self.port, timeout=_SECONDS)
        try:
            connection.connect()
            start = time.perf_counter()
            connection.request(method, path, content, headers)
            reply = connection.getresponse()
            read = reply.read()
            took = time.perf_counter() - start
        finally:
            connection.close()
        if reply.status >= http.client.BAD_REQUEST:
            raise Refused(reply.status, read, took * 1000)
        return Answer(read, took * 1000)
