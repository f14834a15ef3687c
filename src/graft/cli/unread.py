"""Cut off clients that do not read their replies: the HTTP server itself would keep them, and their replies, for ever.

Linux tells of each connection how much of what was sent was acknowledged. Elsewhere nobody is cut off.
"""

import asyncio
import fcntl
import os
import socket
import struct
import termios
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, nullcontext
from typing import NamedTuple

from graft.background import repeating

_DESCRIPTORS = "/proc/self/fd"
# How long a client may take for so many bytes, or for all that there is.
_SECONDS = 60.0
_BYTES = 64 * 1024
# So many may stand still for so long. Of more the time gets shorter, so that they do not keep others out.
_MANY = 64
_LEAST_SECONDS = 1.0
# How often connections are looked at.
_PAUSE_SECONDS = 1.0
# Where `struct tcp_info` of Linux has tcpi_bytes_acked, and how much of it is needed.
_ACKED, _LENGTH = 120, 128


class Sending(NamedTuple):
    """A connection that has something to send: the bytes that were acknowledged of all that were sent, and when."""

    acknowledged: int
    sent: int
    since: float

    def next(self, now: "Sending") -> "Sending":
        """What is remembered from now on: a client that has read enough has all its time again."""
        read = now.acknowledged - self.acknowledged
        # fewer: the descriptor is another connection's by now
        return self if 0 <= read < _BYTES and now.acknowledged < self.sent else now


class Watch:
    """The connections of a port that have something to send, as they were when they last got on."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._seen: dict[int, Sending] = {}

    def look(self, now: float) -> int:
        """Look at all connections once, and cut off those that stand still; their number."""
        found = {fd: sending for fd in _descriptors() if (sending := _sending(fd, now)) is not None}
        self._seen = {
            fd: self._seen[fd].next(sending) if fd in self._seen else sending for fd, sending in found.items()
        }

        waited = {fd: now - seen.since for fd, seen in self._seen.items()}
        slow = sum(seconds >= _LEAST_SECONDS for seconds in waited.values())
        patience = max(_LEAST_SECONDS, _SECONDS * min(1, _MANY / max(1, slow)))
        return sum(_cut_off(fd, self._port, found[fd]) for fd, seconds in waited.items() if seconds >= patience)


@asynccontextmanager
async def unread_replies_end(port: int) -> AsyncGenerator[None]:
    """While this is open, cut off clients of this process on `port` that do not read."""
    watch = Watch(port)

    async def look() -> None:
        await asyncio.to_thread(watch.look, time.monotonic())

    known = hasattr(socket, "TCP_INFO") and os.access(_DESCRIPTORS, os.R_OK)
    async with repeating("the watch over clients that do not read", look, _PAUSE_SECONDS) if known else nullcontext():
        yield


def _descriptors() -> list[int]:
    return [int(name) for name in os.listdir(_DESCRIPTORS)]  # noqa: PTH208  of thousands of names


def _sending(fd: int, now: float) -> Sending | None:
    """How far a connection is that has something to send; None for every other descriptor, or one that has ended."""
    try:
        (waiting,) = struct.unpack("=i", fcntl.ioctl(fd, termios.TIOCOUTQ, bytes(4)))
        if not waiting:
            return None
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, fileno=fd)
        try:
            info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        finally:
            connection.detach()
    except OSError:
        return None

    if len(info) < _LENGTH:
        return None
    (acknowledged,) = struct.unpack_from("=Q", info, _ACKED)
    return Sending(acknowledged, acknowledged + waiting, now)


def _cut_off(fd: int, port: int, seen: Sending) -> bool:
    """Reset the connection, if the descriptor is still the same one, and one of this port."""
    try:
        # a descriptor of its own, which cannot become another connection's between two questions
        with socket.socket(fileno=os.dup(fd)) as connection:
            address = connection.getsockname()
            now = _sending(connection.fileno(), seen.since)
            if (
                not isinstance(address, tuple)
                or address[1] != port
                or now is None
                or now.acknowledged != seen.acknowledged
            ):
                return False
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("=ii", 1, 0))
            connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return False
    return True
