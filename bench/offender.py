"""`python -m bench.offender`: the worst clients of one tenant, at one server of this machine and for a bounded time.

It reads an `Order` as one JSON object from standard input, and prints a list of `Tally` as one line of JSON. It ends by
itself: its connections and requests are counted, and a timer of the system ends it should its own clock fail.
"""

import asyncio
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

import msgspec
import uvloop

# Whatever an order says.
MOST_CONNECTIONS = 500
MOST_SECONDS = 600
_MOST_EXCHANGES = 20_000
_GRACE_SECONDS = 20
_LOOPBACK = "127.0.0.1"
_CHUNK = 2**16
# What is kept of a reply that is not read: as little as the system allows.
_RECEIVE_BYTES = 2_048
_PAUSE = 0.05
_LOOK = 0.25
_HUNG_UP = select.POLLHUP | select.POLLERR | select.POLLRDHUP


class Sent(msgspec.Struct, frozen=True):
    """One request as it goes out: its head, and the file with its body ("": none)."""

    head: str
    body: str = ""


class Offence(msgspec.Struct, frozen=True):
    """What so many connections do again and again, each with another of the requests.

    `unread`: nothing of the reply is read. Such a request is sent `pipelined` times on one connection, which is then held
    until the server ends it.
    """

    name: str
    connections: int
    requests: list[Sent]
    unread: bool = False
    pipelined: int = 1


class Order(msgspec.Struct, frozen=True):
    """All of these offences at once, at a port of this machine."""

    port: int
    seconds: float
    offences: list[Offence]


class Tally(msgspec.Struct):
    """What came of an offence: replies by status; connections that ended, or were held, without one; the slowest reply."""

    name: str
    statuses: dict[int, int] = msgspec.field(default_factory=dict[int, int])
    cut_off: int = 0
    held: int = 0
    slowest_ms: float = 0.0

    @property
    def refusals(self) -> int:
        """Those that tell the offender to come later."""
        return self.statuses.get(429, 0) + self.statuses.get(503, 0)

    @property
    def errors(self) -> int:
        """Replies that nobody may get, whatever he does."""
        return sum(count for status, count in self.statuses.items() if status >= 500 and status != 503)


class _Client:
    """One connection of an offence, and its turn."""

    def __init__(self, port: int, offence: Offence, bodies: dict[str, bytes], tally: Tally, number: int) -> None:
        self._port = port
        self._offence = offence
        self._bodies = bodies
        self._tally = tally
        self._number = number

    async def run(self) -> None:
        requests = self._offence.requests
        for turn in range(_MOST_EXCHANGES):
            sent = requests[(self._number + turn) % len(requests)]
            try:
                if self._offence.unread:
                    await self._leave(sent)
                else:
                    await self._ask(sent)
            except OSError:
                self._tally.cut_off += 1
                # who is not let in knocks again, and does not hammer
                await asyncio.sleep(_PAUSE)

    async def _ask(self, sent: Sent) -> None:
        """Send, and read the reply to its end, which is that of the connection."""
        began = time.perf_counter()
        reader, writer = await asyncio.open_connection(_LOOPBACK, self._port)
        sending = asyncio.create_task(_send(writer, sent.head.encode() + self._bodies[sent.body]))
        try:
            status = _status(await reader.readline())
            while await reader.read(_CHUNK):
                pass
        except asyncio.CancelledError:
            self._tally.held += 1
            raise
        finally:
            sending.cancel()
            writer.close()

        if status is None:
            raise ConnectionError
        self._tally.statuses[status] = self._tally.statuses.get(status, 0) + 1
        self._tally.slowest_ms = max(self._tally.slowest_ms, (time.perf_counter() - began) * 1000)

    async def _leave(self, sent: Sent) -> None:
        """Send, read nothing, and stay for as long as the server bears it. Raises `ConnectionError` when it does not."""
        loop = asyncio.get_running_loop()
        with socket.socket() as connection:
            connection.setblocking(False)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
            await loop.sock_connect(connection, (_LOOPBACK, self._port))
            try:
                request = sent.head.encode() + self._bodies[sent.body]
                await loop.sock_sendall(connection, request * self._offence.pipelined)
                ended = select.poll()
                ended.register(connection, _HUNG_UP)
                while not ended.poll(0):  # noqa: ASYNC110 - the loop tells only of what can be read or written
                    await asyncio.sleep(_LOOK)
            except asyncio.CancelledError:
                self._tally.held += 1
                raise
        raise ConnectionError


async def _send(writer: asyncio.StreamWriter, request: bytes) -> None:
    # a server may answer before it has read everything, and close
    with suppress(OSError):
        for start in range(0, len(request), _CHUNK):
            writer.write(request[start : start + _CHUNK])
            await writer.drain()


def _status(line: bytes) -> int | None:
    """The status of the first line of a reply; None where it is none."""
    words = line.split(b" ", 2)
    return int(words[1]) if len(words) > 1 and words[0].startswith(b"HTTP/") and words[1].isdigit() else None


async def offend(order: Order) -> list[Tally]:
    """Carry out an order; connections in use at its end are closed."""
    bodies = {sent.body: _read(sent.body) for offence in order.offences for sent in offence.requests}
    tallies = [Tally(offence.name) for offence in order.offences]
    clients = [
        _Client(order.port, offence, bodies, tally, number)
        for offence, tally in zip(order.offences, tallies, strict=True)
        for number in range(offence.connections)
    ]
    if len(clients) > MOST_CONNECTIONS:
        raise SystemExit(f"{len(clients)} connections are more than {MOST_CONNECTIONS}.")

    tasks = [asyncio.create_task(client.run()) for client in clients]
    await asyncio.sleep(order.seconds)
    for task in tasks:
        task.cancel()
    for came in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(came, Exception):
            # a mistake of ours
            raise came
    return tallies


def _read(path: str) -> bytes:
    return Path(path).read_bytes() if path else b""


def main() -> None:
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    if order.seconds > MOST_SECONDS:
        raise SystemExit(f"{order.seconds:g} seconds are more than {MOST_SECONDS}.")
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(int(order.seconds) + _GRACE_SECONDS)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        tallies = runner.run(offend(order))
    sys.stdout.write(msgspec.json.encode(tallies).decode() + "\n")


if __name__ == "__main__":
    main()
