"""The access log: a line for each request on stderr, written by a thread, so that no request waits for its reader."""

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
# Lines that wait to be written. Where nobody reads stderr, further ones are counted and dropped.
_MOST_WAITING = 10_000
# Characters of a path that are logged.
_MOST_PATH = 1_000
# How long lines are collected before they are written together.
_PAUSE_SECONDS = 0.1
# Bytes that a pipe takes in one write (PIPE_BUF), so that the lines of several processes do not mix.
_MOST_AT_ONCE = 4_096
# Characters of a path that are logged as they are: they can make neither a line nor a field of their own.
_SAFE = "/:@!$&'()*+,;="
# The path that has only such characters, which is nearly every path; it need not be quoted.
_UNESCAPED = re.compile(r"[A-Za-z0-9_.~/:-]*")
# A token, whole or cut off, that somebody took for an id.
_TOKEN = re.compile(r"(sec|pub|tok)_[0-9A-Za-z]{8,}")


class Line(NamedTuple):
    """One answered request.

    `time` is when it came, in UTC. `path` is percent-decoded. `status` is 0 if no response began. `bytes` counts
    the body of the response. `caller` is the id of the key that it came with, never the token; empty without one.
    """

    time: datetime
    method: str
    path: str
    status: int
    milliseconds: float
    bytes: int
    request_id: str
    caller: str


class RequestLog:
    """A bounded queue of lines, and the thread that writes them to a file descriptor."""

    def __init__(self, form: LogForm, descriptor: int = _STDERR) -> None:
        self._form: LogForm = form
        self._descriptor = descriptor
        self._waiting: deque[Line] = deque()
        self._dropped = 0
        self._wake = threading.Event()
        self._ending = False

    def add(self, line: Line) -> None:
        """Queue a line, or drop it if too many wait. Never blocks."""
        if len(self._waiting) >= _MOST_WAITING:
            self._dropped += 1
            return
        self._waiting.append(line)
        if not self._wake.is_set():
            self._wake.set()

    @contextmanager
    def writing(self) -> Generator[None]:
        """Run the thread. At the end it writes what still waits, for which a second is enough or the rest is lost."""
        thread = threading.Thread(target=self._write_all, name="graft-log", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ending = True
            self._wake.set()
            thread.join(1)

    def _write_all(self) -> None:
        while not self._ending:
            self._wake.wait()
            if not self._ending:
                time.sleep(_PAUSE_SECONDS)
            # cleared before the queue is read: a line that comes meanwhile wakes the thread again
            self._wake.clear()
            self._write_waiting()

    def _write_waiting(self) -> None:
        chunk = b""
        while self._waiting:
            text = format_line(self._waiting.popleft(), self._form)
            if len(chunk) + len(text) > _MOST_AT_ONCE:
                self._write(chunk)
                chunk = b""
            chunk += text

        dropped, self._dropped = self._dropped, 0
        if dropped:
            chunk += b"%d lines were left out: nobody read them in time\n" % dropped
        self._write(chunk)

    def _write(self, chunk: bytes) -> None:
        while chunk:
            try:
                chunk = chunk[os.write(self._descriptor, chunk) :]
            except OSError:
                # the log itself is broken, so there is nowhere to report it
                return


def format_line(line: Line, form: LogForm) -> bytes:
    """The line as words with blanks between them or as a JSON object, and a newline."""
    moment = line.time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    path = _TOKEN.sub(r"\1_***", line.path[:_MOST_PATH])
    if not _UNESCAPED.fullmatch(path):
        path = quote(path, safe=_SAFE, errors="replace")
    milliseconds = round(line.milliseconds, 1)

    if form == "json":
        fields = line._asdict() | {"time": moment, "path": path, "milliseconds": milliseconds}
        named = {"requestId" if name == "request_id" else name: value for name, value in fields.items()}
        return msgspec.json.encode(named) + b"\n"

    caller, request_id = line.caller or "-", line.request_id or "-"
    text = f"{moment} {line.method} {path} {line.status or '-'} {milliseconds}ms {line.bytes}B {request_id} {caller}\n"
    return text.encode()


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

        async def send_noted(message: Message) -> None:
            nonlocal status, size, request_id
            if message["type"] == "http.response.start":
                status = message["status"]
                request_id = next((value for name, value in message["headers"] if name == b"x-request-id"), b"")
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        finally:
            took = (time.perf_counter() - start) * 1000
            caller = scope.get("graft.caller", "")
            self._log.add(
                Line(began, scope["method"], scope["path"], status, took, size, request_id.decode("ascii"), caller)
            )
