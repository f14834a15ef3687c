"""Read documents in processes of their own: one at a time a workspace, two at a time in all; the others wait."""

import asyncio
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import NamedTuple
from weakref import WeakValueDictionary

import msgspec

from graft.document_reading.readers import Readers, end
from graft.document_reading.worker import OUT_OF_MEMORY, Answer, Task, framed, frames
from graft.errors import Invalid, Problem, Unavailable, invalid
from graft.ids import Id
from graft.openapi_import import Draft

_AT_ONCE = 2
# Bounds of what waits: each keeps its document in memory.
_MOST_WAITING = 32
_MOST_BYTES_WAITING = 256 * 1024 * 1024
_MOST_SECONDS_WAITING = 120
# A process may take this many times its CPU time before it is ended: others may want the processor too.
_WALL_SECONDS_A_CPU_SECOND = 4


class Document(NamedTuple):
    """A document as it was read: a draft for each operation and schema, not yet matched with existing entities."""

    title: str
    drafts: list[Draft]
    warnings: tuple[Problem, ...]
    warnings_left_out: int


class Desk:
    """Reads the documents of one server process, in turns. `readers` is open while the server serves."""

    def __init__(self) -> None:
        self.readers = Readers()
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._workspace_locks: WeakValueDictionary[Id, asyncio.Lock] = WeakValueDictionary()
        self._waiting = 0
        self._bytes_waiting = 0

    async def read(self, workspace_id: Id, task: Task, body: bytes) -> Document:
        """Read the document in `body`. `Invalid` lists all its problems; `Unavailable` `busy` where too many wait."""
        async with self._turn(workspace_id, len(body)):
            status, output = await _run(self.readers, task, body)
        if status != 0:
            raise _exit_error(task, status)
        return await asyncio.to_thread(_document, output)

    @asynccontextmanager
    async def _turn(self, workspace_id: Id, size: int) -> AsyncGenerator[None]:
        """Wait for the workspace's turn and for a free process, and hold both; `size` is in bytes."""
        if self._waiting >= _MOST_WAITING or self._bytes_waiting + size > _MOST_BYTES_WAITING:
            raise _busy()

        lock = self._workspace_locks.setdefault(workspace_id, asyncio.Lock())
        self._waiting += 1
        self._bytes_waiting += size
        try:
            async with asyncio.timeout(_MOST_SECONDS_WAITING):
                await lock.acquire()
                try:
                    await self._free.acquire()
                except BaseException:
                    lock.release()
                    raise
        except TimeoutError:
            raise _busy() from None
        finally:
            self._waiting -= 1
            self._bytes_waiting -= size

        try:
            yield
        finally:
            self._free.release()
            lock.release()


async def _run(readers: Readers, task: Task, body: bytes) -> tuple[int, bytes]:
    """Exit status and output of a reading process. The process never outlives this call, whatever raises here."""
    process = await readers.take()
    try:
        async with asyncio.timeout(task.seconds * _WALL_SECONDS_A_CPU_SECOND):
            output, _ = await process.communicate(framed(msgspec.msgpack.encode(task)) + framed(body))
    except TimeoutError:
        return -signal.SIGXCPU, b""
    finally:
        await end(process)
        readers.prepare()
    return process.returncode or 0, output


def _document(output: bytes) -> Document:
    """Decode the output of the worker; `Invalid` where it refused the document."""
    parts = frames(output)
    answer = msgspec.msgpack.decode(next(parts), type=Answer)
    if answer.problems:
        raise Invalid(answer.detail, problems=answer.problems)

    decoder = msgspec.msgpack.Decoder(list[Draft])
    drafts = [draft for part in parts for draft in decoder.decode(part)]
    return Document(answer.title, drafts, answer.warnings, answer.warnings_left_out)


def _exit_error(task: Task, status: int) -> Exception:
    """What a reading process that ended with another status than 0 means: negative is the signal that ended it."""
    if status in {-signal.SIGXCPU, -signal.SIGKILL}:
        return invalid("", "document-too-slow", f"Reading the document takes more than {task.seconds} seconds.")
    if status == OUT_OF_MEMORY:
        mebibytes = task.memory // (1024 * 1024)
        return invalid("", "document-too-large", f"Reading the document takes more than {mebibytes} MiB of memory.")
    return RuntimeError(f"the process that reads a document ended with {status}")


def _busy() -> Unavailable:
    return Unavailable("Too many documents wait to be imported; try again later.", code="busy")
