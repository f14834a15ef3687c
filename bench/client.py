"""`python -m bench.client`: send requests as fast as a server answers them, where wrk is not installed.

It reads an `Order` as one JSON object from standard input, and prints the result as one line of JSON, as wrk.lua does.
It takes more CPU than wrk, and a process of its own, so that the measuring one does not wait for it.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from typing import cast

import msgspec
import uvloop

_HEAD_END = b"\r\n\r\n"
_LINE_END = b"\r\n"


class Order(msgspec.Struct, frozen=True):
    """Which requests are sent where, in turn, by how many connections, how long, and the status of a good reply."""

    host: str
    port: int
    method: str
    headers: dict[str, str]
    body: str
    paths: list[str]
    status: int
    connections: int
    seconds: float
    most_requests: int


class _Failed(Exception):
    """A reply is another one than it must be, or does not come."""


def _requests(order: Order) -> list[bytes]:
    body = order.body.encode()
    headers = {"Host": order.host, **order.headers}
    if body:
        headers["Content-Length"] = str(len(body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return [f"{order.method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body for path in order.paths]


def reply_end(received: bytes | bytearray) -> int | None:
    """Where the reply that `received` begins with ends; None where it has not ended yet."""
    head_end = received.find(_HEAD_END)
    if head_end < 0:
        return None

    body = head_end + len(_HEAD_END)
    head = bytes(received[:head_end]).lower()
    if head.partition(b" ")[2][:3] in {b"204", b"304"}:
        return body

    _, found, rest = head.partition(b"\r\ncontent-length:")
    if found:
        end = body + int(rest.split(_LINE_END, 1)[0])
        return end if len(received) >= end else None
    return _chunks_end(received, body)


def _chunks_end(received: bytes | bytearray, start: int) -> int | None:
    while (line_end := received.find(_LINE_END, start)) >= 0:
        size = int(received[start:line_end], 16)
        start = line_end + len(_LINE_END) + size + len(_LINE_END)
        if len(received) < start:
            return None
        if not size:
            return start
    return None


class _Connection(asyncio.Protocol):
    """Sends the next request when the reply to the one before is complete, until the time is over."""

    def __init__(self, order: Order, requests: Sequence[bytes], end: float, times: list[float]) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._order = order
        self._requests = requests
        self._end = end
        self._times = times
        self._status = f"HTTP/1.1 {order.status} ".encode()
        self._received = bytearray()
        self._sent = 0
        self._began = 0.0
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = reply_end(self._received)
        if end is None:
            return
        if not self._received.startswith(self._status):
            self._finish(_Failed(self._received[:1000].decode("latin-1")))
            return

        now = time.perf_counter()
        self._times.append(now - self._began)
        del self._received[:end]
        if now < self._end and len(self._times) < self._order.most_requests:
            self._send()
        else:
            self._finish(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._finish(exc or _Failed("the connection was closed"))

    def _send(self) -> None:
        assert self._transport is not None
        self._began = time.perf_counter()
        self._transport.write(self._requests[self._sent % len(self._requests)])
        self._sent += 1

    def _finish(self, error: Exception | None) -> None:
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)
        assert self._transport is not None
        self._transport.close()


async def _keep_busy(order: Order) -> dict[str, float]:
    requests = _requests(order)
    times: list[float] = []
    loop = asyncio.get_running_loop()
    start = time.perf_counter()

    async def one(number: int) -> None:
        # each connection has paths of its own, where there are enough
        mine = requests[number :: order.connections] or requests
        _, protocol = await loop.create_connection(
            lambda: _Connection(order, mine, start + order.seconds, times), order.host, order.port
        )
        await protocol.done

    await asyncio.gather(*(one(number) for number in range(order.connections)))
    took = time.perf_counter() - start
    times.sort()
    return {
        "requests": len(times),
        "seconds": took,
        "p50_ms": times[len(times) // 2] * 1000,
        "p99_ms": times[len(times) * 99 // 100] * 1000,
        "failed": 0,
    }


def main() -> None:
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(_keep_busy(order))
    print(msgspec.json.encode(found).decode())  # noqa: T201 - what the command is for


if __name__ == "__main__":
    main()
