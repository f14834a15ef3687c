"""Apply migrations: plain SQL files, forward only, one process at a time, while servers of the release before go on."""

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
# How long a migration waits for a lock. Whoever wants the table after it waits behind it, so it gives up soon, lets
# them pass, and tries again.
LOCK_SECONDS = 4.0
_LOCK_TRIES = 10
_PAUSE_SECONDS = 1.0
# The advisory lock. Any number will do, as long as no other program uses it in the same database.
_LOCK = 7_283_611_905
_ROLE_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
# Files of this ending are run statement by statement, outside of a transaction. A test says what they may contain.
_CONCURRENTLY = ".concurrently.sql"
_INDEX = re.compile(r"create\s+(?:unique\s+)?index\s+concurrently\s+if\s+not\s+exists\s+(\w+)", re.IGNORECASE)
_CREATE_TABLE = """
create table if not exists graft_migrations (
  name text collate "C" not null,
  digest text collate "C" not null,
  applied_at timestamptz not null,
  constraint graft_migrations_pkey primary key (name)
)
"""
_OLDEST_TRANSACTION = """
select pid, coalesce(nullif(application_name, ''), 'unnamed') as name,
  extract(epoch from clock_timestamp() - xact_start)::integer as seconds
from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
order by xact_start limit 1
"""

# Hears, before anything is applied, the names of the missing migrations and whether the database is a new one.
Announce = Callable[[Sequence[str], bool], None]


class MigrationError(Exception):
    """The database cannot be brought to this program's schema; the text says what to do."""


class Limits(NamedTuple):
    """In seconds: how long a statement of a migration may take, and how long it may wait for a lock."""

    statement: float = STATEMENT_SECONDS
    lock: float = LOCK_SECONDS


def migrations() -> list[tuple[str, str]]:
    """Name and text of each migration of this release, in the order in which they are applied."""
    folder = resources.files("graft.db") / "migrations"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return [(file.name, file.read_text("utf-8")) for file in files]


async def migrate(
    dsn: str,
    *,
    app_role: str,
    login: str | None = None,
    known: Sequence[tuple[str, str]] | None = None,
    limits: Limits | None = None,
    announce: Announce | None = None,
) -> list[str]:
    """Bring the database to the schema of this release; return the names of the migrations that were applied.

    The login of `dsn` owns the schema. `app_role` is created if need be, and each migration grants it what it may do,
    in the same transaction. `login`, if given, is created as well: a login that may only act as `app_role`. `known`
    replaces the migrations of this release: (name, text) in order. A standby is not changed, only checked. Raises
    `MigrationError`.
    """
    if not _ROLE_NAME.fullmatch(app_role):
        raise MigrationError(f"The role name {app_role!r} is not a plain lower-case identifier.")
    known = migrations() if known is None else known
    limits = limits or Limits()

    connection: Any = await asyncpg.connect(dsn)
    try:
        await _check_server(connection)
        if await connection.fetchval("select pg_is_in_recovery()"):
            await _check_standby(connection, known)
            return []

        await _take_lock(connection, limits)
        await _set_timeouts(connection, limits)
        await _make_role(connection, app_role)
        if login is not None:
            await _make_login(connection, login, app_role)
        await connection.execute(_CREATE_TABLE)

        digests = await _applied_digests(connection, known)
        missing = [name for name, _ in known if name not in digests]
        if missing and announce is not None:
            announce(missing, not digests)

        grants = _sql("grants.sql").replace(":role", f'"{app_role}"')
        applied = await _apply_missing(connection, known, grants, limits)
        if not applied:
            # no migration has granted anything, but the role may be new, or a release may have changed the grants
            await connection.execute(grants)
        return applied
    finally:
        await connection.close()


async def _check_server(connection: Any) -> None:
    version = connection.get_server_version()
    if version.major < OLDEST_POSTGRES:
        raise MigrationError(f"Graft needs PostgreSQL {OLDEST_POSTGRES} or newer; this server is {version.major}.")
    if (encoding := await connection.fetchval("show server_encoding")) != "UTF8":
        raise MigrationError(
            f"Graft needs a database in UTF8; this one is in {encoding}. Make one with"
            " `create database … encoding 'UTF8' template template0`."
        )


async def _check_standby(connection: Any, known: Sequence[tuple[str, str]]) -> None:
    """A standby takes no migrations, so none may be missing."""
    migrated = await connection.fetchval("select to_regclass('graft_migrations') is not null")
    digests = await _applied_digests(connection, known) if migrated else {}
    missing = [name for name, _ in known if name not in digests]
    if missing:
        raise MigrationError(
            f"This server is a standby, and its schema lacks {', '.join(missing)}: run `graft migrate` on its primary."
        )


async def _take_lock(connection: Any, limits: Limits) -> None:
    """Wait until no other process migrates. The lock belongs to the session, so a killed migration leaves none behind.

    It is polled. A session that waits for it inside of a statement holds a snapshot; `create index concurrently` in the
    process that has the lock waits for all older snapshots, and the two would wait for each other.
    """
    deadline = time.monotonic() + limits.statement
    while not await connection.fetchval("select pg_try_advisory_lock($1)", _LOCK):
        if time.monotonic() > deadline:
            raise MigrationError(
                f"Another process has been migrating this database for {limits.statement:g} seconds. Wait for its end,"
                " or raise GRAFT_MIGRATE_TIMEOUT."
            )
        await asyncio.sleep(0.1)


