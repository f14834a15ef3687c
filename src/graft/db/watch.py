"""Supervise the embedded PostgreSQL while Graft serves: restart it, after a pause, when it has ended."""

import asyncio
import fcntl
import logging
import os
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from graft.db import embedded
from graft.db.postmaster import has_ended, last_words, log_size
from graft.db.server_user import EmbeddedError

_log = logging.getLogger("graft")

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
    task = asyncio.create_task(_restart_when_ended(data_dir, lock))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        # closing alone would not do: a forked child may hold a copy of the descriptor, and with it the lock
        fcntl.flock(lock, fcntl.LOCK_UN)
        os.close(lock)
        await asyncio.to_thread(share.stop)


async def _restart_when_ended(data_dir: Path, lock: int) -> None:
    cluster = embedded.cluster_of(data_dir)
    pause, restarted_at, log_read = _FIRST_PAUSE_SECONDS, 0.0, log_size(cluster)

    while True:
        await asyncio.sleep(pause)
        if not has_ended(cluster) or not _is_supervisor(lock):
            if time.monotonic() - restarted_at > _STABLE_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            continue

        _log.error("the embedded PostgreSQL has ended: %s", last_words(cluster, log_read))
        log_read = log_size(cluster)
        await _restart(data_dir)
        pause, restarted_at = min(2 * pause, _LONGEST_PAUSE_SECONDS), time.monotonic()


def _is_supervisor(lock: int) -> bool:
    """Whether this process holds the lock, or gets it now. The kernel frees it when its holder dies."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _restart(data_dir: Path) -> None:
    start = asyncio.create_task(asyncio.to_thread(_start_and_give_share_back, data_dir))
    try:
        await asyncio.shield(start)
    except EmbeddedError as error:
        _log.error("it cannot be started again yet: %s", error)
    except asyncio.CancelledError:
        # the thread cannot be stopped, so it is waited for: nothing is left half started
        with suppress(EmbeddedError):
            await start
        raise
    else:
        _log.warning("the embedded PostgreSQL was started again")


def _start_and_give_share_back(data_dir: Path) -> None:
    """The server keeps running, as `supervised` holds a share of its own."""
    embedded.start(data_dir).stop()
