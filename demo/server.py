"""A Graft of the demonstration's own: `graft serve` on a free port with data of its own, gone at the end."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from graft import jsontext
from graft.cli.failure import Failure
from graft.cli.signals import deferred
from graft.db import embedded

_START_SECONDS = 120
_STOP_SECONDS = 90
_SHOWN_LINES = 20


@dataclass(frozen=True, slots=True)
class Running:
    """Where it answers, the token of its first administrator; its process, and where its data are."""

    url: str
    token: str
    process: int
    folder: Path


@contextmanager
def own_server(*, keep: bool = False) -> Generator[Running]:
    """Start a server, set it up, and stop it at the end, whatever happens inside.

    `keep`: where all went well inside, it stays.
    """
    folder = Path(tempfile.mkdtemp(prefix="graft-demo-"))
    stays = False
    try:
        environment = {key: value for key, value in os.environ.items() if not re.match(r"GRAFT_(?!TEST_)", key)}
        environment["GRAFT_DATA_DIR"] = str(folder)
        port = _free_port()
        log = folder / "serve.log"
        with deferred() as came:
            server = _started(["serve", "--port", str(port)], environment, log)
        try:
            if came:
                raise KeyboardInterrupt
            url = f"http://127.0.0.1:{port}"
            _wait(server, url, log)
            yield Running(url, _bootstrapped(environment), server.pid, folder)
            stays = keep
        finally:
            if not stays:
                with deferred():
                    _stop(server, folder)
    finally:
        if not stays:
            shutil.rmtree(folder)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "graft", *arguments]


def _started(arguments: list[str], environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """In a session of its own, so that Ctrl-C reaches the demonstration alone, which then stops it in order."""
    with log.open("wb") as file:
        return subprocess.Popen(  # noqa: S603 - ourselves
            _command(*arguments),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Until it answers."""
    deadline = time.monotonic() + _START_SECONDS
    with httpx.Client(base_url=url, timeout=5) as client:
        while time.monotonic() < deadline and server.poll() is None:
            with suppress(httpx.TransportError):
                if client.get("/readyz").is_success:
                    return
            time.sleep(0.05)
    lines = log.read_text("utf-8", "replace").splitlines()[-_SHOWN_LINES:]
    raise Failure("\n".join(["The server did not start:", *lines]))


def _bootstrapped(environment: dict[str, str]) -> str:
    """The session token of the first administrator."""
    command = _command("bootstrap", "--json")
    done = subprocess.run(command, env=environment, capture_output=True, check=False)  # noqa: S603 - ourselves
    if done.returncode:
        raise Failure(f"graft bootstrap failed:\n{done.stderr.decode('utf-8', 'replace')}")
    return jsontext.decode(done.stdout)["sessionToken"]


def _stop(server: subprocess.Popen[bytes], data_dir: Path) -> None:
    server.terminate()
    try:
        server.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
        # PostgreSQL is not of that session and goes on; whoever gives it back last stops it
        embedded.start(data_dir).stop()
