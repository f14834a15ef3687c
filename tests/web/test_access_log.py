"""The log of requests: one line each, with the id of the request and of the key, and never a token."""

import json
import os
import re
import threading
from datetime import UTC, datetime

from graft.auth.tokens import new_token
from graft.web.access_log import Line, RequestLog, format_line
from tests.support.client import As
from tests.support.world import running

LINE = Line(
    datetime(2026, 1, 2, 3, 4, 5, 678901, UTC), "GET", "/api/entities", 200, 12.345, 678, "01abc", "apikey_01def"
)


def test_a_line_is_text_or_json():
    assert (
        format_line(LINE, "requests")
        == b"2026-01-02T03:04:05.678Z GET /api/entities 200 12.3ms 678B 01abc apikey_01def\n"
    )
    assert json.loads(format_line(LINE, "json")) == {
        "time": "2026-01-02T03:04:05.678Z",
        "method": "GET",
        "path": "/api/entities",
        "status": 200,
        "milliseconds": 12.3,
        "bytes": 678,
        "requestId": "01abc",
        "caller": "apikey_01def",
    }


def test_a_path_cannot_make_lines_or_words_of_its_own():
    for path in ("/a\n2026 POST /b", "/a b", "/\x1b[31m", "/\udce4", "/" + "x" * 100_000):
        for form in ("requests", "json"):
            line = format_line(LINE._replace(path=path), form)
            assert line.count(b"\n") == 1
            assert line.isascii()
            assert len(line) < 4_000
        assert len(format_line(LINE._replace(path=path), "requests").split()) == 8


def test_a_token_that_stands_in_a_path_is_left_out():
    token = new_token("secret")
    for form in ("requests", "json"):
        line = format_line(LINE._replace(path=f"/api/api-keys/{token}/x"), form)
        assert token[4:12].encode() not in line
        assert b"/api/api-keys/sec_***/x" in line


async def test_each_request_has_its_line_and_no_token(database_url: str, app_role: str, capfd):
    async with running(database_url, app_role, log="requests") as world:
        alpha = await world.workspace("alpha")
        listed = await alpha.get("/api/entities", name="secretive")
        stranger = await As(world, None).get("/api/entities")
        absent = await world.http.get("/nowhere")
        long = await world.http.get("/" + "x" * 9_000)
    lines = [line.split(" ") for line in capfd.readouterr().err.splitlines()]
    key = lines[0][7]
    assert [line[1:4] for line in lines[:3]] == [
        ["GET", "/api/entities", "200"],
        ["GET", "/api/entities", "401"],
        ["GET", "/nowhere", "404"],
    ]
    assert (lines[3][3], len(lines)) == ("414", 4)
    replies = [listed.headers, stranger.headers, absent.headers, long.headers]
    assert [line[6] for line in lines] == [headers["x-request-id"] for headers in replies]
    assert re.fullmatch("apikey_[0-9a-z]{26}", key)
    assert [line[7] for line in lines[1:]] == ["-", "-", "-"]
    assert lines[0][5] == f"{len(listed.content)}B"
    text = " ".join(word for line in lines for word in line)
    assert str(alpha.token) not in text
    assert "secretive" not in text


async def test_whatever_refuses_a_request_it_has_a_line_with_its_id(database_url: str, app_role: str, capfd):
    async with running(database_url, app_role, log="requests", max_body=1_024) as world:
        viewer, editor = await world.workspace("alpha", "viewer"), await world.workspace("beta", "editor")
        json = {"Content-Type": "application/json"}
        replies = [
            await viewer.post("/api/entities", {"name": "x" * 2_000}),
            await editor("POST", "/api/entities", content=b" " * 1_025, headers=json),
            await editor("POST", "/api/entities", content=b"{}", headers={"Content-Type": "text/plain"}),
            await editor("GET", "/api/entities%2Fx"),
            await editor("PUT", "/api/entities"),
        ]
        await world.app.state.database.close()
        replies.append(await editor.get("/api/entities"))
    lines = [line.split(" ") for line in capfd.readouterr().err.splitlines() if " /api/" in line]
    assert [line[3] for line in lines] == ["403", "413", "415", "400", "405", "503"]
    assert [line[6] for line in lines] == [reply.headers["x-request-id"] for reply in replies]
    # who it was, as far as that was asked
    assert [line[7].startswith("apikey_") for line in lines] == [True, True, True, False, False, True]


async def test_it_is_silent_where_it_is_off(database_url: str, app_role: str, capfd):
    async with running(database_url, app_role, log="off") as world:
        await world.http.get("/nowhere")
    assert capfd.readouterr().err == ""


def test_whoever_does_not_read_keeps_nobody_waiting():
    reader, writer = os.pipe()
    log = RequestLog("requests", writer)
    with log.writing():
        # a pipe takes 64 KiB: a thousand lines
        for _ in range(50_000):
            log.add(LINE)
    os.close(reader)
    for thread in threading.enumerate():
        if thread.name == "graft-log":
            thread.join()
    os.close(writer)


def test_lines_that_nobody_reads_are_bounded_and_counted():
    reader, writer = os.pipe()
    log = RequestLog("requests", writer)
    for _ in range(10_123):
        log.add(LINE)
    chunks: list[bytes] = []
    with os.fdopen(reader, "rb") as file:
        with log.writing():
            while b"left out" not in b"".join(chunks[-2:]):
                chunks.append(os.read(file.fileno(), 65_536))
        os.close(writer)
    lines = b"".join(chunks).splitlines()
    assert len(lines) == 10_001
    assert lines[-1] == b"123 lines were left out: nobody read them in time"
