"""How this program was called, so that the next command can be copied as it is printed."""

import shlex
import shutil
import sys
from pathlib import Path


def called() -> str:
    """What to type for `graft` in this shell."""
    given = Path(sys.argv[0])
    if given.name == "__main__.py":
        return f"{shlex.quote(sys.executable)} -m graft"
    found = shutil.which(given.name)
    if found is not None and Path(found).samefile(given):
        return given.name
    return shlex.quote(sys.argv[0])
