"""The process that reads one document, under limits of CPU time and memory that the kernel holds it to.

Its input is two frames: a `Task` and the bytes of the document. Its output is frames: an `Answer`, then lists of at
most 200 drafts. All but the document is MessagePack. A frame is its length in 8 bytes, big-endian, and its bytes.
"""

import os
import resource
import signal
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import BinaryIO, Literal

import msgspec

from graft.errors import Invalid, Problem
from graft.openapi_import import LIMITS, Draft, Oddities, drafts_of, extract, read_document
from graft.templates import Places, escape

_LENGTH_BYTES = 8
_DRAFTS_A_FRAME = 200
# The server and others come first when they want the processor.
_NICENESS = 10
# The exit status of a process that ran into its limit of memory.
OUT_OF_MEMORY = 3


class DataPlaces(msgspec.Struct, frozen=True):
    """`templates.Places` of a kind, as it travels to the process."""

    keywords: tuple[str, ...]
    names: tuple[str, ...]


class Task(msgspec.Struct, frozen=True):
    """How to read: the bounds of bytes and entities, `seconds` of CPU time, `memory` in bytes.

    `placeholders` says what `${variables.…}` in the document means: text, or a variable that installs fill in.
    `data_places` are by kind; what stands there is text in either case.
    """

    document_bytes: int
    definition_bytes: int
    entities: int
    seconds: int
    memory: int
    placeholders: Literal["literal", "variables"]
    data_places: dict[str, DataPlaces]


class Answer(msgspec.Struct, frozen=True):
    """Title and warnings of the document; where there are `problems`, only these and `detail`: it is refused."""

    title: str = ""
    warnings: tuple[Problem, ...] = ()
    warnings_left_out: int = 0
    problems: tuple[Problem, ...] = ()
    problems_left_out: int = 0
    detail: str = ""


def framed(data: bytes) -> bytes:
    return len(data).to_bytes(_LENGTH_BYTES) + data


def frames(data: bytes) -> Iterator[bytes]:
    """Cut `data`, which is frames one after the other, into the bytes of each."""
    start = 0
    while start < len(data):
        end = start + _LENGTH_BYTES + int.from_bytes(data[start : start + _LENGTH_BYTES])
        yield data[start + _LENGTH_BYTES : end]
        start = end


def main(source: BinaryIO, sink: BinaryIO) -> int:
    """Read the one document. Returns the exit status: 0, or `OUT_OF_MEMORY`."""
    given = source.read()
    if not given:
        # it was started ahead, and no document came
        return 0

    task_frame, body = frames(given)
    task = msgspec.msgpack.decode(task_frame, type=Task)
    _limit(task)

    try:
        answer, drafts = _read(task, body)
        sink.write(framed(msgspec.msgpack.encode(answer)))
        sink.writelines(framed(msgspec.msgpack.encode(some)) for some in _batches(drafts))
        sink.flush()
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


def _limit(task: Task) -> None:
    """Give this process its limits; the kernel sends SIGXCPU at the end of its CPU time, SIGKILL a second later."""
    os.nice(_NICENESS)
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CPU, (task.seconds, task.seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (task.memory, task.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(task: Task, body: bytes) -> tuple[Answer, Iterable[Draft]]:
    limits = replace(
        LIMITS,
        document_bytes=task.document_bytes,
        definition_bytes=task.definition_bytes,
        entities=task.entities,
    )
    odd = Oddities(limits)
    try:
        extracted = extract(read_document(body, limits, odd), limits, odd)
    except Invalid as refused:
        told = refused.problems
        return Answer(problems=tuple(told), problems_left_out=told.left_out, detail=refused.detail), ()
    places = {kind: Places(found.keywords, found.names) for kind, found in task.data_places.items()}

    def stored(kind: str, text: bytes) -> bytes:
        return text if task.placeholders == "variables" else escape(text, places[kind])

    answer = Answer(extracted.title, extracted.warnings, extracted.warnings_left_out)
    return answer, drafts_of(extracted, stored)


def _batches(drafts: Iterable[Draft]) -> Iterator[list[Draft]]:
    found = iter(drafts)
    while some := list(islice(found, _DRAFTS_A_FRAME)):
        yield some


if __name__ == "__main__":
    sys.exit(main(sys.stdin.buffer, sys.stdout.buffer))
