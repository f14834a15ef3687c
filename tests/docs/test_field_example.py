"""The example of CONTRIBUTING, a field from its failing test to its list, is done in a copy of Graft."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
HEADING = "## Add a field to integrations: an example\n"
OWN_TEST = "tests/integrations/test_support_url.py"
SCHEMA_TEST = "tests/db/test_migrations.py"
# What the example may touch beside the migration and tests: a column is said once.
MOST_FILES = 3


@dataclass(frozen=True)
class Step:
    """What a block does to a file: each addition with the line that stands before it, if any does."""

    path: str
    additions: tuple[tuple[str | None, str], ...]


def _steps() -> list[Step]:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    section = text.split(HEADING)[1].split("\n## ")[0]
    return [_step(block) for block in re.findall(r"^ {3}```diff\n(.*?)^ {3}```$", section, re.MULTILINE | re.DOTALL)]


def _step(block: str) -> Step:
    head, *lines = [line[3:] for line in block.splitlines()]
    return Step(head[4:], tuple(_additions(lines)))


def _additions(lines: list[str]) -> Iterator[tuple[str | None, str]]:
    before: str | None = None
    for new, group in groupby(lines, key=lambda line: line.startswith("+")):
        found = [line[1:] for line in group]
        if new:
            yield before, "".join(f"{line}\n" for line in found)
        before = found[-1]


def _applied(copy: Path, step: Step) -> None:
    """Each line before an addition stands in its file once."""
    file = copy / step.path.replace("NNNN", _next_number(copy))
    text = file.read_text() if file.exists() else ""
    for before, new in step.additions:
        line = "" if before is None else f"{before}\n"
        assert before is None or f"\n{text}".count(f"\n{line}") == 1, f"{step.path} has this line not once: {before}"
        text = f"\n{text}".replace(f"\n{line}", f"\n{line}{new}", 1)[1:] if line else text + new
    file.write_text(text)


def _next_number(copy: Path) -> str:
    numbers = [int(path.name[:4]) for path in (copy / "src/graft/db/migrations").glob("[0-9]*.sql")]
    return f"{max(numbers) + 1:04}"


def _tested(copy: Path, *tests: str) -> subprocess.CompletedProcess[str]:
    """A run of the copy's tests on the copy's Graft."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", *tests],
        cwd=copy,
        env={**inherited, "PYTHONPATH": str(copy / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("src", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("pyproject.toml", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_the_field_of_the_example_is_there_when_its_steps_are_done(copy: Path):
    own_test, *steps = _steps()
    assert own_test.path == OWN_TEST
    _applied(copy, own_test)
    before = _tested(copy, OWN_TEST)
    assert before.returncode == 1
    assert "unknown-key" in before.stdout

    for step in steps:
        _applied(copy, step)
    after = _tested(copy, OWN_TEST, SCHEMA_TEST, "tests/integrations/test_integration_calls.py")
    assert after.returncode == 0, after.stdout


def test_the_example_takes_few_files_beside_the_migration():
    files = {step.path for step in _steps() if step.path.startswith("src/") and "/db/" not in step.path}
    assert 0 < len(files) <= MOST_FILES
