"""What runs while the application serves: its database, checked at start, and what works in the background."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace

from graft.auth.agreed_secret import check_secret
from graft.db.changes import changes_are_logged, pruning
from graft.db.connection import Database, Listener, open_database
from graft.kinds.store import check_kinds
from graft.listing import Totals
from graft.web.context import Process


@asynccontextmanager
async def serving(
    process: Process, dsn: str, listeners: Sequence[Listener] = ()
) -> AsyncGenerator[tuple[Database, Process]]:
    """The database at `dsn`, and the process with what only the database tells; closed when the block ends.

    Raises `ConfigError` and `KindsError` where another process on this database has another secret or other kinds.
    """
    settings = process.settings
    database = await open_database(dsn, role=settings.app_role, size=settings.pool_size, listeners=listeners)
    try:
        await check_secret(database, process.secrets)
        await check_kinds(database, process.kinds)
        logged = await changes_are_logged(database)
        totals = Totals() if settings.total_cache and logged else None

        pruned = pruning(database) if logged else nullcontext()
        async with process.last_used.writing_to(database), pruned, process.imports.readers:
            yield database, replace(process, totals=totals)
    finally:
        await database.close()
