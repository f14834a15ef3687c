"""What README and the tutorial tell people to type: typed, and what they say comes out."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import environment, free_port, read_until, started

ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (shutil.which("jq") and shutil.which("curl") and os.path.exists("/bin/bash")),  # noqa: PTH110
        reason="needs bash, curl and jq, as whoever reads it does",
    ),
]
# A block of commands, and what they print where the text says so.
BLOCK = re.compile(r"^```bash\n(.*?)^```\n(?:\n```(?:json)?\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
# What differs each time.
ID = re.compile(r"\b(wsp|int|fun|sch|usr|ats|intins|intmem|intver)_[0-9a-z]{26}\b")
END = "=== end of block"


def typed(text: str, folder: Path, port: int, env: dict[str, str]) -> list[tuple[str, str, str]]:
    """Each block of commands with what it should print and what it did, in one shell."""
    blocks = [(found[1], found[2] or "") for found in BLOCK.finditer(text)]
    script = f"\nset -euo pipefail\nURL=http://127.0.0.1:{port}\n"
    for commands, _ in blocks:
        # the installed command, the server that is there, files of this test alone
        here = commands.replace("/tmp/", f"{folder}/").replace(".venv/bin/graft", f"{sys.executable} -m graft")  # noqa: S108
        kept = re.sub(r"^(export GRAFT_DATA_DIR|URL)=.*\n", "", here, flags=re.MULTILINE)
        script += f"{kept}\necho '{END}'\n"
    done = subprocess.run(  # noqa: S603
        ["/bin/bash", "-c", script], env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr
    printed = done.stdout.split(f"{END}\n")
    return [(commands, told, out) for (commands, told), out in zip(blocks, printed, strict=False)]


def plain(text: str) -> list[str]:
    """The lines, with ids as the text writes them."""
    return ID.sub(lambda found: f"{found[1]}_…", text).split()


def test_the_tutorial_prints_what_it_says(data_dir):
    env, port = environment(data_dir), free_port()
    with started(port, env) as server:
        read_until(server, "/docs)")
        blocks = typed((ROOT / "docs" / "tutorial.md").read_text("utf-8"), data_dir, port, env)
    assert len([told for _, told, _ in blocks if told]) > 8
    for commands, told, out in blocks:
        if told:
            assert plain(out) == plain(told), commands


def test_the_first_install_of_the_readme_works(data_dir):
    port = free_port()
    env = environment(data_dir, GRAFT_PORT=str(port))
    with started(port, env) as server:
        read_until(server, "/docs)")
        [(_, _, out)] = typed((ROOT / "README.md").read_text("utf-8"), data_dir, port, env)
    decoder, found = json.JSONDecoder(), out[out.index("{") :]
    version, end = decoder.raw_decode(found)
    install, _ = decoder.raw_decode(found[end:].lstrip())
    assert version["version"] == "1.0.0"
    assert install["integrationVersionId"] == version["id"]
