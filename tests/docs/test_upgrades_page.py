"""docs/upgrades.md: its commands, typed after those of the tutorial, print what it says, line by line."""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.demo.test_by_hand import typed
from tests.docs.doc_examples import DOCS
from tests.support.processes import environment, free_port, read_until, started

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (shutil.which("jq") and shutil.which("curl") and Path("/bin/bash").exists()),
        reason="needs bash, curl and jq, as whoever reads it does",
    ),
]
# What differs each time: ids, which all have as many characters, and the time.
_ID = re.compile(r"\b([a-z]+)_[0-9a-hjkmnp-tv-z]{26}\b")
_TIME = re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d UTC\b")


def _stable(text: str) -> list[str]:
    lines = _TIME.sub("2026-11-28 09:07 UTC", _ID.sub(lambda found: f"{found[1]}_…", text)).splitlines()
    return [line.rstrip() for line in lines]


def test_each_command_prints_what_the_page_says(data_dir: Path):
    page = (DOCS / "upgrades.md").read_text("utf-8")
    before, found, _ = (DOCS / "tutorial.md").read_text("utf-8").partition("\n## 8. ")
    assert found, "the page goes on after step 7 of the tutorial"
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env, port = {**environment(data_dir, COLUMNS="80"), "PATH": path}, free_port()
    with started(port, env) as server:
        read_until(server, "/docs)")
        blocks = typed(f"{before}\n{page}", data_dir, port, env)
    count = page.count("```bash\n")
    assert count > 8
    for commands, told, out in blocks[-count:]:
        assert _stable(out) == _stable(told), commands
