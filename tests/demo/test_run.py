"""The demonstration as `make demo` runs it."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.demo.large_documents import write

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "helpdesk"


# A prediction that the upgrade cannot meet.
WRONG = """
import runpy
from demo import verify
right = verify.predicted
verify.predicted = lambda *given: right(*given)._replace(added=frozenset({"nothing"}))
runpy.run_module("demo", run_name="__main__")
"""
# Somebody writes over the edits before they are looked at.
LOSING = """
import runpy
from demo import calls, plans
right = plans.apply
def apply(party, plan_id):
    right(party, plan_id)
    for clone in calls.clones(party):
        if clone.kind == "schema":
            calls.define(party, clone.id, {"type": "object"})
plans.apply = apply
runpy.run_module("demo", run_name="__main__")
"""


def demo(home, *arguments, program=("-m", "demo"), columns="80"):
    return subprocess.Popen(  # noqa: S603
        [sys.executable, *program, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "HOME": str(home), "TMPDIR": str(home), "COLUMNS": columns},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def counts(line):
    found = re.fullmatch(r"demo: ok ((?:[a-z]+=\d+ ?)+)", line)
    assert found, line
    return {name: int(number) for name, number in (pair.split("=") for pair in found[1].split())}


def merges(line):
    found = re.fullmatch(r"demo: merged and undone ((?:[a-z]+=\d+ ?)+)", line)
    assert found, line
    return {name: int(number) for name, number in (pair.split("=") for pair in found[1].split())}


def at_work_in(folder):
    """The processes whose working directory or arguments are in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            inside = (process / "cwd").resolve().is_relative_to(folder)
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        if inside or f"GRAFT_DATA_DIR={folder}".encode() in environment:
            found.append(process.name)
    return found


def test_the_example_lives_its_whole_life_and_leaves_nothing_behind(data_dir):
    running = demo(data_dir, "--v1", EXAMPLES / "v1.yaml", "--v2", EXAMPLES / "v2.yaml")
    out, err = running.communicate(timeout=60)
    assert running.returncode == 0, err
    merged, last = merges(out.splitlines()[-2]), counts(out.splitlines()[-1])
    assert merged == {"members": 2, "conflicts": 1, "decided": 1, "clones": 37, "restored": 37}
    # closeTicket and Label go, and Label stays because the edited Ticket names it
    assert last == {"members": 14, "closure": 22, "updated": 6, "added": 6, "removed": 1, "skipped": 3}
    assert list(data_dir.iterdir()) == []
    assert at_work_in(data_dir) == []


def test_a_server_that_is_kept_can_be_looked_at_stopped_and_removed_as_it_says(data_dir):
    running = demo(data_dir, "--v1", EXAMPLES / "v1.yaml", "--v2", EXAMPLES / "v2.yaml", "--keep")
    out, err = running.communicate(timeout=60)
    assert running.returncode == 0, err
    stays = re.search(r"The server stays: (\S+) .*\n.* (tok_\w+)\n.* kill (\d+)\n.* rm -r (\S+)\n", out)
    assert stays is not None
    url, token, process, folder = stays.groups()
    try:
        headers = {"Authorization": f"Bearer {token}"}
        installs = httpx.get(f"{url}/api/integration-installs", headers=headers).json()
        assert installs["pageInfo"]["total"] == 1
    finally:
        os.kill(int(process), signal.SIGTERM)
        deadline = time.monotonic() + 60
        while at_work_in(data_dir) and time.monotonic() < deadline:
            time.sleep(0.05)
    assert at_work_in(data_dir) == []
    assert list(data_dir.iterdir()) == [Path(folder)]
    counts(out.splitlines()[-1])


def test_a_document_that_is_not_there_is_told_before_a_server_is_started(data_dir):
    running = demo(data_dir, "--v1", "absent.yaml", "--v2", EXAMPLES / "v2.yaml")
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (2, "")
    assert err == "demo: absent.yaml cannot be read: No such file or directory.\n"


def test_a_narrow_terminal_shows_members_whole(data_dir):
    out, _ = demo(data_dir, "--v1", EXAMPLES / "v1.yaml", "--v2", EXAMPLES / "v2.yaml", columns="60").communicate(
        timeout=60
    )
    assert max(map(len, out.splitlines()[:-2])) <= 60
    assert re.search(r"^ +add-comment +fun_[0-9a-z]{26} *$", out, re.MULTILINE)


def test_an_upgrade_that_is_not_what_the_documents_say_exits_1(data_dir):
    arguments = ("--v1", EXAMPLES / "v1.yaml", "--v2", EXAMPLES / "v2.yaml")
    running = demo(data_dir, *arguments, program=("-c", WRONG))
    out, err = running.communicate(timeout=60)
    assert running.returncode == 1
    assert "demo: ok" not in out
    assert "added lacks nothing which the documents say" in err
    assert list(data_dir.iterdir()) == []


def test_a_merge_that_loses_an_edit_exits_1(data_dir):
    arguments = ("--v1", EXAMPLES / "v1.yaml", "--v2", EXAMPLES / "v2.yaml")
    running = demo(data_dir, *arguments, program=("-c", LOSING))
    out, err = running.communicate(timeout=60)
    assert (running.returncode, "demo: ok" in out) == (1, False)
    assert "the merge lost the edit of " in err


def test_documents_that_do_not_differ_have_nothing_to_merge(data_dir):
    out, err = demo(data_dir, "--v1", EXAMPLES / "v1.yaml", "--v2", EXAMPLES / "v1.yaml").communicate(timeout=60)
    assert merges(out.splitlines()[-2]) == {
        "members": 0,
        "conflicts": 0,
        "decided": 0,
        "clones": 32,
        "restored": 32,
    }, err


def test_documents_that_cannot_be_imported_exit_1_and_leave_nothing_behind(data_dir, tmp_path):
    (tmp_path / "v1.json").write_text('{"openapi": "3.1.0", "info": {"title": "x"}, "paths": {"/x": {"get": 1}}}')
    running = demo(data_dir, "--v1", tmp_path / "v1.json", "--v2", EXAMPLES / "v2.yaml")
    out, err = running.communicate(timeout=60)
    assert running.returncode == 1
    assert "demo: ok" not in out
    assert "Traceback" not in err
    assert list(data_dir.iterdir()) == []


def test_ctrl_c_stops_the_server_as_well(data_dir):
    running = demo(data_dir, "--v1", EXAMPLES / "v1.yaml", "--v2", EXAMPLES / "v2.yaml")
    while not list(data_dir.glob("graft-demo-*/postgres")):
        time.sleep(0.01)
        assert running.poll() is None
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    assert running.returncode == 130
    assert list(data_dir.iterdir()) == []
    assert at_work_in(data_dir) == []


def test_one_document_alone_is_wrong_usage(data_dir):
    running = demo(data_dir, "--v1", EXAMPLES / "v1.yaml")
    _, err = running.communicate(timeout=60)
    assert running.returncode == 2
    assert err == "demo: --v1 and --v2 go together.\nTry `python -m demo --help`.\n"


@pytest.mark.skipif("GRAFT_TORTURE" not in os.environ, reason="takes a minute: make torture")
def test_1400_operations_and_4200_schemas_live_in_the_same_way(data_dir, tmp_path):
    first, second = write(tmp_path)
    running = demo(data_dir, "--v1", first, "--v2", second)
    out, err = running.communicate(timeout=600)
    assert running.returncode == 0, err
    last = counts(out.splitlines()[-1])
    assert (last["members"], last["closure"], last["skipped"]) == (1_420, 4_240, 2)
