"""The database of a command: the configured one, or the embedded one for as long as the command runs; migrated."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import asyncpg

from graft.cli.failure import Failure
from graft.cli.signals import held
from graft.config import Settings
from graft.db import embedded
from graft.db.connection import Database, open_database
from graft.db.embedded import EmbeddedError
from graft.db.migrate import Limits, migrate

T = TypeVar("T")


def settings(**given: Any) -> Settings:
    """What the environment says, and over it the options that were given."""
    return replace(Settings.from_env(os.environ), **{name: value for name, value in given.items() if value is not None})


@contextmanager
def address(configured: Settings) -> Generator[tuple[str, str]]:
    """The addresses for the service and for migrations; inside, the embedded server runs if it is the one."""
    if configured.database_url is None:
        with _embedded(configured.data_dir) as dsn:
            yield dsn, dsn
    else:
        yield configured.database_url, configured.migrate_url or configured.database_url


@contextmanager
def migrated(configured: Settings) -> Generator[str]:
    """The address of the database, brought to this program's schema."""
    with address(configured) as (dsn, owner_dsn):
        apply_migrations(owner_dsn, configured)
        yield dsn


def apply_migrations(owner_dsn: str, configured: Settings) -> list[str]:
    """The names of those that were missing."""
    limits = Limits(statement=configured.migrate_timeout)
    try:
        return asyncio.run(migrate(owner_dsn, app_role=configured.app_role, limits=limits))
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        raise Failure(f"The database cannot be used: {str(error) or type(error).__name__}.") from error


def ask(dsn: str, app_role: str, question: Callable[[Database], Awaitable[T]]) -> T:
    """What a question to the database answers to the service, in its role; `Failure` where the service cannot ask."""

    async def connected() -> T:
        database = await open_database(dsn, role=app_role, size=1)
        try:
            return await question(database)
        finally:
            await database.close()

    try:
        return asyncio.run(connected())
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Failure(f"The service cannot use the database as the role {app_role}: {error}.") from error


@contextmanager
def _embedded(data_dir: Path) -> Generator[str]:
    """The embedded server's address. No signal leaves it half started, or running behind us."""
    with held() as came:
        try:
            server = embedded.start(data_dir)
        except EmbeddedError:
            if came:  # it reached the programs that we had started, too
                raise KeyboardInterrupt from None
            raise
    try:
        if came:
            raise KeyboardInterrupt
        yield server.dsn
    finally:
        with held():
            server.stop()
