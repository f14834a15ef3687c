"""Check that all processes on one database have the same secret. The first one stores a value derived from it."""

import hmac

from graft.auth.secrets import Secrets
from graft.config import ConfigError
from graft.db.connection import Database

_STORE = "insert into secret_check (value) values ($1) on conflict do nothing"
_STORED = "select value from secret_check"
UNLIKE = (
    "This is not the secret that this database was made with: with it no token is known and no stored credential can be"
    " read. Give the one that it was made with (GRAFT_SECRET_KEY, or secret.key in the data directory). If that one is"
    " lost, run `delete from secret_check` in the database as its owner, then make new tokens (graft token) and set the"
    " credentials of all auth states anew."
)


async def check_secret(database: Database, secrets: Secrets) -> None:
    """Make this secret the database's, if it has none yet. Raises `ConfigError` if it has another one."""
    matches = await secret_matches(database, secrets)
    async with database.reading() as db:
        standby: bool = await db.value("select pg_is_in_recovery()")

    if matches is None and standby:
        # a process on the primary stores it
        return
    if matches is None:
        async with database.writing() as db:
            await db.execute(_STORE, secrets.check)
        # read again: another process may have stored its own at the same time
        matches = await secret_matches(database, secrets)

    if not matches:
        raise ConfigError(UNLIKE)


async def secret_matches(database: Database, secrets: Secrets) -> bool | None:
    """Whether the database has this secret; None if no process has stored one yet."""
    async with database.reading() as db:
        stored = await db.value(_STORED)
    return None if stored is None else hmac.compare_digest(stored, secrets.check)
