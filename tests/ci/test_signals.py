"""A run that ignores signals, as one in the background does, starts programs that do not, and goes on ignoring them."""

import os
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

PROGRAM = "import signal; print([signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGHUP)])"


def test_programs_that_a_test_starts_can_be_interrupted():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)  # noqa: S603
    assert "SIG_IGN" not in done.stdout


@pytest.mark.skipif("GRAFT_TEST_IGNORES" not in os.environ, reason="is run by the next one")
def test_a_run_that_ignores_signals_goes_on():
    for number in (signal.SIGINT, signal.SIGHUP):
        os.kill(os.getpid(), number)


@pytest.mark.parametrize("processes", ["0", "1"])
def test_so_it_is_in_a_run_that_ignores_signals(processes):
    tests = (test_programs_that_a_test_starts_can_be_interrupted, test_a_run_that_ignores_signals_goes_on)
    words = [sys.executable, "-m", "pytest", "-n", processes, *(f"{__file__}::{test.__name__}" for test in tests)]
    done = subprocess.run(  # noqa: S603
        ["/bin/sh", "-c", 'trap "" INT HUP; exec "$@"', "sh", *words],
        env={name: text for name, text in os.environ.items() if "XDIST" not in name} | {"GRAFT_TEST_IGNORES": "yes"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr
