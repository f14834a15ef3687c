"""Give a command its database: the configured one, or the embedded one for as long as the command runs."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import typer

from graft.cli.failure import Code, Failure, reason
from graft.cli.signals import deferred
from graft.config import Settings
from graft.db import embedded
from graft.db.connection import Database, open_database
from graft.db.embedded import SERVICE_LOGIN, EmbeddedServer
from graft.db.errors import translate
from graft.db.migrate import Limits, migrate
from graft.db.server_user import EmbeddedError
from graft.errors import Unavailable

T = TypeVar("T")

DRIVER_ERRORS = (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
_BEFORE_MIGRATIONS = (
    "The database is of an older Graft: {count} will be applied. They go forward only: a backup from before is the only"
    " way back."
)


def settings(**given: Any) -> Settings:
    """The settings of the environment; `given` are options of the command, which come first unless they are None."""
    return replace(Settings.from_env(os.environ), **{name: value for name, value in given.items() if value is not None})


@contextmanager
def address(configured: Settings) -> Generator[tuple[str, str]]:
    """The DSNs for the service and for migrations. Inside, the embedded server runs, if no other is configured."""
    if configured.database_url is None:
        with _embedded(configured.data_dir) as server:
            yield server.service_dsn, server.dsn
    else:
        yield configured.database_url, configured.migrate_url or configured.database_url


@contextmanager
def migrated(configured: Settings) -> Generator[str]:
    """The DSN for the service, of a database that has been brought to this program's schema."""
    with address(configured) as (dsn, owner_dsn):
        apply_migrations(owner_dsn, configured)
        yield dsn


def apply_migrations(owner_dsn: str, configured: Settings) -> list[str]:
    """Apply the missing migrations and return their names.

    If the database is not a new one, they are announced on stderr, before they are applied and after.
    """
    limits = Limits(statement=configured.migrate_timeout)
    login = SERVICE_LOGIN if configured.database_url is None else None
    announced = False

    def announce(missing: Sequence[str], new: bool) -> None:
        nonlocal announced
        announced = not new
        if announced:
            typer.echo(_BEFORE_MIGRATIONS.format(count=_counted(missing)), err=True)

    try:
        applied = asyncio.run(
            migrate(owner_dsn, app_role=configured.app_role, login=login, limits=limits, announce=announce)
        )
    except DRIVER_ERRORS as error:
        raise failure("The database cannot be used", error) from error

    if announced:
        names = ", ".join(name.removesuffix(".sql") for name in applied)
        typer.echo(f"{_counted(applied)} applied: {names}.", err=True)
    return applied


def _counted(names: Sequence[str]) -> str:
    return f"{len(names)} migration{'' if len(names) == 1 else 's'}"


def failure(what: str, error: Exception) -> Failure:
    """The `Failure` for an error of the driver: `what` failed, and why. Its code tells whether nobody answered."""
    away = isinstance(error, OSError) or isinstance(translate(error), Unavailable)
    return Failure(f"{what}: {reason(error)}.", Code.UNREACHABLE if away else Code.FAILED)


def ask(dsn: str, app_role: str, question: Callable[[Database], Awaitable[T]]) -> T:
    """Ask the database something in the role of the service. Raises `Failure` if the service could not use it."""

    async def ask_with_connection() -> T:
        database = await open_database(dsn, role=app_role, size=1)
        try:
            return await question(database)
        finally:
            await database.close()

    try:
        return asyncio.run(ask_with_connection())
    except DRIVER_ERRORS as error:
        raise failure(f"The service cannot use the database as the role {app_role}", error) from error


@contextmanager
def _embedded(data_dir: Path) -> Generator[EmbeddedServer]:
    """The embedded server, which runs inside. No signal leaves it half started, or running after us."""
    with deferred() as signals:
        try:
            server = embedded.start(data_dir)
        except EmbeddedError:
            if signals:  # Ctrl-C reaches the programs that we started, too: it is why they failed
                raise KeyboardInterrupt from None
            raise

    try:
        if signals:
            raise KeyboardInterrupt
        yield server
    finally:
        with deferred():
            server.stop()
