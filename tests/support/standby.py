"""A primary and a standby that streams from it, of Debian's PostgreSQL, for as long as a test runs."""

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.database import connected

_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_basebackup"), key=lambda path: int(path.parts[-3]))
_SECONDS = 60
_PRIMARY, _STANDBY = 5432, 5433
_SETTINGS = "-c listen_addresses= -c fsync=off -c max_connections=40"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two servers in one directory: their superuser's addresses, and one that names both and means the primary."""

    programs: Path
    folder: Path

    @property
    def primary(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.folder}&port={_PRIMARY}"

    @property
    def standby(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.folder}&port={_STANDBY}"

    @property
    def both(self) -> str:
        hosts, ports = f"{self.folder},{self.folder}", f"{_PRIMARY},{_STANDBY}"
        return f"postgresql://postgres@/postgres?host={hosts}&port={ports}&target_session_attrs=primary"

    async def caught_up(self) -> None:
        """When the standby has all that the primary has now."""
        async with connected(self.primary) as primary, connected(self.standby) as standby:
            here = await primary.fetchval("select pg_current_wal_lsn()::text")
            async with asyncio.timeout(_SECONDS):
                # nobody tells when
                while not await standby.fetchval("select pg_last_wal_replay_lsn() >= $1::text::pg_lsn", here):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)

    def run(self, program: str, *arguments: str) -> None:
        """As a user that PostgreSQL takes: not root."""
        done = subprocess.run(  # noqa: S603
            [*_owner(), str(self.programs / program), *arguments],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def start(self, data: str, port: int) -> None:
        options = f"-k {self.folder} -c port={port} {_SETTINGS}"
        self.run("pg_ctl", "start", "-D", data, "-l", f"{data}.log", "-w", "-o", options)

    def stop(self, data: str) -> None:
        self.run("pg_ctl", "stop", "-D", data, "-m", "immediate", "-w")


@contextmanager
def pair() -> Generator[Pair]:
    """Skips the test where the programs are missing."""
    if not _PROGRAMS:
        pytest.skip("Debian's PostgreSQL, with pg_basebackup, is not here")
    folder = Path(tempfile.mkdtemp(prefix="graft-standby-"))
    servers = Pair(_PROGRAMS[-1].parent, folder)
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        servers.run("initdb", "-D", "primary", "--username=postgres", "--auth=trust", "--no-sync", "--locale=C.UTF-8")
        servers.start("primary", _PRIMARY)
        copy = ["--host", str(folder), "--port", str(_PRIMARY), "--username", "postgres", "--no-sync"]
        servers.run("pg_basebackup", "-D", "standby", "--write-recovery-conf", "--checkpoint=fast", *copy)
        servers.start("standby", _STANDBY)
        yield servers
    finally:
        for data in ("standby", "primary"):
            if (folder / data / "postmaster.pid").exists():
                servers.stop(data)
        shutil.rmtree(folder)


def _owner() -> list[str]:
    if os.geteuid() != 0:
        return []
    pwd.getpwnam("postgres")
    return ["runuser", "-u", "postgres", "--"]