async def _set_timeouts(connection: Any, limits: Limits) -> None:
    await connection.execute(
        "select set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false)",
        f"{limits.statement * 1000:.0f}",
        f"{limits.lock * 1000:.0f}",
    )


async def _apply_missing(connection: Any, known: Sequence[tuple[str, str]], grants: str, limits: Limits) -> list[str]:
    digests = await _applied_digests(connection, known)
    applied: list[str] = []

    for name, text in known:
        digest = hashlib.sha256(text.encode()).hexdigest()
        if name in digests:
            if digests[name] != digest:
                raise MigrationError(f"The migration {name} was changed after it had been applied.")
            continue

        try:
            if name.endswith(_CONCURRENTLY):
                await _build_indexes(connection, text, limits)
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


async def _applied_digests(connection: Any, known: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Name → SHA-256 (hexadecimal) of the text, of each migration that the database has."""
    rows = await connection.fetch("select name, digest from graft_migrations")
    digests = {row["name"]: row["digest"] for row in rows}
    unknown = set(digests) - {name for name, _ in known}
    if unknown:
        raise MigrationError(f"The database was migrated by a newer Graft: {', '.join(sorted(unknown))}.")
    return digests


async def _apply(connection: Any, name: str, digest: str, texts: Sequence[str]) -> None:
    """Run the texts in one transaction, and note there that the migration is applied.

    The grants are among the texts: whoever sees a new table may also use it.
    """
    for tries_left in reversed(range(_LOCK_TRIES)):
        try:
            async with connection.transaction():
                for text in texts:
                    await connection.execute(text)
                await connection.execute("insert into graft_migrations values ($1, $2, now())", name, digest)
                return
        except asyncpg.LockNotAvailableError as error:
            if not tries_left:
                raise MigrationError(await _no_lock_message(connection, name)) from error
            # whoever has waited behind this migration goes first
            await asyncio.sleep(_PAUSE_SECONDS)


async def _no_lock_message(connection: Any, name: str) -> str:
    oldest = await connection.fetchrow(_OLDEST_TRANSACTION)
    who = (
        f" The oldest transaction is that of process {oldest['pid']} ({oldest['name']}), open for"
        f" {oldest['seconds']} seconds."
        if oldest
        else ""
    )
    return (
        f"The migration {name} did not get its lock in {_LOCK_TRIES} tries: a transaction has been open on its tables"
        f" for long (see pg_stat_activity).{who} Let it end, or end it by pg_terminate_backend, and start again."
    )


async def _build_indexes(connection: Any, text: str, limits: Limits) -> None:
    """Run a file of `create index concurrently`, statement by statement: PostgreSQL wants it outside of a transaction.

    An index that an earlier try left half built is dropped first. The lock timeout is off, as these statements block
    nobody while they wait.
    """
    await connection.execute("set lock_timeout = 0")
    for statement in statements(text):
        found = _INDEX.search(statement)
        if found and await connection.fetchval(
            "select true from pg_index where indexrelid = to_regclass($1) and not indisvalid", found.group(1)
        ):
            await connection.execute(f'drop index concurrently "{found.group(1)}"')
        await connection.execute(statement)
    await _set_timeouts(connection, limits)


def statements(text: str) -> list[str]:
    """The statements of a file. It must have no string or body of a function, as a semicolon in one would end them."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("--")]
    return [part.strip() for part in "\n".join(lines).split(";") if part.strip()]


async def _make_role(connection: Any, role: str) -> None:
    create, grant = f'create role "{role}" nologin noinherit', f'grant "{role}" to current_user'
    exists = await connection.fetchval("select 1 from pg_roles where rolname = $1", role)
    is_member = exists and await connection.fetchval("select pg_has_role(current_user, $1, 'member')", role)
    needed = [] if is_member else [grant] if exists else [create, grant]

    for statement in needed:
        try:
            await connection.execute(statement)
        except asyncpg.DuplicateObjectError:
            continue  # another installation on the same server created it a moment ago
        except asyncpg.InsufficientPrivilegeError as error:
            login = await connection.fetchval("select quote_ident(current_user)")
            # a superuser is to run this, so current_user would be the wrong one
            cure = "; ".join(needed).replace("to current_user", f"to {login}")
            raise MigrationError(
                f"This login may not set up the application's role. As a superuser, run: {cure};"
            ) from error


async def _make_login(connection: Any, login: str, role: str) -> None:
    if not await connection.fetchval("select 1 from pg_roles where rolname = $1", login):
        await connection.execute(f'create role "{login}" login noinherit')
    if not await connection.fetchval("select pg_has_role($1, $2, 'member')", login, role):
        await connection.execute(f'grant "{role}" to "{login}"')


def _sql(name: str) -> str:
    return (resources.files("graft.db") / name).read_text("utf-8")
