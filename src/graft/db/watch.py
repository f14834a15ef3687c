"""Looks after the embedded PostgreSQL while Graft serves: one that has ended is started again, after a pause."""

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

_SECONDS = 1.0
# After each try the next one waits twice as long, up to this; and from the start again where the server has held.
_MOST_SECONDS = 60.0
_STEADY_SECONDS = 120.0


@asynccontextmanager
async def looked_after(data_dir: Path) -> AsyncGenerator[None]:
    """While this is open, the server of a data directory runs, or is being started again."""
    share = await asyncio.to_thread(embedded.start, data_dir)
    turn = os.open(data_dir / "postgres" / "watching.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    task = asyncio.create_task(_keep_looking(data_dir, turn))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        # unlocked, not only closed: a forked child may hold a copy of the descriptor
        fcntl.flock(turn, fcntl.LOCK_UN)
        os.close(turn)
        await asyncio.to_thread(share.stop)


async def _keep_looking(data_dir: Path, turn: int) -> None:
    cluster = embedded.cluster_of(data_dir)
    pause, tried, read = _SECONDS, 0.0, log_size(cluster)
    while True:
        await asyncio.sleep(pause)
        if not has_ended(cluster) or not _has(turn):
            if time.monotonic() - tried > _STEADY_SECONDS:
                pause = _SECONDS
            continue
        _log.error("the embedded PostgreSQL has ended: %s", last_words(cluster, read))
        read = log_size(cluster)
        await _start_again(data_dir)
        pause, tried = min(2 * pause, _MOST_SECONDS), time.monotonic()


def _has(turn: int) -> bool:
    """Whether this is the one process that looks after the server; the kernel passes that on when it dies."""
    try:
        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _start_again(data_dir: Path) -> None:
    start = asyncio.create_task(asyncio.to_thread(_started, data_dir))
    try:
        await asyncio.shield(start)
    except EmbeddedError as error:
        _log.error("it cannot be started again yet: %s", error)
    except asyncio.CancelledError:
        # nothing is left half started
        with suppress(EmbeddedError):
            await start
        raise
    else:
        _log.warning("the embedded PostgreSQL was started again")


def _started(data_dir: Path) -> None:
    """Whoever serves has a share already, so the server goes on when this one is given back."""
    embedded.start(data_dir).stop()
