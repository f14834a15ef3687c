"""Read what a command is given as a file."""

import sys
from pathlib import Path

from graft.cli.failure import Code, Failure


def read_file(name: str, most_bytes: int) -> bytes:
    """The bytes of a file, or of stdin where it is `-`. `Failure` where it cannot be read, or is too large."""
    try:
        if name == "-":
            content = sys.stdin.buffer.read(most_bytes + 1)
        else:
            with Path(name).open("rb") as opened:
                content = opened.read(most_bytes + 1)
    except OSError as error:
        raise Failure(f"{name} cannot be read: {error.strerror}.", Code.WRONG_USAGE) from error
    if len(content) > most_bytes:
        raise Failure(f"{name} is larger than {most_bytes:,} bytes.", Code.WRONG_USAGE)
    return content
