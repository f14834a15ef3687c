"""Who interrupts a command that changes an install is told that it may be done all the same."""

import signal
import socket
import subprocess
import time

import pytest

from tests.support.processes import command, environment

pytestmark = pytest.mark.slow

INSTALL, PLAN = (f"{prefix}_00000000000000000000000000" for prefix in ("intins", "intpln"))


@pytest.mark.parametrize(
    ("words", "changes"), [(("apply", PLAN), True), (("undo", INSTALL), True), (("plan", INSTALL), False)]
)
def test_ctrl_c_tells_that_it_may_be_done_all_the_same(data_dir, words, changes):
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        env = environment(data_dir, GRAFT_API_URL=url, GRAFT_API_TOKEN="sec_x")
        running = subprocess.Popen(command(*words), env=env, stderr=subprocess.PIPE, text=True)  # noqa: S603
        with server.accept()[0] as client:
            assert client.recv(4) == b"POST"
            time.sleep(0.2)
            running.send_signal(signal.SIGINT)
            _, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert ("It may be done all the same: `" in err) is changes
    assert "Traceback" not in err
