"""How a command fails: with a line on stderr that says what to do, and a code."""

from graft.config import ConfigError
from graft.db.embedded import EmbeddedError
from graft.db.migrate import MigrationError
from graft.entities.kinds import KindsError
from graft.errors import GraftError


class Failure(Exception):
    """The command cannot do what it was asked; the text says why."""


# What a command may fail with; everything else is a fault of ours and keeps its traceback.
EXPECTED = (Failure, ConfigError, EmbeddedError, MigrationError, KindsError, GraftError)


def told(error: BaseException) -> str:
    """What an expected error says: its first line, and one more for each further problem."""
    lines = [f"graft: {error}"]
    if isinstance(error, GraftError):
        lines += [f"{problem.pointer}: {problem.detail}" for problem in error.problems if problem.detail != str(error)]
    return "\n".join(lines)
