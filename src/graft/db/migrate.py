"""Migrations: plain SQL files, forward only, one transaction each, by one process at a time."""

import hashlib
import re
from importlib import resources
from typing import Any

import asyncpg

OLDEST_POSTGRES = 15
# Any number will do, as long as no other program uses it in the same database.
_LOCK = 7_283_611_905
_ROLE = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_TABLE = """
create table if not exists graft_migrations (
  name text collate "C" not null,
  digest text collate "C" not null,
  applied_at timestamptz not null,
  constraint graft_migrations_pkey primary key (name)
)
"""


class MigrationError(Exception):
    """The database cannot be brought to this program's schema; the text says what to do."""


def migrations() -> list[tuple[str, str]]:
    """The names and texts of all migrations, in order."""
    folder = resources.files("graft.db") / "migrations"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return [(file.name, file.read_text("utf-8")) for file in files]


async def migrate(dsn: str, *, app_role: str) -> int:
    """Apply what is missing as the owner, make the application's role and its grants; the number applied."""
    if not _ROLE.fullmatch(app_role):
        raise MigrationError(f"The role name {app_role!r} is not a plain lower-case identifier.")
    connection: Any = await asyncpg.connect(dsn)
    try:
        version = connection.get_server_version()
        if version.major < OLDEST_POSTGRES:
            raise MigrationError(f"Graft needs PostgreSQL {OLDEST_POSTGRES} or newer; this server is {version.major}.")
        # The lock lives and dies with this session, so a killed migration leaves nothing to clean up.
        await connection.execute("select pg_advisory_lock($1)", _LOCK)
        applied = await _apply_missing(connection)
        await _make_role(connection, app_role)
        await connection.execute(_sql("grants.sql").replace(":role", f'"{app_role}"'))
        return applied
    finally:
        await connection.close()


async def _apply_missing(connection: Any) -> int:
    await connection.execute(_TABLE)
    done = {row["name"]: row["digest"] for row in await connection.fetch("select name, digest from graft_migrations")}
    unknown = set(done) - {name for name, _ in migrations()}
    if unknown:
        raise MigrationError(f"The database was migrated by a newer Graft: {', '.join(sorted(unknown))}.")
    applied = 0
    for name, text in migrations():
        digest = hashlib.sha256(text.encode()).hexdigest()
        if name in done:
            if done[name] != digest:
                raise MigrationError(f"The migration {name} was changed after it had been applied.")
            continue
        async with connection.transaction():
            await connection.execute(text)
            await connection.execute("insert into graft_migrations values ($1, $2, now())", name, digest)
        applied += 1
    return applied


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
            raise MigrationError(
                f"This login may not set up the application's role. As a superuser, run: {'; '.join(wanted)};"
            ) from error


def _sql(name: str) -> str:
    return (resources.files("graft.db") / name).read_text("utf-8")
