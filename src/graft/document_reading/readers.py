"""Start the processes that read documents: one for each, or one ahead, so that the next import need not wait for it."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from typing import Self

_COMMAND = (sys.executable, "-I", "-m", "graft.document_reading.worker")
# How long a process that was started ahead waits for a document before it is ended.
_READY_SECONDS = 60


async def start() -> Process:
    """Start a process, which then waits for its task on its input."""
    # an empty environment, because the service's holds secrets; a session of its own, because Ctrl-C is for the server,
    # which lets imports that run come to their end
    return await asyncio.create_subprocess_exec(*_COMMAND, stdin=PIPE, stdout=PIPE, env={}, start_new_session=True)


async def end(process: Process) -> None:
    """Kill the process if it still runs, and wait until it has ended."""
    if process.returncode is None:
        process.kill()
        await process.wait()


class Readers:
    """The processes of one server; a context manager.

    While it is open, the next process is started ahead after each document: most documents are read in less time than
    a process needs to start. Closed, as it is at first, it starts one when a document comes.
    """

    def __init__(self) -> None:
        self._open = False
        self._ahead: asyncio.Task[Process] | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._expired: asyncio.Task[None] | None = None

    async def take(self) -> Process:
        """The process that was started ahead if it still runs, else a new one. The caller ends it (`end`)."""
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
        """Start a process ahead for the next document, while open."""
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
