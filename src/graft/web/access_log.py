"""A line for each request on stderr, written by a thread, so that no request ever waits for whoever reads the log."""

import os
import re
import threading
import time
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graft import clock
from graft.config import LogForm

_STDERR = 2
# Lines that wait where nobody reads them: then new ones are counted and left out.
_MOST_WAITING = 10_000
_MOST_PATH = 1_000
_PAUSE_SECONDS = 0.1
# What a pipe takes in one piece, so that lines of several processes do not mix.
_PIECE = 4_096
# Characters of a path that need no escape in a log.
_PLAIN = "/:@!$&'()*+,;="
_UNESCAPED = re.compile(r"[A-Za-z0-9_.~/:-]*")


class Line(NamedTuple):
    """One answered request; `time` is in UTC, `caller` the id of the key that it came with, never the token."""

    time: datetime
    method: str
    path: str
    status: int
    milliseconds: float
    bytes: int
    request_id: str
    caller: str


class RequestLog:
    """Lines on their way to stderr."""

    def __init__(self, form: LogForm, descriptor: int = _STDERR) -> None:
        self._form: LogForm = form
        self._descriptor = descriptor
        self._waiting: deque[Line] = deque()
        self._left_out = 0
        self._some = threading.Event()
        self._ending = False

    def add(self, line: Line) -> None:
        if len(self._waiting) >= _MOST_WAITING:
            self._left_out += 1
            return
        self._waiting.append(line)
        if not self._some.is_set():
            self._some.set()

    @contextmanager
    def writing(self) -> Generator[None]:
        """While this is open, lines are written; what waits at the end is written then, if anybody reads it."""
        thread = threading.Thread(target=self._write_all, name="graft-log", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ending = True
            self._some.set()
            thread.join(1)

    def _write_all(self) -> None:
        while not self._ending:
            self._some.wait()
            if not self._ending:
                time.sleep(_PAUSE_SECONDS)
            self._some.clear()
            self._write_waiting()

    def _write_waiting(self) -> None:
        piece = b""
        while self._waiting:
            text = written(self._waiting.popleft(), self._form)
            if len(piece) + len(text) > _PIECE:
                self._write(piece)
                piece = b""
            piece += text
        left_out, self._left_out = self._left_out, 0
        if left_out:
            piece += b"%d lines were left out: nobody read them in time\n" % left_out
        self._write(piece)

    def _write(self, piece: bytes) -> None:
        while piece:
            try:
                piece = piece[os.write(self._descriptor, piece) :]
            except OSError:
                # there is nowhere to say so
                return


def written(line: Line, form: LogForm) -> bytes:
    """The line as text, or as JSON."""
    moment = line.time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    path = line.path[:_MOST_PATH]
    if not _UNESCAPED.fullmatch(path):
        path = quote(path, safe=_PLAIN, errors="replace")
    milliseconds = round(line.milliseconds, 1)
    if form == "json":
        fields = line._asdict() | {"time": moment, "path": path, "milliseconds": milliseconds}
        named = {"requestId" if name == "request_id" else name: value for name, value in fields.items()}
        return msgspec.json.encode(named) + b"\n"
    caller, request_id = line.caller or "-", line.request_id or "-"
    said = f"{moment} {line.method} {path} {line.status or '-'} {milliseconds}ms {line.bytes}B {request_id} {caller}\n"
    return said.encode()


class AccessLog:
    """ASGI middleware that adds a line for each request, when its reply has gone out."""

    def __init__(self, app: ASGIApp, log: RequestLog) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, start = clock.now(), time.perf_counter()
        status, size, request_id = 0, 0, b""

        async def note(message: Message) -> None:
            nonlocal status, size, request_id
            if message["type"] == "http.response.start":
                status = message["status"]
                request_id = next((value for name, value in message["headers"] if name == b"x-request-id"), b"")
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            took = (time.perf_counter() - start) * 1000
            caller = scope.get("graft.caller", "")
            self._log.add(
                Line(began, scope["method"], scope["path"], status, took, size, request_id.decode("ascii"), caller)
            )
