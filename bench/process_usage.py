"""What processes have used, as Linux counts it: seconds of CPU, and memory with shared pages counted in parts."""

import os
from contextlib import suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_MIB = 2**20


def tree(pid: int) -> list[int]:
    """The process and all that it started, directly or not."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                children.setdefault(int(_stat(entry)[1]), []).append(int(entry.name))
    found = [pid]
    for parent in found:
        found += children.get(parent, [])
    return found


def cpu_seconds(pid: int) -> float:
    """CPU of a process, of what it started, and of those of them that have ended."""
    total = 0
    for member in tree(pid):
        with suppress(OSError):
            # utime, stime, cutime, cstime: in ticks
            total += sum(int(ticks) for ticks in _stat(Path(f"/proc/{member}"))[11:15])
    return total / _TICKS


def memory_mib(pid: int) -> float:
    """Memory of a process and of what it started."""
    total = 0
    for member in tree(pid):
        with suppress(OSError):
            for line in Path(f"/proc/{member}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
    return total / _MIB


def _stat(process: Path) -> list[str]:
    """The fields after the name, which may hold blanks: state, parent, …"""
    return (process / "stat").read_text().rpartition(")")[2].split()
