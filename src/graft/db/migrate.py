"""Migrations: plain SQL files, forward only, by one process at a time, beside a service that goes on."""

import asyncio
import hashlib
import re
import time
from collections.abc import Callable, Sequence
from importlib import resources
from typing import Any, NamedTuple

import asyncpg

OLDEST_POSTGRES = 15
# How long one statement may take, in seconds (GRAFT_MIGRATE_TIMEOUT).
STATEMENT_SECONDS = 300
# A migration that waits for a lock keeps everybody behind it waiting: it steps back after so long, and comes again.
LOCK_SECONDS = 4.0
_TRIES = 10
_PAUSE_SECONDS = 1.0
# Any number will do, as long as no other program uses it in the same database.
_LOCK = 7_283_611_905
_ROLE = re.compile(r"[a-z_][a-z0-9_]{0,62}")
# Files named so are run statement by statement, outside of a transaction; what they may hold is held by a test.
_CONCURRENTLY = ".concurrently.sql"
_INDEX = re.compile(r"create\s+(?:unique\s+)?index\s+concurrently\s+if\s+not\s+exists\s+(\w+)", re.IGNORECASE)
_TABLE = """
create table if not exists graft_migrations (
  name text collate "C" not null,
  digest text collate "C" not null,
  applied_at timestamptz not null,
  constraint graft_migrations_pkey primary key (name)
)
"""
_OLDEST = """
select pid, coalesce(nullif(application_name, ''), 'unnamed') as name,
  extract(epoch from clock_timestamp() - xact_start)::integer as seconds
from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
order by xact_start limit 1
"""


# Hears the names of missing migrations, and whether the database is a new one.
Tell = Callable[[Sequence[str], bool], None]


class MigrationError(Exception):
    """The database cannot be brought to this program's schema; the text says what to do."""


class Limits(NamedTuple):
    """How long, in seconds, a statement of a migration may take, and how long it may wait for a lock."""

    statement: float = STATEMENT_SECONDS
    lock: float = LOCK_SECONDS


def migrations() -> list[tuple[str, str]]:
    """The names and texts of all migrations, in order."""
    folder = resources.files("graft.db") / "migrations"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return [(file.name, file.read_text("utf-8")) for file in files]


async def migrate(
    dsn: str,
    *,
    app_role: str,
    known: Sequence[tuple[str, str]] | None = None,
    limits: Limits | None = None,
    tell: Tell | None = None,
) -> list[str]:
    """Make the application's role, apply what is missing as the owner, each with the role's grants; what was applied.

    `known`: the migrations of this program, if not those of its folder. A standby is only looked at. `tell` hears what
    is missing, before it is applied, and whether the database is a new one.
    """
    if not _ROLE.fullmatch(app_role):
        raise MigrationError(f"The role name {app_role!r} is not a plain lower-case identifier.")
    limits = limits or Limits()
    connection: Any = await asyncpg.connect(dsn)
    try:
        version = connection.get_server_version()
        if version.major < OLDEST_POSTGRES:
            raise MigrationError(f"Graft needs PostgreSQL {OLDEST_POSTGRES} or newer; this server is {version.major}.")
        if (encoding := await connection.fetchval("show server_encoding")) != "UTF8":
            raise MigrationError(
                f"Graft needs a database in UTF8; this one is in {encoding}. Make one with"
                " `create database … encoding 'UTF8' template template0`."
            )
        known = migrations() if known is None else known
        if await connection.fetchval("select pg_is_in_recovery()"):
            await _refuse_where_missing(connection, known)
            return []
        await _take_turn(connection, limits)
        await _limit(connection, limits)
        await _make_role(connection, app_role)
        grants = _sql("grants.sql").replace(":role", f'"{app_role}"')
        await connection.execute(_TABLE)
        done = await _done(connection, known)
        missing = [name for name, _ in known if name not in done]
        if missing and tell is not None:
            tell(missing, not done)
        applied = await _apply_missing(connection, known, grants, limits)
        if not applied:
            # for a role that is new, or grants that a release changed
            await connection.execute(grants)
        return applied
    finally:
        await connection.close()


async def _refuse_where_missing(connection: Any, known: Sequence[tuple[str, str]]) -> None:
    there = await connection.fetchval("select to_regclass('graft_migrations') is not null")
    done = await _done(connection, known) if there else {}
    missing = [name for name, _ in known if name not in done]
    if missing:
        raise MigrationError(
            f"This server is a standby, and its schema lacks {', '.join(missing)}: run `graft migrate` on its primary."
        )


