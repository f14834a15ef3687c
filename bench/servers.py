"""Servers under measurement: started on a free port of this machine, waited for, stopped by their process id."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import environments
from bench.database import APP_ROLE, libpq
from graft.auth.secrets import Secrets, derive

ROOT = Path(__file__).resolve().parents[1]
SECRET = "a secret of benchmarks that protects nothing"  # noqa: S105 - it does not
# As `graft serve` runs its server (src/graft/cli/serve.py), so that only what stands behind it differs.
GRANIAN = (
    *("--interface", "asgi", "--http", "1", "--no-ws", "--loop", "uvloop", "--runtime-mode", "st"),
    *("--http1-header-read-timeout", "5000", "--backpressure", "16384", "--log-level", "warning"),
)
HOST = "127.0.0.1"
_START_SECONDS = 180
_STOP_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Server:
    """Where it listens, and its first process."""

    port: int
    pid: int


def secrets() -> Secrets:
    """The keys that Graft derives from the secret of the benchmarks."""
    return derive(SECRET.encode())


@contextmanager
def graft(dsn: str) -> Generator[Server]:
    """`graft serve` on a migrated database."""
    environment = {"GRAFT_DATABASE_URL": dsn, "GRAFT_SECRET_KEY": SECRET, "GRAFT_APP_ROLE": APP_ROLE}
    # what it is measured against logs nothing either
    environment["GRAFT_LOG"] = "off"
    port = free_port()
    with started([sys.executable, "-m", "graft", "serve", "--port", str(port)], port, environment) as server:
        yield server


@contextmanager
def python_baseline(name: str, dsn: str, *, python: Path, options: Sequence[str] = GRANIAN) -> Generator[Server]:
    """The application `app` of a baseline's folder, served by granian."""
    port = free_port()
    command = [str(python), "-m", "granian", *options, "--host", HOST, "--port", str(port), "app:app"]
    with started(command, port, baseline_environment(dsn), environments.BASELINES / name) as server:
        yield server


def baseline_environment(dsn: str) -> dict[str, str]:
    """What every baseline reads: where the database is, and with which key tokens are hashed."""
    return {**libpq(dsn), "BENCH_TOKEN_KEY": secrets().tokens.hex()}


@contextmanager
def started(
    command: Sequence[str], port: int, environment: Mapping[str, str], directory: Path = ROOT
) -> Generator[Server]:
    """A program that listens on `port` when it is ready; whatever happens inside, it is stopped."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            command,
            cwd=directory,
            env={**_clean_environment(), **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            if not _answers(process, port):
                log.seek(0)
                text = log.read().decode("utf-8", "replace")[-4000:]
                raise ServerFailed(f"{' '.join(command[:4])} … did not start:\n{text}")
            yield Server(port, process.pid)
        finally:
            _stop(process)


class ServerFailed(Exception):
    """A server does not start, or does not answer as it must; the text says what it printed."""


def _clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("GRAFT_", "PG", "BENCH_"))}


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection(HOST, port, timeout=5)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
        else:
            return True
        finally:
            connection.close()
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]
