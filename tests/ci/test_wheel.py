"""The wheel: built from the tree, installed where there is nothing but the packages that run Graft, and started."""

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from importlib.metadata import distribution
from pathlib import Path
from shutil import copy, copytree, ignore_patterns

import httpx
import pytest

from tests.support.processes import environment, external, free_port, read_until, started

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
_SECONDS = 120


def _run(*words: str | Path, cwd: Path) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_", "GRAFT_"))}
    done = subprocess.run(  # noqa: S603
        [str(word) for word in words], cwd=cwd, env=kept, capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built of what a clone has, by the locked setuptools, which is installed; nothing is asked of an index."""
    folder = tmp_path_factory.mktemp("wheel")
    copytree(ROOT / "src", folder / "src", ignore=ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        copy(ROOT / name, folder)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    _run(*pip, "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", "dist", ".", cwd=folder)
    [built] = (folder / "dist").iterdir()
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the packages of requirements.lock, and Graft from the wheel."""
    folder = tmp_path_factory.mktemp("installed")
    _run(sys.executable, "-m", "venv", "--without-pip", "env", cwd=folder)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder / "env")}))
    for name in _locked():
        _link(name, packages)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", folder / "env/bin/python"]
    _run(*pip, "install", "--quiet", "--no-index", "--no-deps", wheel, cwd=folder)
    return folder / "env/bin"


def _locked() -> list[str]:
    return re.findall(r"^([a-z0-9][\w.-]*)[\[=]", (ROOT / "requirements.lock").read_text(), re.MULTILINE)


def _link(name: str, packages: Path) -> None:
    """What a package has installed, from here: the hashes of the list were compared when that was done."""
    found = distribution(name)
    files = found.files
    assert files, name
    for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
        there = packages / top
        if not there.exists():
            there.symlink_to(Path(str(found.locate_file(top))).resolve())


def test_the_environment_is_clean(installed: Path):
    modules = _run(installed / "python", "-c", "import sys; print(*sys.path, sep='\\n')", cwd=installed)
    assert str(ROOT) not in modules
    for absent in ("pytest", "hypothesis", "pglast"):
        with pytest.raises(AssertionError, match=f"No module named '{absent}'"):
            _run(installed / "python", "-c", f"import {absent}", cwd=installed)


def test_the_wheel_holds_the_whole_program_and_nothing_else(wheel: Path):
    assert wheel.name == f"graft-{PROJECT['version']}-py3-none-any.whl"
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = [path for path in (ROOT / "src/graft").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert names == {str(path.relative_to(ROOT / "src")) for path in files}


def test_its_commands_start(installed: Path):
    assert PROJECT["version"] in _run(installed / "graft", "--version", cwd=installed)
    listed = _run(installed / "graft", "--help", cwd=installed)
    for name in ("serve", "migrate", "bootstrap", "doctor", "purge-expired"):
        assert name in listed
        _run(installed / "graft", name, "--help", cwd=installed)


def test_it_serves(installed: Path, data_dir: Path, empty_database_url: str, app_role: str):
    env, port = environment(data_dir, **external(empty_database_url, app_role)), free_port()
    with started(port, env, program=[str(installed / "graft")]) as server:
        assert "Graft is ready" in read_until(server, "/docs)")
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            assert client.get("/readyz").status_code == 200
            assert client.get("/openapi.json").json()["info"]["version"] == PROJECT["version"]
            for path in ("/", "/docs", "/docs/docs.js", "/docs/tutorial"):
                assert client.get(path).status_code == 200
            # the migrations and the kinds have come along
            assert client.get("/api/entities").status_code == 401
