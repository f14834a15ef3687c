"""How a command fails: with a message on stderr that says what to do, and an exit code for the kind of failure."""

import re
from enum import IntEnum

# Python's text of an error of the system begins with its number, which helps nobody.
NUMBER = re.compile(r"\[Errno -?\d+\] ")


class Code(IntEnum):
    """Exit codes. The README lists them for users."""

    DONE = 0
    FAILED = 1
    # arguments, options or settings are wrong
    WRONG_USAGE = 2
    # there is no token, a wrong one, or one that may not do this
    NOT_ALLOWED = 3
    NOT_FOUND = 4
    # the present state forbids it
    CONFLICT = 5
    # the server or the database does not answer
    UNREACHABLE = 6
    INTERRUPTED = 130


class Failure(Exception):
    """The command cannot do what it was asked; the text says why, and what to do."""

    def __init__(self, text: str, code: Code = Code.FAILED) -> None:
        super().__init__(text)
        self.code = code


def reason(error: BaseException) -> str:
    """The text of an error of the system or of a library, without number and full stop; if it has none, its type."""
    text = NUMBER.sub("", str(error)).strip() or type(error).__name__
    return text.rstrip(".")
