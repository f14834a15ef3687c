"""Translate errors of the database: a violated constraint becomes `Conflict`, a server that is away `Unavailable`."""

import re
from collections.abc import Generator
from contextlib import contextmanager

import asyncpg

from graft.errors import Conflict, GraftError, TooLarge, Unavailable

# Business rules of the schema: name of the constraint → code and sentence of the `Conflict` that the caller reads.
RULES: dict[str, tuple[str, str]] = {
    "workspaces_slug": ("slug-taken", "Another workspace has this slug."),
    "users_email": ("email-taken", "Another user has this address."),
    "workspace_members_one_role": ("already-member", "The user is a member of this workspace already."),
    "publishers_name": ("publisher-taken", "This publisher name is another workspace's."),
    "permissions_one_grant": ("already-granted", "This subject has a grant on this object; change that one."),
    "integrations_slug": ("slug-taken", "The publisher has an integration of this slug, maybe a deleted one."),
    "integration_reviews_pending": ("review-pending", "The integration waits for review already."),
    "burnt_versions_pkey": ("version-exists", "This version was published before; a version string is spent for ever."),
    "installs_one_active": ("already-installed", "The workspace has an active install of this integration."),
    "entities_own_slug": ("slug-taken", "The workspace has an entity of this kind and slug, maybe a deleted one."),
}

_CONSTRAINT = re.compile(r'constraint "([^"]+)"')
_SHARD_NUMBER = re.compile(r"_\d{5,}$")


class TryAgain(Unavailable):
    """The transaction lost against another one. Run again from its start, it may succeed."""


class Ended(TryAgain):
    """The connection had ended before it was asked, and nothing was done. Another one may serve."""


class Outdated(Unavailable):
    """What was prepared before the transaction is not so any more. Prepared again, it may succeed."""

    def __init__(self) -> None:
        super().__init__("Another change came first; try again.")


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


_AWAY = "The database cannot be reached."
_STOPPED = "The database stopped this before it was done."
_LOST = "Another change came first; try again."
# What PostgreSQL's states mean, by class (the first two characters), and single ones where they mean something else:
# which of a class a server sends depends on what it is and who runs it. All others are bugs.
_STATES: dict[str, tuple[type[GraftError], str]] = {
    "08": (Unavailable, _AWAY),
    # a purge deleted a row after we had read it and before we referred to it: the next try no longer finds it
    "23503": (TryAgain, _LOST),
    "25006": (ReadOnly, "The database server is read-only, as a standby is: it answers reads, and takes no changes."),
    # a transaction that said nothing for too long, or took too long
    "25P03": (Unavailable, _STOPPED),
    "25P04": (Unavailable, _STOPPED),
    # the server runs, but lets us not into the database: the credentials have changed, it was renamed, or it is closed
    "28": (Unavailable, _AWAY),
    "3D": (Unavailable, _AWAY),
    "40": (TryAgain, _LOST),
    # it may have been done
    "40003": (Unavailable, _AWAY),
    "53": (Unavailable, "The database has no room for this at the moment: no memory, disk or connections are left."),
    "54": (TooLarge, "Something in this is larger than the database takes."),
    "55": (Unavailable, _AWAY),
    "55P03": (Unavailable, "Another request has been changing the same for too long; try again."),
    "57": (Unavailable, _AWAY),
    # a timeout of the server's, an administrator, or a standby's recovery stopped the statement
    "57014": (Unavailable, _STOPPED),
    "58": (Unavailable, "The database cannot use its disk at the moment."),
}


def translate(error: Exception) -> GraftError | None:
    """The error of ours that stands for one of the driver's; None if it means a bug."""
    if isinstance(error, asyncpg.PostgresError):
        rule = RULES.get(constraint_of(error) or "")
        if rule is not None:
            return Conflict(rule[1], code=rule[0])
        if isinstance(error, asyncpg.InvalidCachedStatementError):
            # a migration changed a table meanwhile; the next try makes a new plan
            return TryAgain(_LOST)
        return _of_state(_state_of(error))
    # none of the servers that the DSN names is the primary at the moment
    if isinstance(error, (asyncpg.TargetServerAttributeNotMatched, ConnectionError, TimeoutError)):
        return Unavailable(_AWAY)
    return None


def _state_of(error: asyncpg.PostgresError) -> str:
    """The SQLSTATE, five characters; empty where the driver knows none."""
    return getattr(error, "sqlstate", None) or ""


def _of_state(state: str) -> GraftError | None:
    found = _STATES.get(state) or _STATES.get(state[:2])
    return None if found is None else found[0](found[1])


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
        return Unavailable(_AWAY)
    return translated


def is_loss(error: BaseException) -> bool:
    """Whether the connection ended under a statement, or before it."""
    if isinstance(error, asyncpg.PostgresError):
        state = _state_of(error)
        return state.startswith(("08", "57P")) or state in {"25P03", "25P04"}
    return isinstance(error, _DRIVER_ERRORS) and not isinstance(error, (ValueError, TimeoutError))


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
