"""The client that keeps a server busy: wrk where it is installed, else one of our own, which costs more CPU."""

import asyncio
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.servers import HOST, Server, ServerFailed

CONNECTIONS = 16
# The script of wrk stops there as well, whatever the time.
MOST_REQUESTS = 1_000_000
_SCRIPT = Path(__file__).with_name("wrk.lua")
_GRACE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Requests:
    """What is sent, in turn: the paths, each with the same method, headers and body."""

    paths: Sequence[str]
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of one round: complete replies, in how many seconds, and how long each took."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def client() -> str:
    """Which client it is."""
    return "wrk" if shutil.which("wrk") else "our own client"


def send(server: Server, requests: Requests, seconds: float, connections: int = CONNECTIONS) -> Load:
    """Ask with all connections for a while. Any reply but a 200 is a mistake: `ServerFailed`."""
    program = shutil.which("wrk")
    if program:
        return _send_by_wrk(program, server, requests, seconds, connections)
    return asyncio.run(_send(server, requests, seconds, connections))


def _send_by_wrk(program: str, server: Server, requests: Requests, seconds: float, connections: int) -> Load:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join([requests.method, requests.body, *requests.paths]) + "\n")
        file.flush()
        headers = [f"--header={name}: {value}" for name, value in requests.headers.items()]
        duration = max(1, round(seconds))
        options = ["-t1", f"-c{connections}", f"-d{duration}s", "--timeout=30s", "-s", str(_SCRIPT), *headers]
        command = [program, *options, f"http://{HOST}:{server.port}", "--", file.name, str(MOST_REQUESTS)]
        done = subprocess.run(  # noqa: S603 - our own command
            command, capture_output=True, text=True, check=False, timeout=seconds + _GRACE_SECONDS
        )
    line = next((line for line in done.stdout.splitlines() if line.startswith("{")), None)
    if line is None:
        raise ServerFailed(f"wrk: {done.stdout}{done.stderr}")
    result = json.loads(line)
    if result["failed"] or not result["requests"]:
        raise ServerFailed(f"{result['failed']} of {result['requests']} requests failed: {requests.paths[0]}")
    return Load(result["requests"], result["seconds"], result["p50_ms"], result["p99_ms"])


async def _send(server: Server, requests: Requests, seconds: float, connections: int) -> Load:
    heads = [_head(requests, path) for path in requests.paths]
    times: list[float] = []
    start = time.perf_counter()
    await asyncio.gather(
        *(
            _connection(server, heads[number::connections] or heads, start + seconds, times)
            for number in range(connections)
        )
    )
    took = time.perf_counter() - start
    times.sort()
    return Load(len(times), took, times[len(times) // 2] * 1000, times[len(times) * 99 // 100] * 1000)


def _head(requests: Requests, path: str) -> bytes:
    body = requests.body.encode()
    headers = {"Host": HOST, **requests.headers}
    if body:
        headers["Content-Length"] = str(len(body))
    lines = [f"{requests.method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


async def _connection(server: Server, heads: Sequence[bytes], end: float, times: list[float]) -> None:
    reader, writer = await asyncio.open_connection(HOST, server.port, limit=2**24)
    number = 0
    while (now := time.perf_counter()) < end and len(times) < MOST_REQUESTS:
        writer.write(heads[number % len(heads)])
        number += 1
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise ServerFailed(head.decode("latin-1"))
        await _skip_body(reader, head.lower())
        times.append(time.perf_counter() - now)
    writer.close()


async def _skip_body(reader: asyncio.StreamReader, head: bytes) -> None:
    _, found, rest = head.partition(b"content-length:")
    if found:
        await reader.readexactly(int(rest.split(b"\r\n", 1)[0]))
        return
    while size := int(await reader.readuntil(b"\r\n"), 16):
        await reader.readexactly(size + 2)
    await reader.readuntil(b"\r\n")
