"""What a database error means: a violated constraint becomes the domain's error, a lost server `Unavailable`."""

import re
from collections.abc import Generator
from contextlib import contextmanager

import asyncpg

from graft.errors import Conflict, GraftError, Unavailable

# A rule of the schema, by the name of its constraint: the code and the sentence that the caller reads.
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

_NAMED = re.compile(r'constraint "([^"]+)"')
_SHARD = re.compile(r"_\d{5,}$")
_TRANSIENT = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    # a purge took a row between our reading and our pointing at it: the next try sees it gone
    asyncpg.ForeignKeyViolationError,
)
_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.DiskFullError,
    # the server is there and lets nobody into the database: renamed, closed for maintenance, other credentials
    asyncpg.InvalidCatalogNameError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.InvalidAuthorizationSpecificationError,
    # of several addresses none is the primary's at the moment
    asyncpg.TargetServerAttributeNotMatched,
    ConnectionError,
    TimeoutError,
)


class TryAgain(Unavailable):
    """The transaction lost against another one; run again from the start it may succeed."""


class ReadOnly(Unavailable):
    """The server takes no changes: a standby, or a primary that was told so. What is asked it answers."""


def constraint_of(error: asyncpg.PostgresError) -> str | None:
    """The violated constraint's name. A distributed server leaves the field empty and appends a shard number."""
    name = getattr(error, "constraint_name", None)
    if not name:
        found = _NAMED.search(str(error))
        name = found.group(1) if found else None
    return _SHARD.sub("", name) if name else None


def translate(error: Exception) -> GraftError | None:
    """The domain's error for a driver's one; None where it is a fault of ours."""
    if isinstance(error, asyncpg.PostgresError):
        rule = RULES.get(constraint_of(error) or "")
        if rule is not None:
            return Conflict(rule[1], code=rule[0])
        if isinstance(error, _TRANSIENT):
            return TryAgain("Another change came first; try again.")
    if isinstance(error, asyncpg.ReadOnlySQLTransactionError):
        return ReadOnly("The database server is read-only, as a standby is: it answers reads, and takes no changes.")
    if isinstance(error, asyncpg.QueryCanceledError):
        # by a limit of the server, or by whoever looks after it
        return Unavailable("The database stopped this before it was done.")
    if isinstance(error, _AWAY):
        return Unavailable("The database cannot be reached.")
    return None


# The driver's own errors. `InternalClientError`: of a connection whose end was announced a moment ago.
_DRIVER = (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


def translate_driver(error: Exception) -> GraftError | None:
    """`translate`, for what comes out of a block that does other things as well."""
    if not isinstance(error, (asyncpg.PostgresError, *_DRIVER)):
        return None
    known = translate(error)
    # a closed connection; but a value that does not fit its parameter is our fault
    lost = isinstance(error, _DRIVER) and not isinstance(error, ValueError)
    return Unavailable("The database cannot be reached.") if known is None and lost else known


@contextmanager
def reachable() -> Generator[None]:
    """Inside, a connection that cannot be had is `Unavailable`; one that a standby cut off while it was made, too."""
    try:
        yield
    except (asyncpg.PostgresError, *_DRIVER) as error:
        known = translate_driver(error)
        if known is None:
            raise
        raise known from error
