"""What bodies in flight may take, how long one may take, and that all of it is given back whatever happens."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Message

from graft.errors import Invalid, TooLarge, TooMany, Unavailable
from graft.web import body as bodies
from graft.web.body import read_body
from graft.web.context import Process
from tests.support.client import As
from tests.support.world import World
from tests.web.stages import process, request

MIB = 1024 * 1024


def _limited() -> Process:
    """A tenant may have 20 MiB in flight, all have 40, of which 10 are for small ones."""
    return process(max_body_integrations=MIB, max_body_imports=10 * MIB)


async def _declared(size: int, process: Process, owner: str) -> None:
    with process.bodies.holding(owner) as holding:
        await read_body(request("POST", headers={"Content-Length": str(size)}, body=[b"x" * size]), size, holding)


async def test_a_declared_length_counts_before_a_byte_has_come():
    limited = _limited()
    with limited.bodies.holding("a") as holding:
        waiting = asyncio.create_task(read_body(_silent({"Content-Length": str(10 * MIB)}), 10 * MIB, holding))
        await asyncio.sleep(0)
        assert limited.bodies.taken == 10 * MIB
        with pytest.raises(TooMany):
            await _declared(10 * MIB + 1, limited, "a")
        await _declared(10 * MIB, limited, "a")
        waiting.cancel()
        await asyncio.wait([waiting])
    assert limited.bodies.taken == 0


async def test_a_body_of_unknown_length_counts_part_by_part():
    limited, parts = _limited(), [b"x" * MIB] * 21
    with limited.bodies.holding("a") as holding, pytest.raises(TooMany):
        await read_body(request("POST", body=parts), 100 * MIB, holding)
    with limited.bodies.holding("a") as holding:
        assert await read_body(request("POST", body=parts[:20]), 100 * MIB, holding) == b"x" * 20 * MIB
        assert limited.bodies.taken == 20 * MIB
    assert limited.bodies.taken == 0


async def test_large_bodies_of_others_leave_room_for_small_ones():
    limited = _limited()
    with limited.bodies.holding("a") as one, limited.bodies.holding("b") as other:
        assert (one.take(20 * MIB), other.take(10 * MIB)) == (None, None)
        with pytest.raises(Unavailable) as caught:
            await _declared(MIB, limited, "c")
        assert caught.value.code == "busy"
        await _declared(64 * 1024, limited, "c")


def _silent(headers: dict[str, str], *first: bytes) -> Request:
    """A request whose body begins with these parts, and of which then nothing comes."""
    parts = list(first)

    async def receive() -> Message:
        if not parts:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": parts.pop(0), "more_body": True}

    return Request(request("POST", headers=headers).scope, receive)


def _dripping(parts: int) -> Request:
    """A request whose body comes a byte a turn of the loop."""
    left = parts

    async def receive() -> Message:
        nonlocal left
        for _ in range(3):
            await asyncio.sleep(0)
        left -= 1
        return {"type": "http.request", "body": b"x", "more_body": left > 0}

    return Request(request("POST").scope, receive)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second of the body's clock is a turn of the loop."""

    def at_once(self: Any) -> asyncio.TimerHandle:
        return self._loop.call_later(0, self._second)

    monkeypatch.setattr(bodies._Clock, "_wait", at_once)  # pyright: ignore[reportPrivateUsage]


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("headers", [{}, {"Content-Length": "3"}])
async def test_a_body_that_stands_still_is_not_waited_for(headers: dict[str, str]):
    limited = _limited()
    with limited.bodies.holding("a") as holding, pytest.raises(Invalid) as caught:
        await read_body(_silent(headers, b"1", b"2"), 10, holding)
    assert [problem.code for problem in caught.value.problems] == ["body-too-slow"]
    assert limited.bodies.taken == 0


@pytest.mark.usefixtures("hurried")
async def test_a_body_that_goes_on_byte_by_byte_ends_too():
    with _limited().bodies.holding("a") as holding, pytest.raises(Invalid) as caught:
        await read_body(_dripping(10_000), MIB, holding)
    assert [problem.code for problem in caught.value.problems] == ["body-too-slow"]
    with _limited().bodies.holding("a") as holding:
        assert await read_body(_dripping(10), MIB, holding) == b"x" * 10


async def _cut_off() -> Message:
    return {"type": "http.disconnect"}


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (Request(request("POST").scope, _cut_off), Invalid),
        (request("POST", body=[b"x" * 11]), TooLarge),
        (request("POST", body=[b"x" * 5, b"x" * 6]), TooLarge),
        (request("POST", headers={"Content-Length": "11"}), TooLarge),
    ],
)
async def test_whatever_ends_a_body_gives_back_what_it_held(sent: Request, error: type[Exception]):
    limited = _limited()
    with limited.bodies.holding("a") as holding, pytest.raises(error):
        await read_body(sent, 10, holding)
    assert limited.bodies.taken == 0


async def _slowly(begun: asyncio.Event, size: int) -> AsyncIterator[bytes]:
    begun.set()
    yield b" "
    await asyncio.Event().wait()
    yield b"x" * size


async def _held_open(caller: As, path: str, size: int) -> "asyncio.Task[Any]":
    """A request that declares a body of this size and never sends it."""
    begun = asyncio.Event()
    headers = {"Content-Length": str(size)}
    task = asyncio.create_task(caller("POST", path, content=_slowly(begun, size), headers=headers))
    await begun.wait()
    return task


@pytest.mark.slow
async def test_one_token_has_its_share_and_others_have_theirs(world: World):
    greedy, other = await world.workspace("greedy"), await world.workspace("other")
    path = "/api/entities/import-openapi?workspaceId="
    open_ones = [await _held_open(greedy, path + greedy.workspace_id, 32 * MIB) for _ in range(2)]
    held = world.app.state.process.bodies.taken
    refused = await greedy.post("/api/entities", {"name": "x"})
    assert (held, refused.status, refused.code, refused.headers["retry-after"]) == (64 * MIB, 429, "too-much", "1")
    assert (await greedy.get("/api/entities")).status == 200

    more = await _held_open(other, path + other.workspace_id, 32 * MIB)
    third = await world.workspace("third")
    refused = await third("POST", path + third.workspace_id, content=b"", headers={"Content-Length": str(32 * MIB)})
    assert (refused.status, refused.code, refused.headers["retry-after"]) == (503, "busy", "1")
    assert (await third.post("/api/entities", {"name": "x"})).status == 400

    for task in (*open_ones, more):
        task.cancel()
    await asyncio.wait([*open_ones, more])
    assert world.app.state.process.bodies.taken == 0
