"""Where documents are read: in processes of their own, one at a time a workspace and few at a time in all."""

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
# Those that wait keep their documents in memory.
_MOST_WAITING = 32
_MOST_BYTES_WAITING = 256 * 1024 * 1024
_MOST_SECONDS_WAITING = 120
# Beside its own time on the processor: others may want it too.
_PATIENCE = 4


class Document(NamedTuple):
    """A document as it was read, with nothing decided yet."""

    title: str
    drafts: list[Draft]
    warnings: tuple[Problem, ...]
    warnings_left_out: int


class Desk:
    """Reads the documents of one server process."""

    def __init__(self) -> None:
        # open while the server serves
        self.readers = Readers()
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._of_workspaces: WeakValueDictionary[Id, asyncio.Lock] = WeakValueDictionary()
        self._waiting = 0
        self._bytes_waiting = 0

    async def read(self, workspace_id: Id, task: Task, body: bytes) -> Document:
        """The document in `body`; `Invalid` with all its problems, `Unavailable` where too many are waiting."""
        async with self._turn(workspace_id, len(body)):
            status, output = await _run(self.readers, task, body)
        if status != 0:
            raise _broken(task, status)
        return await asyncio.to_thread(_document, output)

    @asynccontextmanager
    async def _turn(self, workspace_id: Id, size: int) -> AsyncGenerator[None]:
        if self._waiting >= _MOST_WAITING or self._bytes_waiting + size > _MOST_BYTES_WAITING:
            raise _busy()
        mine = self._of_workspaces.setdefault(workspace_id, asyncio.Lock())
        self._waiting += 1
        self._bytes_waiting += size
        try:
            async with asyncio.timeout(_MOST_SECONDS_WAITING):
                await mine.acquire()
                try:
                    await self._free.acquire()
                except BaseException:
                    mine.release()
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
            mine.release()


async def _run(readers: Readers, task: Task, body: bytes) -> tuple[int, bytes]:
    """The exit status of the reading process, and what it said. It ends with this call, however that ends."""
    process = await readers.take()
    try:
        async with asyncio.timeout(task.seconds * _PATIENCE):
            output, _ = await process.communicate(framed(msgspec.msgpack.encode(task)) + framed(body))
    except TimeoutError:
        return -signal.SIGXCPU, b""
    finally:
        await end(process)
        readers.prepare()
    return process.returncode or 0, output


def _document(output: bytes) -> Document:
    parts = frames(output)
    answer = msgspec.msgpack.decode(next(parts), type=Answer)
    if answer.problems:
        raise Invalid(answer.detail, problems=answer.problems)
    decoder = msgspec.msgpack.Decoder(list[Draft])
    drafts = [draft for part in parts for draft in decoder.decode(part)]
    return Document(answer.title, drafts, answer.warnings, answer.warnings_left_out)


def _broken(task: Task, status: int) -> Exception:
    if status in {-signal.SIGXCPU, -signal.SIGKILL}:
        return invalid("", "document-too-slow", f"Reading the document takes more than {task.seconds} seconds.")
    if status == OUT_OF_MEMORY:
        mebibytes = task.memory // (1024 * 1024)
        return invalid("", "document-too-large", f"Reading the document takes more than {mebibytes} MiB of memory.")
    return RuntimeError(f"the process that reads a document ended with {status}")


def _busy() -> Unavailable:
    return Unavailable("Too many documents wait to be imported; try again later.", code="busy")
