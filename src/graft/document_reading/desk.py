"""Read documents in processes of their own: one at a time a workspace, two at a time in all; the others wait."""

import asyncio
import signal
from typing import NamedTuple

import msgspec

from graft.document_reading.readers import Readers, end
from graft.document_reading.worker import OUT_OF_MEMORY, Answer, Task, framed, frames
from graft.errors import Invalid, Problem, Problems, Unavailable, invalid
from graft.ids import Id
from graft.lanes import Lanes, LanesFull
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
        self._lanes = Lanes(
            _AT_ONCE, most_waiting=_MOST_WAITING, most_bytes=_MOST_BYTES_WAITING, seconds=_MOST_SECONDS_WAITING
        )

    async def read(self, workspace_id: Id, task: Task, body: bytes) -> Document:
        """Read the document in `body`. `Invalid` lists all its problems; `Unavailable` `busy` where too many wait."""
        try:
            async with self._lanes.turn(workspace_id, len(body)):
                status, output = await _run(self.readers, task, body)
        except LanesFull:
            raise _busy() from None
        if status != 0:
            raise _exit_error(task, status)
        return await asyncio.to_thread(_document, output)


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
        told = Problems(answer.problems)
        told.left_out += answer.problems_left_out
        raise Invalid(answer.detail, problems=told)

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
