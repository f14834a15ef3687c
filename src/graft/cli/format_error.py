"""The message and exit code for each error that a command may end with. Any other error is a bug, with a traceback."""

from graft.cli.failure import NUMBER, Code, Failure
from graft.cli.problems import format_problems
from graft.config import ConfigError
from graft.db.migrate import MigrationError
from graft.db.server_user import EmbeddedError
from graft.errors import Conflict, Forbidden, GraftError, NotFound, TooMany, Unauthenticated, Unavailable
from graft.kinds.registry import KindsError

_CODES: dict[type[Exception], Code] = {
    ConfigError: Code.WRONG_USAGE,
    KindsError: Code.FAILED,
    EmbeddedError: Code.FAILED,
    MigrationError: Code.FAILED,
    Unauthenticated: Code.NOT_ALLOWED,
    Forbidden: Code.NOT_ALLOWED,
    NotFound: Code.NOT_FOUND,
    Conflict: Code.CONFLICT,
    TooMany: Code.UNREACHABLE,
    Unavailable: Code.UNREACHABLE,
    GraftError: Code.FAILED,
}


def format_error(error: Exception) -> tuple[str, Code] | None:
    """Message and exit code of an expected error; None for any other."""
    if isinstance(error, Failure):
        return str(error), error.code
    code = next((code for family, code in _CODES.items() if isinstance(error, family)), None)
    if code is None:
        return None
    if isinstance(error, GraftError):
        return format_problems(error.detail, error.problems), code
    return NUMBER.sub("", str(error)), code
