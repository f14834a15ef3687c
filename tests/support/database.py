"""The PostgreSQL that tests run on: one server a run, a migrated template once, a clone of it for whoever asks."""

import asyncio
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from graft.db import embedded
from graft.db.connection import SERVICE, Database, Limits, Listener, open_database
from graft.db.migrate import migrate
from tests.statements.heard import Hearing

# Data that nobody needs after the run is not worth waiting for the disk.
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "max_connections": "200",
}
# A clone is some 400 files: 8 ms in memory, 150 ms on a disk.
_MEMORY = Path("/dev/shm")  # noqa: S108
_ENOUGH = 2**30
_numbers = count()


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the suite, whose workers share a server: `token` is in the name of all that it makes there."""

    token: str
    folder: Path
    # a superuser's address of a server to use in place of the embedded one
    external: str | None

    @property
    def app_role(self) -> str:
        return f"graft_test_{self.token}"

    @property
    def template(self) -> str:
        return f"graft_test_{self.token}_template"


def make_folder() -> Path:
    """A directory for a run's server: in memory where there is plenty and programs may be run from it."""
    in_memory = (
        _MEMORY.is_dir()
        and os.access(_MEMORY, os.W_OK)
        and shutil.disk_usage(_MEMORY).free >= _ENOUGH
        and not os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC
    )
    return Path(tempfile.mkdtemp(prefix="graft-test-", dir=_MEMORY if in_memory else None))


@contextmanager
def server(run: Run) -> Generator[str]:
    """A superuser's address of the run's server; the first worker starts the embedded one, the last one stops it."""
    if run.external is not None:
        yield run.external
        return
    with embedded.start(run.folder, settings=_SETTINGS) as started:
        yield started.dsn


def make_template(dsn: str, run: Run) -> None:
    """Migrate the database that clones are made of, unless another worker has."""
    with (run.folder / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        asyncio.run(_make_template(dsn, run))


async def _make_template(dsn: str, run: Run) -> None:
    async with connected(dsn) as connection:
        if await connection.fetchval("select 1 from pg_database where datname = $1", run.template):
            return
        # renamed when it is complete: a failed migration is met again by every worker
        draft = f"{run.template}_draft"
        await connection.execute(f'drop database if exists "{draft}"')
        await connection.execute(f'create database "{draft}"')
        await migrate(at(dsn, draft), app_role=run.app_role)
        await connection.execute(f'alter database "{draft}" rename to "{run.template}"')


@contextmanager
def made(dsn: str, run: Run, *, template: str) -> Generator[str]:
    """The address of a fresh copy of a database, dropped at the end whoever is still connected."""
    name = f"graft_test_{run.token}_{os.getpid()}_{next(_numbers)}"
    asyncio.run(execute(dsn, f'create database "{name}" template "{template}" strategy file_copy'))
    try:
        yield at(dsn, name)
    finally:
        asyncio.run(execute(dsn, f'drop database "{name}" with (force)'))


def clean_up(run: Run) -> None:
    """Remove what the run left on its server, and stop an embedded one that a killed worker left running."""
    if run.external is not None:
        asyncio.run(_drop_all(run.external, run))
    elif (run.folder / "postgres").exists():
        embedded.start(run.folder, settings=_SETTINGS).stop()


async def _drop_all(dsn: str, run: Run) -> None:
    async with connected(dsn) as connection:
        pattern = f"graft\\_test\\_{run.token}\\_%"
        for row in await connection.fetch("select datname from pg_database where datname like $1", pattern):
            await connection.execute(f'drop database "{row["datname"]}" with (force)')
        await connection.execute(f'drop role if exists "{run.app_role}"')


def at(dsn: str, database: str) -> str:
    """The address of another database of the same server."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{database}"))


@asynccontextmanager
async def connected(dsn: str) -> AsyncGenerator[asyncpg.Connection]:
    """A connection as the address says, without a role or codecs of Graft."""
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def rolled_back(dsn: str) -> AsyncGenerator[asyncpg.Connection]:
    """A connection in a transaction that leaves nothing behind."""
    async with connected(dsn) as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            yield connection
        finally:
            await transaction.rollback()


@asynccontextmanager
async def opened(
    dsn: str,
    *,
    role: str,
    size: int = 4,
    listeners: Sequence[Listener] = (),
    limits: Limits = SERVICE,
    **settings: str,
) -> AsyncGenerator[Database]:
    """Graft's own pool on a database, as the application's role."""
    hearing = Hearing()
    database = await open_database(
        dsn, role=role, size=size, listeners=[*listeners, hearing], limits=limits, **settings
    )
    try:
        yield database
    finally:
        await database.close()
    hearing.judge()


async def execute(dsn: str, statement: str) -> None:
    async with connected(dsn) as connection:
        await connection.execute(statement)
