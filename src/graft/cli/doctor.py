"""`graft doctor`: say what this installation lacks and what to do about it, without changing anything."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Literal, NamedTuple

import asyncpg
import typer

from graft import jsontext
from graft.auth.agreed_secret import UNLIKE
from graft.auth.secrets import derive
from graft.cli import signals
from graft.cli.database import DRIVER_ERRORS, address, failure, settings
from graft.cli.failure import Code
from graft.config import ConfigError, Settings, has_secret, load_secret
from graft.db import embedded
from graft.db.changes import changes_are_logged
from graft.db.connection import open_database
from graft.db.migrate import OLDEST_POSTGRES, migrations

# Rows of the change log. There are more only if pruning cannot keep up, as when a transaction has been open for long.
_MANY_CHANGES = 100_000
_GIB = 1024**3
# PostgreSQL stops when it cannot write the next file of its write-ahead log (16 MiB); this is some time before.
_LITTLE_SPACE = _GIB // 2


class Finding(NamedTuple):
    """What one check found. `bad`: Graft does not work as it should. `note`: it works, and could be better off."""

    state: Literal["ok", "note", "bad"]
    text: str


# Takes a connection (asyncpg's) and the settings.
Check = Callable[[Any, Settings], Awaitable[Finding]]


def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list of {state, text}, for programs.")] = False,
) -> None:
    """Look for what is missing, and say what to do; exit code 1 where something is wrong."""
    signals.interrupt_when_told_to_end()
    configured = settings()
    if configured.database_url is None and not embedded.exists(configured.data_dir):
        # `address` would create a database, only to look at it
        findings = [Finding("bad", f"There is no database in {configured.data_dir} yet: `graft serve` makes one.")]
    else:
        with address(configured) as (dsn, owner_dsn):
            # the service's login of the embedded database is made by migrations, which may be missing
            looked_at = owner_dsn if configured.database_url is None else dsn
            findings = asyncio.run(_examine(looked_at, configured))

    if as_json:
        typer.echo(jsontext.encode([finding._asdict() for finding in findings]))
    else:
        for finding in findings:
            typer.echo(f"{finding.state:4}  {finding.text}")

    if any(finding.state == "bad" for finding in findings):
        raise typer.Exit(Code.FAILED)


async def _examine(dsn: str, configured: Settings) -> Sequence[Finding]:
    """Run all checks. If one of the first three is bad, the others could not run, and are left out."""
    try:
        connection: Any = await asyncpg.connect(dsn)
    except DRIVER_ERRORS as error:
        raise failure("The database cannot be reached", error) from error

    findings: list[Finding] = []
    try:
        for check in (_server, _role, _schema, _secret, _search, _change_log, _disk):
            findings.append(await check(connection, configured))
            if findings[-1].state == "bad" and check in (_server, _role, _schema):
                return findings
    finally:
        await connection.close()
    return [*findings, await _totals(dsn, configured)]


async def _server(connection: Any, _configured: Settings) -> Finding:
    number = (await connection.fetchval("show server_version")).split(" ")[0]
    if connection.get_server_version().major < OLDEST_POSTGRES:
        return Finding("bad", f"PostgreSQL {number} is too old: {OLDEST_POSTGRES} is the oldest.")
    if await connection.fetchval("select pg_is_in_recovery()"):
        return Finding(
            "note",
            f"PostgreSQL {number}, a standby: Graft answers reads from it, as of what has arrived there, and refuses"
            " changes. What is revoked on the primary is revoked here once that has arrived.",
        )
    return Finding("ok", f"PostgreSQL {number}")


async def _role(connection: Any, configured: Settings) -> Finding:
    """Leaves the connection in the role of the service, so that the later checks see what the service would."""
    role = configured.app_role
    if not await connection.fetchval("select 1 from pg_roles where rolname = $1", role):
        return Finding("bad", f"There is no role {role}: run `graft migrate` as the owner.")
    if not await connection.fetchval("select pg_has_role(current_user, $1, 'member')", role):
        login = await connection.fetchval("select quote_ident(current_user)")
        return Finding("bad", f'This login may not act as {role}: as a superuser, run `grant "{role}" to {login}`.')
    await connection.execute(f'set role "{role}"')
    return Finding("ok", f"role {role}")


async def _schema(connection: Any, _configured: Settings) -> Finding:
    known = {name for name, _ in migrations()}
    try:
        applied = {row["name"] for row in await connection.fetch("select name from graft_migrations")}
    except asyncpg.UndefinedTableError:
        applied = set[str]()
    except asyncpg.InsufficientPrivilegeError:
        return Finding("bad", "The role may not read the schema: run `graft migrate` as the owner.")
    if later := sorted(applied - known):
        return Finding("bad", f"The database was migrated by a newer Graft ({', '.join(later)}): update this one.")
    if missing := sorted(known - applied):
        return Finding("bad", f"The schema lacks {', '.join(missing)}: make a backup, then run `graft migrate`.")
    return Finding("ok", f"schema at {max(known)}")


async def _secret(connection: Any, configured: Settings) -> Finding:
    if not has_secret(configured):
        return Finding("note", "There is no secret in the data directory yet: `graft serve` makes one.")
    try:
        check = derive(load_secret(configured)).check
    except ConfigError as error:
        return Finding("bad", str(error))
    stored = await connection.fetchval("select value from secret_check")
    if stored is None:
        return Finding("note", "The database does not know its secret yet: `graft serve` tells it.")
    return Finding("ok", "the secret is the database's") if stored == check else Finding("bad", UNLIKE)


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


async def _change_log(connection: Any, _configured: Settings) -> Finding:
    count = await connection.fetchval("select count(*) from changes")
    if count > _MANY_CHANGES:
        return Finding(
            "note",
            f"{count:,} notes of changes are kept: a transaction has been open for long (see pg_stat_activity), or no"
            " server has run to prune them.",
        )
    return Finding("ok", f"{count:,} notes of changes")


async def _totals(dsn: str, configured: Settings) -> Finding:
    """Whether cached totals of lists can be used. Opens the database as the service does."""
    if not configured.total_cache:
        return Finding("note", "Every page of a list counts its total: GRAFT_TOTAL_CACHE is off.")

    database = await open_database(dsn, role=configured.app_role, size=1)
    try:
        logged = await changes_are_logged(database)
        async with database.reading() as db:
            standby = await db.value("select pg_is_in_recovery()")
    finally:
        await database.close()

    if standby:
        return Finding("note", "Every page of a list counts its total: a standby cannot tell whether one still holds.")
    if logged:
        return Finding("ok", "totals are counted only when something changed")
    return Finding(
        "note",
        "Every page of a list counts its total: triggers that note changes are missing or disabled, as they are on a"
        " cluster. Else run `alter table … enable trigger …` for the triggers named *_changes.",
    )


async def _disk(_connection: Any, configured: Settings) -> Finding:
    """The disk of the data directory, where the embedded database is; that of another server cannot be seen."""
    if configured.database_url is not None:
        return Finding("ok", "the disk is the database server's")
    free = shutil.disk_usage(configured.data_dir).free
    text = f"{free / _GIB:,.1f} GiB of disk are free in {configured.data_dir}"
    return Finding("bad", f"Only {text}.") if free < _LITTLE_SPACE else Finding("ok", text)