async def _take_turn(connection: Any, limits: Limits) -> None:
    """One at a time. The lock lives and dies with the session, so a killed migration leaves nothing to clean up.

    Asked for again and again: a session that waits in a statement would be waited for by an index that is built
    concurrently, and the two would wait for each other.
    """
    deadline = time.monotonic() + limits.statement
    while not await connection.fetchval("select pg_try_advisory_lock($1)", _LOCK):
        if time.monotonic() > deadline:
            raise MigrationError(
                f"Another process has been migrating this database for {limits.statement:g} seconds. Wait for its end,"
                " or raise GRAFT_MIGRATE_TIMEOUT."
            )
        await asyncio.sleep(0.1)


async def _limit(connection: Any, limits: Limits) -> None:
    await connection.execute(
        "select set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false)",
        f"{limits.statement * 1000:.0f}",
        f"{limits.lock * 1000:.0f}",
    )


async def _apply_missing(connection: Any, known: Sequence[tuple[str, str]], grants: str, limits: Limits) -> list[str]:
    done = await _done(connection, known)
    applied: list[str] = []
    for name, text in known:
        digest = hashlib.sha256(text.encode()).hexdigest()
        if name in done:
            if done[name] != digest:
                raise MigrationError(f"The migration {name} was changed after it had been applied.")
            continue
        try:
            if name.endswith(_CONCURRENTLY):
                await _build(connection, text, limits)
                await _apply(connection, name, digest, [grants])
            else:
                await _apply(connection, name, digest, [text, grants])
        except asyncpg.QueryCanceledError as error:
            raise MigrationError(
                f"A statement of the migration {name} was stopped: its limit is {limits.statement:g} seconds. Nothing"
                " is half done. Raise GRAFT_MIGRATE_TIMEOUT for a database of this size, and start again."
            ) from error
        applied.append(name)
    return applied


async def _done(connection: Any, known: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The digests of what was applied, by name."""
    done = {row["name"]: row["digest"] for row in await connection.fetch("select name, digest from graft_migrations")}
    unknown = set(done) - {name for name, _ in known}
    if unknown:
        raise MigrationError(f"The database was migrated by a newer Graft: {', '.join(sorted(unknown))}.")
    return done


async def _apply(connection: Any, name: str, digest: str, texts: Sequence[str]) -> None:
    """In one transaction, with the grants: who sees what a migration made may use it."""
    for left in reversed(range(_TRIES)):
        try:
            async with connection.transaction():
                for text in texts:
                    await connection.execute(text)
                await connection.execute("insert into graft_migrations values ($1, $2, now())", name, digest)
                return
        except asyncpg.LockNotAvailableError as error:
            if not left:
                raise MigrationError(await _locked_out(connection, name)) from error
            # who waited behind it goes first
            await asyncio.sleep(_PAUSE_SECONDS)


async def _locked_out(connection: Any, name: str) -> str:
    oldest = await connection.fetchrow(_OLDEST)
    who = (
        f" The oldest transaction is that of process {oldest['pid']} ({oldest['name']}), open for"
        f" {oldest['seconds']} seconds."
        if oldest
        else ""
    )
    return (
        f"The migration {name} did not get its lock in {_TRIES} tries: a transaction has been open on its tables for"
        f" long (see pg_stat_activity).{who} Let it end, or end it by pg_terminate_backend, and start again."
    )


async def _build(connection: Any, text: str, limits: Limits) -> None:
    """Statement by statement, as `create index concurrently` wants it. It waits without keeping anybody waiting.

    What an earlier try left half built is dropped first.
    """
    await connection.execute("set lock_timeout = 0")
    for statement in statements(text):
        found = _INDEX.search(statement)
        if found and await connection.fetchval(
            "select true from pg_index where indexrelid = to_regclass($1) and not indisvalid", found.group(1)
        ):
            await connection.execute(f'drop index concurrently "{found.group(1)}"')
        await connection.execute(statement)
    await _limit(connection, limits)


def statements(text: str) -> list[str]:
    """Those of a file that holds nothing in which a semicolon could stand."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("--")]
    return [part.strip() for part in "\n".join(lines).split(";") if part.strip()]


async def _make_role(connection: Any, role: str) -> None:
    statements = [
        f'create role "{role}" nologin noinherit',
        f'grant "{role}" to current_user',
    ]
    present = await connection.fetchval("select 1 from pg_roles where rolname = $1", role)
    member = present and await connection.fetchval("select pg_has_role(current_user, $1, 'member')", role)
    wanted = [] if member else (statements[1:] if present else statements)
    for statement in wanted:
        try:
            await connection.execute(statement)
        except asyncpg.DuplicateObjectError:
            continue  # another installation of the same server made it a moment ago
        except asyncpg.InsufficientPrivilegeError as error:
            login = await connection.fetchval("select quote_ident(current_user)")
            # there, current_user would be the superuser
            cure = "; ".join(wanted).replace("to current_user", f"to {login}")
            raise MigrationError(
                f"This login may not set up the application's role. As a superuser, run: {cure};"
            ) from error


def _sql(name: str) -> str:
    return (resources.files("graft.db") / name).read_text("utf-8")
