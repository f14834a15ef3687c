"""How a command fails: with a line on stderr that says what to do, and an exit code that says of what kind it was."""

import re
from enum import IntEnum

# How Python tells the number of an error of the system, which helps nobody.
NUMBER = re.compile(r"\[Errno -?\d+\] ")


class Code(IntEnum):
    """Exit codes; README has them for users."""

    DONE = 0
    FAILED = 1
    # arguments, options or settings that cannot be right
    WRONG_USAGE = 2
    # no token, a wrong one, or one that may not do this
    NOT_ALLOWED = 3
    NOT_FOUND = 4
    # the present state forbids it
    CONFLICT = 5
    # the server or the database
    UNREACHABLE = 6
    INTERRUPTED = 130


class Failure(Exception):
    """The command cannot do what it was asked; the text says why, and what to do."""

    def __init__(self, text: str, code: Code = Code.FAILED) -> None:
        super().__init__(text)
        self.code = code


def reason(error: BaseException) -> str:
    """What an error of the system or of a library says, in words."""
    text = NUMBER.sub("", str(error)).strip() or type(error).__name__
    return text.rstrip(".")
