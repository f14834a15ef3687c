"""`graft doctor`: what this installation lacks, and what to do about it; changes nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal, NamedTuple

import asyncpg
import typer

from graft.cli import signals
from graft.cli.database import address, settings
from graft.cli.failure import Failure
from graft.config import Settings
from graft.db.changes import are_noted
from graft.db.connection import open_database
from graft.db.migrate import OLDEST_POSTGRES, migrations

# Notes of changes; above that, a transaction has been open for long.
_MANY_NOTES = 100_000


class Finding(NamedTuple):
    """`bad`: Graft does not work as it should; `note`: it works, and could be better off."""

    state: Literal["ok", "note", "bad"]
    text: str


Check = Callable[[Any, Settings], Awaitable[Finding]]


def doctor() -> None:
    """Look for what is missing, and say what to do; exit code 1 where something is wrong."""
    signals.interrupt_when_told_to_end()
    configured = settings()
    with address(configured) as (dsn, _):
        findings = asyncio.run(_examined(dsn, configured))
    for finding in findings:
        typer.echo(f"{finding.state:4}  {finding.text}")
    if any(finding.state == "bad" for finding in findings):
        raise typer.Exit(1)


async def _examined(dsn: str, configured: Settings) -> Sequence[Finding]:
    try:
        connection: Any = await asyncpg.connect(dsn)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Failure(f"The database cannot be reached: {error}.") from error
    try:
        findings = [await check(connection, configured) for check in (_server, _schema, _role)]
        if any(finding.state == "bad" for finding in findings):
            return findings
        findings += [await check(connection, configured) for check in (_search, _notes)]
        return [*findings, await _totals(dsn, configured)]
    finally:
        await connection.close()


async def _server(connection: Any, _configured: Settings) -> Finding:
    version = connection.get_server_version()
    number = f"{version.major}.{version.minor}"
    if version.major < OLDEST_POSTGRES:
        return Finding("bad", f"PostgreSQL {number} is too old: {OLDEST_POSTGRES} is the oldest.")
    if await connection.fetchval("select pg_is_in_recovery()"):
        return Finding(
            "note",
            f"PostgreSQL {number}, a standby: Graft answers reads from it, as of what has arrived there, and refuses"
            " changes. What is revoked on the primary is revoked here once that has arrived.",
        )
    return Finding("ok", f"PostgreSQL {number}")


async def _schema(connection: Any, _configured: Settings) -> Finding:
    known = {name for name, _ in migrations()}
    try:
        applied = {row["name"] for row in await connection.fetch("select name from graft_migrations")}
    except asyncpg.UndefinedTableError:
        applied = set[str]()
    if later := sorted(applied - known):
        return Finding("bad", f"The database was migrated by a newer Graft ({', '.join(later)}): update this one.")
    if missing := sorted(known - applied):
        return Finding("bad", f"The schema lacks {', '.join(missing)}: run `graft migrate`.")
    return Finding("ok", f"schema at {max(known)}")


async def _role(connection: Any, configured: Settings) -> Finding:
    role = configured.app_role
    if not await connection.fetchval("select 1 from pg_roles where rolname = $1", role):
        return Finding("bad", f"There is no role {role}: run `graft migrate` as the owner.")
    if not await connection.fetchval("select pg_has_role(current_user, $1, 'member')", role):
        return Finding("bad", f'This login may not act as {role}: run `grant "{role}" to …` as the owner.')
    return Finding("ok", f"role {role}")


async def _search(connection: Any, _configured: Settings) -> Finding:
    if await connection.fetchval("select to_regclass('integrations_name_search') is not null"):
        return Finding("ok", "searches in names use an index (pg_trgm)")
    there = await connection.fetchval("select 1 from pg_available_extensions where name = 'pg_trgm'")
    cure = (
        "as a superuser, run `create extension pg_trgm; create index concurrently integrations_name_search on"
        " integrations using gin (name gin_trgm_ops);`"
        if there
        else "this server does not have it; Debian has it in `postgresql`, others in `postgresql-contrib`"
    )
    return Finding("note", f"Searches in names read the whole table, for want of pg_trgm: {cure}.")


async def _notes(connection: Any, _configured: Settings) -> Finding:
    count = await connection.fetchval("select count(*) from changes")
    if count > _MANY_NOTES:
        return Finding(
            "note",
            f"{count:,} notes of changes are kept: a transaction has been open for long (see pg_stat_activity), or no"
            " server has run to prune them.",
        )
    return Finding("ok", f"{count:,} notes of changes")


async def _totals(dsn: str, configured: Settings) -> Finding:
    if not configured.total_cache:
        return Finding("note", "Every page of a list counts its total: GRAFT_TOTAL_CACHE is off.")
    database = await open_database(dsn, role=configured.app_role, size=1)
    try:
        noted = await are_noted(database)
        async with database.reading() as db:
            standby = await db.value("select pg_is_in_recovery()")
    finally:
        await database.close()
    if standby:
        return Finding("note", "Every page of a list counts its total: a standby cannot tell whether one still holds.")
    if noted:
        return Finding("ok", "totals are counted only when something changed")
    return Finding(
        "note",
        "Every page of a list counts its total: triggers that note changes are missing or disabled, as they are on a"
        " cluster. Else run `alter table … enable trigger …` for the triggers named *_changes.",
    )
