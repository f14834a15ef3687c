"""Translate errors of the database: a violated constraint becomes `Conflict`, a server that is away `Unavailable`."""

import re
from collections.abc import Generator
from contextlib import contextmanager

import asyncpg

from graft.errors import Conflict, GraftError, Unavailable

# Business rules of the schema: name of the constraint → code and sentence of the `Conflict` that the caller reads.
RULES: dict[str, tuple[str, str]] = {
    "workspaces_slug": ("slug-taken", "Another workspace has this slug."),
    "users_email": ("email-taken", "Another user has this address."),
    "workspace_members_one_role": ("already-member", "The user is a member of this workspace already."),
    "publishers_name": ("publisher-taken", "This publisher name is another workspace's."),
    "permissions_one_grant": ("already-granted", "This subject has a grant on this object; change that one."),
    "integrations_slug": ("slug-taken", "The publisher has an integration of this slug, maybe a deleted one."),
    "integrations_published_first": ("never-published", "Only a published integration can leave private."),
    "integration_reviews_pending": ("review-pending", "The integration waits for review already."),
    "burnt_versions_pkey": ("version-exists", "This version was published before; a version string is spent for ever."),
    "installs_one_active": ("already-installed", "The workspace has an active install of this integration."),
    "entities_own_slug": ("slug-taken", "The workspace has an entity of this kind and slug, maybe a deleted one."),
}

_CONSTRAINT = re.compile(r'constraint "([^"]+)"')
_SHARD_NUMBER = re.compile(r"_\d{5,}$")
_TRANSIENT = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    # a purge deleted a row after we had read it and before we referred to it: the next try no longer finds it
    asyncpg.ForeignKeyViolationError,
)
_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.DiskFullError,
    # the server runs, but lets us not into the database: it was renamed, is closed, or the credentials have changed
    asyncpg.InvalidCatalogNameError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.InvalidAuthorizationSpecificationError,
    # the DSN names several servers, and none of them is the primary at the moment
    asyncpg.TargetServerAttributeNotMatched,
    ConnectionError,
    TimeoutError,
)


class TryAgain(Unavailable):
    """The transaction lost against another one. Run again from its start, it may succeed."""


class ReadOnly(Unavailable):
    """The server answers queries and refuses changes: a standby, or a primary set to read-only."""


def constraint_of(error: asyncpg.PostgresError) -> str | None:
    """The name of the violated constraint; None if the error is about none.

    Citus leaves the field of the name empty, and appends the number of a shard to the name in the message.
    """
    name = getattr(error, "constraint_name", None)
    if not name:
        found = _CONSTRAINT.search(str(error))
        name = found.group(1) if found else None
    return _SHARD_NUMBER.sub("", name) if name else None


def translate(error: Exception) -> GraftError | None:
    """The error of ours that stands for one of the driver's; None if it means a bug."""
    if isinstance(error, asyncpg.PostgresError):
        rule = RULES.get(constraint_of(error) or "")
        if rule is not None:
            return Conflict(rule[1], code=rule[0])
        if isinstance(error, _TRANSIENT):
            return TryAgain("Another change came first; try again.")
    if isinstance(error, asyncpg.ReadOnlySQLTransactionError):
        return ReadOnly("The database server is read-only, as a standby is: it answers reads, and takes no changes.")
    if isinstance(error, asyncpg.QueryCanceledError):
        # a timeout of the server's, or an administrator, stopped the statement
        return Unavailable("The database stopped this before it was done.")
    if isinstance(error, _AWAY):
        return Unavailable("The database cannot be reached.")
    return None


# Errors that asyncpg raises itself, without an answer of the server's. It raises `InternalClientError` where a
# connection is used whose end the server has just announced.
_DRIVER_ERRORS = (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


def translate_driver(error: Exception) -> GraftError | None:
    """As `translate`, for any error that leaves a block with a connection: None if it is not the database's.

    An error of the driver's own means a lost connection, unless it is a `ValueError`: a value that does not fit its
    parameter is a bug of ours.
    """
    if not isinstance(error, (asyncpg.PostgresError, *_DRIVER_ERRORS)):
        return None

    translated = translate(error)
    if translated is None and isinstance(error, _DRIVER_ERRORS) and not isinstance(error, ValueError):
        return Unavailable("The database cannot be reached.")
    return translated


@contextmanager
def translated_errors() -> Generator[None]:
    """Inside, errors of the database are raised as errors of ours; a connection that cannot be had is `Unavailable`."""
    try:
        yield
    except (asyncpg.PostgresError, *_DRIVER_ERRORS) as error:
        translated = translate_driver(error)
        if translated is None:
            raise
        raise translated from error
