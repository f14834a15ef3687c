"""Somebody else at the server that is being abused: small requests, one after the other, and how long each takes."""

import http.client
import statistics
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from bench.process_usage import memory_mib
from bench.servers import HOST, Server
from graft import jsontext

# A reply that takes longer is none.
_SECONDS = 60.0
_LOOK = 0.1
_MB_PER_MIB = 2**20 / 1e6


@dataclass(frozen=True, slots=True)
class Small:
    """A small request, asked again so many seconds after its reply; `body` is JSON."""

    name: str
    token: str
    method: str
    path: str
    body: Any = None
    pause: float = 0.025


@dataclass(slots=True)
class Seen:
    """Milliseconds of each request from the first try to connect to the last byte, and what failed: a status or a reason."""

    times: list[float] = field(default_factory=list[float])
    failures: list[str] = field(default_factory=list[str])

    @property
    def worst(self) -> float:
        return max(self.times)

    @property
    def median(self) -> float:
        return statistics.median(self.times)


@dataclass(slots=True)
class Watched:
    """By name of the request what was seen, and the most memory that the server's processes had meanwhile, in MB."""

    seen: dict[str, Seen]
    peak_mb: float = 0.0

    @property
    def worst(self) -> float:
        return max(seen.worst for seen in self.seen.values())

    @property
    def failures(self) -> list[str]:
        return [failure for seen in self.seen.values() for failure in seen.failures]


@contextmanager
def watching(server: Server, requests: list[Small]) -> Generator[Watched]:
    """Ask all the time, each request by a thread of its own; what is on its way at the end is waited for."""
    found = Watched({request.name: Seen() for request in requests})
    over = threading.Event()
    threads = [
        threading.Thread(target=_ask_on, args=(server.port, request, found.seen[request.name], over))
        for request in requests
    ]
    threads.append(threading.Thread(target=_weigh, args=(server.pid, found, over)))
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _ask_on(port: int, request: Small, seen: Seen, over: threading.Event) -> None:
    while True:
        began = time.perf_counter()
        failure = ask(port, request)
        seen.times.append((time.perf_counter() - began) * 1000)
        if failure is not None:
            seen.failures.append(failure)
        if over.wait(request.pause):
            return


def ask(port: int, request: Small) -> str | None:
    """Ask once, on a connection of its own; what went wrong, if something did."""
    content = None if request.body is None else jsontext.encode(request.body)
    headers = {"Authorization": f"Bearer {request.token}", "Connection": "close"}
    if content is not None:
        headers["Content-Type"] = "application/json"
    connection = http.client.HTTPConnection(HOST, port, timeout=_SECONDS)
    try:
        connection.request(request.method, request.path, content, headers)
        reply = connection.getresponse()
        reply.read()
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()
    return None if reply.status < http.client.BAD_REQUEST else str(reply.status)


def _weigh(pid: int, found: Watched, over: threading.Event) -> None:
    while True:
        # a process that ends meanwhile weighs nothing
        with suppress(OSError):
            found.peak_mb = max(found.peak_mb, memory_mib(pid) * _MB_PER_MIB)
        if over.wait(_LOOK):
            return
