"""Logs that nobody reads: no request, and not the end of the service, waits for a reader."""

import logging
import os
import sys
from contextlib import suppress

import httpx

from graft.cli.logs import UnwaitingHandler
from tests.cli.test_unread_replies import REQUEST, silent
from tests.support.processes import READY, ended, environment, free_port, read_until, started

IMPATIENT = "import graft.cli.serve as serve; serve._GRACE_SECONDS = 1; from graft.cli import main; main()"


def _fill(descriptor: int) -> None:
    os.set_blocking(descriptor, False)
    with suppress(BlockingIOError):
        while os.write(descriptor, b"x" * 4_096):
            pass
    os.set_blocking(descriptor, True)


def _record(message: str) -> logging.LogRecord:
    return logging.LogRecord("graft", logging.WARNING, "", 0, message, None, None)


def test_what_a_full_pipe_does_not_take_is_lost_and_what_it_takes_is_whole():
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb", buffering=0) as reader, os.fdopen(writing, "wb", buffering=0):
        handler = UnwaitingHandler(writing)
        handler.emit(_record("first \ud800"))
        assert reader.read(100) == b"first \\ud800\n"
        _fill(writing)
        handler.emit(_record("nobody reads this"))
        os.set_blocking(reading, False)
        while b"x" in (reader.read(65_536) or b""):
            pass
        handler.emit(_record("read again"))
        assert reader.read(100) == b"read again\n"


def test_a_service_ends_though_nobody_reads_its_log_and_a_client_does_not_read_its_reply(data_dir):
    env, port = environment(data_dir), free_port()
    with started(port, env, program=[sys.executable, "-c", IMPATIENT]) as server:
        read_until(server, READY)
        # more lines than a pipe takes
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
            for _ in range(1_500):
                http.get("/healthz")
        with silent(port, *[REQUEST] * 40):
            server.terminate()
            assert ended(server) == 0
