"""The `graft` command as a process: run to its end, or served and ended."""

import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

SECRET = "a secret of thirty-two characters or more"
# How the line ends in which `graft serve` says that it answers.
READY = "/docs)"
_SECONDS = 60


def environment(data_dir: Path, **variables: str) -> dict[str, str]:
    """That of a user who configured nothing but where the data goes, and these variables."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GRAFT_", "XDG_", "PG"))}
    return {**kept, "HOME": str(data_dir), "GRAFT_DATA_DIR": str(data_dir), **variables}


def external(url: str, app_role: str, **variables: str) -> dict[str, str]:
    """The variables for a database of one's own."""
    return {"GRAFT_DATABASE_URL": url, "GRAFT_APP_ROLE": app_role, "GRAFT_SECRET_KEY": SECRET, **variables}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "graft", *arguments]


def graft(*arguments: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    words = command(*arguments)
    return subprocess.run(words, env=env, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def started(
    port: int, env: Mapping[str, str], *arguments: str, program: Sequence[str] | None = None
) -> Generator[subprocess.Popen[bytes]]:
    """`graft serve` (of `program`) in a session of its own, told to end at last if the test has not done it."""
    process = subprocess.Popen(  # noqa: S603
        [*(program or command()), "serve", "--port", str(port), *arguments],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(_SECONDS)
        _output(process).close()


def read_until(process: subprocess.Popen[bytes], text: str) -> str:
    """What a process says, up to `text`; all that it said, where it ends before or takes too long."""
    stream = _output(process)
    said, deadline = b"", time.monotonic() + _SECONDS
    while text.encode() not in said and time.monotonic() < deadline:
        if not select.select([stream], [], [], 1)[0]:
            continue
        chunk = os.read(stream.fileno(), 4096)
        if not chunk:
            break
        said += chunk
    return said.decode()


def rest_of(process: subprocess.Popen[bytes]) -> bytes:
    """What a process says from here to its end."""
    return _output(process).read()


def _output(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdout is not None
    return process.stdout


def ended(process: subprocess.Popen[bytes]) -> int:
    """The exit code."""
    return process.wait(_SECONDS)


def workers(server: subprocess.Popen[bytes]) -> list[int]:
    """The ids of the processes that serve."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    return [int(child) for child in children if Path(f"/proc/{child}/cmdline").read_text().startswith(sys.executable)]


def left_over(session: int, data_dir: Path) -> list[str]:
    """The commands of the processes of a session, or at work in a directory."""
    found: list[str] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            state, its_session = fields[0], int(fields[3])
            inside = (folder / "cwd").resolve().is_relative_to(data_dir.resolve())
            if state != "Z" and (its_session == session or inside):
                found.append((folder / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue  # it has ended, or is another user's
    return found
