"""The processes that read documents: one started for each, or the one that stands ready."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from typing import Self

_COMMAND = (sys.executable, "-I", "-m", "graft.document_reading.worker")
# How long a process stands ready that nobody wants.
_READY_SECONDS = 60


async def start() -> Process:
    """A process that waits for its task."""
    # no environment: it needs none, and the service's holds secrets; no session: Ctrl-C is for the server, which waits
    return await asyncio.create_subprocess_exec(*_COMMAND, stdin=PIPE, stdout=PIPE, env={}, start_new_session=True)


async def end(process: Process) -> None:
    """Whatever it does."""
    if process.returncode is None:
        process.kill()
        await process.wait()


class Readers:
    """While it is open, a process is started ahead after each that was taken: most documents take less than its start.

    Closed, as it is at first, it starts one for each document.
    """

    def __init__(self) -> None:
        self._open = False
        self._ahead: asyncio.Task[Process] | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._expired: asyncio.Task[None] | None = None

    async def take(self) -> Process:
        ahead, self._ahead = self._ahead, None
        if ahead is None:
            return await start()
        self._stop_clock()
        try:
            process = await asyncio.shield(ahead)
        except asyncio.CancelledError:
            self._expired = asyncio.create_task(_end_started(ahead))
            raise
        return process if process.returncode is None else await start()

    def prepare(self) -> None:
        """Have one ready for the next document."""
        if self._open and self._ahead is None:
            self._ahead = asyncio.create_task(start())
            self._expiry = asyncio.get_running_loop().call_later(_READY_SECONDS, self._expire)

    async def __aenter__(self) -> Self:
        self._open = True
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._open = False
        self._expire()
        if self._expired is not None:
            await self._expired

    def _expire(self) -> None:
        self._stop_clock()
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            self._expired = asyncio.create_task(_end_started(ahead))

    def _stop_clock(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None


async def _end_started(ahead: asyncio.Task[Process]) -> None:
    await end(await ahead)
