"""Read from the files of a cluster, without a connection, whether its server has ended, and why."""

import os
import re
from pathlib import Path

# At most so much is read of a log, from its end.
_LOG_BYTES = 65_536
_PROCESSES = Path("/proc")


def has_ended(cluster: Path) -> bool:
    """Whether the process named by the pid file is gone, a zombie, or by now another program's."""
    try:
        pid = int((cluster / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return True
    return not _is_postgres(pid)


def log_size(cluster: Path) -> int:
    """The present size of the server's log in bytes: 0 if there is none."""
    try:
        return (cluster / "log").stat().st_size
    except OSError:
        return 0


def last_words(cluster: Path, since: int) -> str:
    """The last FATAL or PANIC line of the log from byte `since` on; if there is none, the last line."""
    try:
        with (cluster / "log").open("rb") as log:
            log.seek(max(since, log.seek(0, os.SEEK_END) - _LOG_BYTES))
            lines = log.read(_LOG_BYTES).decode("utf-8", "replace").splitlines()
    except OSError as error:
        return str(error)
    fatal = [line for line in lines if re.search(r" (FATAL|PANIC): ", line)]
    return (fatal or lines or ["its log says nothing"])[-1].strip()


def _is_postgres(pid: int) -> bool:
    """Whether a process of PostgreSQL lives under this number. Without /proc (macOS), whether any process does."""
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
