"""Describe what the figures were measured on: the machine, and the versions of the programs that took part."""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

_GIB = 2**30
_OWN = ("granian", "starlette", "asyncpg", "msgspec", "uvloop")


def described(postgres_version: str, baselines: Sequence[str] = ()) -> str:
    """One sentence each for machine and versions; `baselines` are folders whose pinned versions took part."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    own = ", ".join(f"{name} {version(name)}" for name in _OWN)
    lines = [
        (
            f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB of memory, {platform.system()} {platform.release()}. "
            f"PostgreSQL {postgres_version}, Python {platform.python_version()}, {own}."
        ),
        *(f"{name}: {_pinned(name)}." for name in baselines),
    ]
    return "\n".join(lines)


def _pinned(name: str) -> str:
    folder = Path(__file__).parent / "baselines" / name
    requirements = folder / "requirements.txt"
    if requirements.exists():
        return ", ".join(requirements.read_text().split()).replace("==", " ")
    lines = (folder / "package.json").read_text().partition('"dependencies"')[2].splitlines()
    return ", ".join(line.strip(' ,"').replace('": "', " ") for line in lines if '": "' in line)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
