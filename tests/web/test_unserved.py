"""The log tells of requests that could not be served: the first of each kind in a minute, and how many more came."""

import asyncio
import logging

import pytest

from graft.errors import GraftError, NotFound, TooMany, Unavailable
from graft.web.unserved import Unserved
from tests.support.world import running


def caused(error: GraftError, cause: Exception) -> GraftError:
    error.__cause__ = cause
    return error


async def test_one_line_a_kind_and_then_a_count(caplog: pytest.LogCaptureFixture):
    log = Unserved(0.05)
    with caplog.at_level(logging.WARNING, "graft"):
        for number in range(5):
            log.note(caused(Unavailable("Away."), ConnectionRefusedError(111, "refused\nmore")), f"r{number}")
        for number in range(2):
            log.note(TooMany("Wait."), f"s{number}")
        log.note(NotFound(), "t")
        assert caplog.messages == [
            "request r0 was not served (unavailable): Away. [ConnectionRefusedError: [Errno 111] refused]",
            "request s0 was not served (too-many-requests): Wait.",
        ]
        caplog.clear()
        await asyncio.sleep(0.2)
        assert caplog.messages == [
            "4 more requests were not served within 0.05 seconds (unavailable): Away.",
            "1 more requests were not served within 0.05 seconds (too-many-requests): Wait.",
        ]
        log.note(Unavailable("Away."), "u")
        assert caplog.messages[-1] == "request u was not served (unavailable): Away."


async def test_kinds_without_end_are_counted_together(caplog: pytest.LogCaptureFixture):
    log = Unserved(0.05)
    with caplog.at_level(logging.WARNING, "graft"):
        for number in range(300):
            log.note(Unavailable(f"Reason {number}."), "r")
        assert len(caplog.messages) == 101
        await asyncio.sleep(0.2)
        assert caplog.messages[101:] == [
            "199 more requests were not served within 0.05 seconds (others): Other reasons."
        ]


@pytest.mark.slow
@pytest.mark.one_server
async def test_what_is_refused_stands_in_the_log_without_the_token(
    database_url: str, app_role: str, caplog: pytest.LogCaptureFixture
):
    async with running(database_url, app_role, pool_size=1) as world:
        alpha = await world.workspace("alpha")
        with caplog.at_level(logging.WARNING, "graft"):
            async with world.owner.transaction():
                await world.owner.execute("lock table api_keys")
                replies = await asyncio.gather(*(alpha.get("/api/workspaces") for _ in range(3)))
        assert {reply.status for reply in replies} <= {429, 503}
        lines = [line for line in caplog.messages if "was not served" in line]
        assert len(lines) == len({reply.json["detail"] for reply in replies})
        named = {reply.headers["x-request-id"] for reply in replies}
        assert all(any(request_id in line for request_id in named) for line in lines)
        assert alpha.token is not None
        assert alpha.token not in caplog.text
