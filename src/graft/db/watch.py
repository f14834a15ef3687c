"""Supervise the embedded PostgreSQL while Graft serves: restart it, after a pause, when it has ended."""

import asyncio
import fcntl
import logging
import math
import os
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from graft.background import repeating
from graft.db import embedded
from graft.db.postmaster import has_ended, last_words, log_size
from graft.db.server_user import EmbeddedError

_log = logging.getLogger("graft")

_LOOK_SECONDS = 1.0
# Exponential backoff: the pause doubles after each restart, up to a limit. It is short again once the server has stayed
# up for a while.
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0
_STABLE_SECONDS = 120.0


@asynccontextmanager
async def supervised(data_dir: Path) -> AsyncGenerator[None]:
    """Keep the server of a data directory running until the block ends.

    Several processes may do so: the one that holds `watching.lock` restarts the server, the others stand by. Raises
    `EmbeddedError` if the server cannot be started the first time.
    """
    share = await asyncio.to_thread(embedded.start, data_dir)
    lock = os.open(data_dir / "postgres" / "watching.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        async with repeating("looking after the database", _Supervisor(data_dir, lock).look, _LOOK_SECONDS):
            yield
    finally:
        # closing alone would not do: a forked child may hold a copy of the descriptor, and with it the lock
        fcntl.flock(lock, fcntl.LOCK_UN)
        os.close(lock)
        await asyncio.to_thread(share.stop)


class _Supervisor:
    """What one process knows of the server that it looks after: when it was restarted, and what its log said."""

    def __init__(self, data_dir: Path, lock: int) -> None:
        self._data_dir = data_dir
        self._cluster = embedded.cluster_of(data_dir)
        self._lock = lock
        self._pause = _FIRST_PAUSE_SECONDS
        self._restarted_at = -math.inf
        self._log_read = log_size(self._cluster)

    async def look(self) -> None:
        """Restart the server if it has ended, the last restart is long enough ago, and no other process does it."""
        since = time.monotonic() - self._restarted_at
        if since > _STABLE_SECONDS:
            self._pause = _FIRST_PAUSE_SECONDS
        if since < self._pause or not has_ended(self._cluster) or not _is_supervisor(self._lock):
            return

        try:
            _log.error("the embedded PostgreSQL has ended: %s", last_words(self._cluster, self._log_read))
            self._log_read = log_size(self._cluster)
            await _restart(self._data_dir)
        finally:
            self._pause, self._restarted_at = min(2 * self._pause, _LONGEST_PAUSE_SECONDS), time.monotonic()


def _is_supervisor(lock: int) -> bool:
    """Whether this process holds the lock, or gets it now. The kernel frees it when its holder dies."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _restart(data_dir: Path) -> None:
    # Where this is cut off, the thread goes on; `share.stop` waits for it by the lock of starts and stops.
    try:
        await asyncio.to_thread(_start_and_give_share_back, data_dir)
    except EmbeddedError as error:
        _log.error("it cannot be started again yet: %s", error)
    else:
        _log.warning("the embedded PostgreSQL was started again")


def _start_and_give_share_back(data_dir: Path) -> None:
    """The server keeps running, as `supervised` holds a share of its own."""
    embedded.start(data_dir).stop()
