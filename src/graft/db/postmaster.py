"""What the files of a cluster tell of its server without asking it: whether it has ended, and why."""

import os
import re
from pathlib import Path

# Of a log the end is read, not all.
_LOG_BYTES = 65_536
_PROCESSES = Path("/proc")


def has_ended(cluster: Path) -> bool:
    """Whether the process that the pid file names is gone, or another program by now, or dead and not buried."""
    try:
        pid = int((cluster / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return True
    return not _is_postgres(pid)


def log_size(cluster: Path) -> int:
    """In bytes, as far as the log is written now."""
    try:
        return (cluster / "log").stat().st_size
    except OSError:
        return 0


def last_words(cluster: Path, since: int) -> str:
    """The last line of the log, from the byte `since` on, that says why the server ended; else the last of all."""
    try:
        with (cluster / "log").open("rb") as log:
            log.seek(max(since, log.seek(0, os.SEEK_END) - _LOG_BYTES))
            lines = log.read(_LOG_BYTES).decode("utf-8", "replace").splitlines()
    except OSError as error:
        return str(error)
    fatal = [line for line in lines if re.search(r" (FATAL|PANIC): ", line)]
    return (fatal or lines or ["its log says nothing"])[-1].strip()


def _is_postgres(pid: int) -> bool:
    if (_PROCESSES / "self/stat").exists():
        try:
            name_and_state = (_PROCESSES / f"{pid}/stat").read_text()
        except OSError:
            return False
        return "(postgres) " in name_and_state and "(postgres) Z" not in name_and_state
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
