"""The database of a command: the configured one, or the embedded one for as long as the command runs; migrated."""

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
from graft.cli.signals import held
from graft.config import Settings
from graft.db import embedded
from graft.db.connection import Database, open_database
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
    """The names of those that were missing; of a database in use they are told on stderr, and that a backup is wise."""
    limits = Limits(statement=configured.migrate_timeout)
    format_error = False

    def tell(missing: Sequence[str], new: bool) -> None:
        nonlocal format_error
        format_error = not new
        if format_error:
            typer.echo(_BEFORE_MIGRATIONS.format(count=_counted(missing)), err=True)

    try:
        applied = asyncio.run(migrate(owner_dsn, app_role=configured.app_role, limits=limits, announce=tell))
    except DRIVER_ERRORS as error:
        raise failure("The database cannot be used", error) from error
    if format_error:
        names = ", ".join(name.removesuffix(".sql") for name in applied)
        typer.echo(f"{_counted(applied)} applied: {names}.", err=True)
    return applied


def _counted(names: Sequence[str]) -> str:
    return f"{len(names)} migration{'' if len(names) == 1 else 's'}"


def failure(what: str, error: Exception) -> Failure:
    """What the driver says, after `what`; whether nobody answered shows in the code."""
    away = isinstance(error, OSError) or isinstance(translate(error), Unavailable)
    return Failure(f"{what}: {reason(error)}.", Code.UNREACHABLE if away else Code.FAILED)


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
    except DRIVER_ERRORS as error:
        raise failure(f"The service cannot use the database as the role {app_role}", error) from error


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
