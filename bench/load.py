"""Put load on a server by a program of its own: wrk where it can be had, else `bench.client`.

The client shares the machine with what is measured, and wrk takes less CPU. So figures by the two do not compare.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from bench import environments
from bench.servers import HOST, ROOT, Server, ServerFailed

Client = Literal["wrk", "our own client"]

CONNECTIONS = 16
# A client stops there as well, whatever the time.
MOST_REQUESTS = 1_000_000
_SCRIPT = Path(__file__).with_name("wrk.lua")
_GRACE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Requests:
    """What is sent, in turn: the paths, each with the same method, headers and body; and the status of a good reply."""

    paths: Sequence[str]
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: str = ""
    status: int = 200


@dataclass(frozen=True, slots=True)
class Load:
    """What came of one round: complete replies, in how many seconds, how long each took, and who asked."""

    client: Client
    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def find_client(log: Callable[[str], None]) -> Client:
    """The best one that can be had here; it is said which."""
    client: Client = "wrk" if environments.system_program("wrk", log) else "our own client"
    log(f"client: {client}")
    return client


def send(client: Client, server: Server, requests: Requests, seconds: float, connections: int = CONNECTIONS) -> Load:
    """Ask with all connections for a while. Any reply of another status is a mistake: `ServerFailed`."""
    if client == "wrk":
        printed = _run_wrk(server, requests, seconds, connections)
    else:
        printed = _run_own(server, requests, seconds, connections)

    result = json.loads(printed)
    if result["failed"] or not result["requests"]:
        raise ServerFailed(f"{result['failed']} of {result['requests']} requests failed: {requests.paths[0]}")
    return Load(client, result["requests"], result["seconds"], result["p50_ms"], result["p99_ms"])


def _run_wrk(server: Server, requests: Requests, seconds: float, connections: int) -> str:
    """What wrk prints; it takes every status below 400 for a good one."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join([requests.method, requests.body, *requests.paths]) + "\n")
        file.flush()
        headers = [f"--header={name}: {value}" for name, value in requests.headers.items()]
        duration = max(1, round(seconds))
        options = ["-t1", f"-c{connections}", f"-d{duration}s", "--timeout=30s", "-s", str(_SCRIPT), *headers]
        command = ["wrk", *options, f"http://{HOST}:{server.port}", "--", file.name, str(MOST_REQUESTS)]
        return _last_line(command, "", duration)


def _run_own(server: Server, requests: Requests, seconds: float, connections: int) -> str:
    order = {
        **asdict(requests),
        "host": HOST,
        "port": server.port,
        "connections": connections,
        "seconds": seconds,
        "most_requests": MOST_REQUESTS,
    }
    return _last_line([sys.executable, "-m", "bench.client"], json.dumps(order), seconds)


def _last_line(command: Sequence[str], given: str, seconds: float) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - our own commands
            command,
            cwd=ROOT,
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds + _GRACE_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise ServerFailed(f"{command[0]}: no end after {_GRACE_SECONDS} seconds more than it was to take") from error
    line = next((line for line in done.stdout.splitlines() if line.startswith("{")), None)
    if done.returncode or line is None:
        raise ServerFailed(f"{command[0]}: {done.stdout}{done.stderr}"[-2000:])
    return line
