"""The PostgreSQL of a run: an embedded server of its own with the settings of a service, and databases in it."""

import asyncio
import secrets
import shutil
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

import asyncpg

from graft.db import embedded
from graft.db.connection import set_codecs
from graft.db.migrate import migrate

APP_ROLE = "graft_app"
# What a service on a machine of 16 GB or more would have. Nothing is traded for safety: fsync and commits are real.
SETTINGS = {
    "shared_buffers": "2GB",
    "effective_cache_size": "8GB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "max_connections": "200",
}
_GIB = 2**30
_LEAST_FREE = 20 * _GIB


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server: the superuser's address, the process that all its sessions come from, and its version.

    `template`: a migrated database to clone, which is quicker than migrating each. `databases`: the names of those made.
    """

    dsn: str
    pid: int
    version: str
    template: str | None = None
    databases: list[str] = field(default_factory=list[str])

    def at(self, database: str) -> str:
        """The address of one of its databases."""
        return urlunsplit(urlsplit(self.dsn)._replace(path=f"/{database}"))


@contextmanager
def postgres() -> Generator[Postgres]:
    """A new server in a temporary directory, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="graft-bench-") as folder:
        if shutil.disk_usage(folder).free < _LEAST_FREE:
            raise SystemExit(f"The benchmarks need {_LEAST_FREE // _GIB} GiB of free disk in {Path(folder).parent}.")
        with embedded.start(Path(folder), settings=SETTINGS) as server:
            pid_file = Path(folder, "postgres", "18", "postmaster.pid")
            yield Postgres(server.dsn, int(pid_file.read_text().splitlines()[0]), asyncio.run(_version(server.dsn)))


async def _version(dsn: str) -> str:
    async with connected(dsn) as connection:
        return await connection.fetchval("show server_version")


async def make_database(server: Postgres, name: str) -> str:
    """The address of a new, migrated database, with `name` in its name."""
    name = f"bench_{name}_{secrets.token_hex(4)}"
    server.databases.append(name)
    dsn = server.at(name)
    async with connected(server.dsn) as connection:
        if server.template is not None:
            await connection.execute(f'create database "{name}" template "{server.template}"')
            return dsn
        await connection.execute(f'create database "{name}"')
    await migrate(dsn, app_role=APP_ROLE)
    return dsn


@asynccontextmanager
async def connected(dsn: str) -> AsyncGenerator[Any]:
    """A superuser's connection with Graft's codecs: ids as 26 characters, `json` as bytes."""
    connection: Any = await asyncpg.connect(dsn)
    try:
        await set_codecs(connection)
        yield connection
    finally:
        await connection.close()


def libpq(dsn: str) -> dict[str, str]:
    """The address as the environment variables that every PostgreSQL client reads."""
    parts = urlsplit(dsn)
    options = parse_qs(parts.query)
    return {
        "PGHOST": options["host"][0],
        "PGPORT": options["port"][0],
        "PGUSER": parts.username or "postgres",
        "PGDATABASE": parts.path.removeprefix("/"),
    }
