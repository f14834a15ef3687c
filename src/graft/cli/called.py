"""By what name this program was called, so that commands that it prints can be copied into the same shell."""

import shlex
import shutil
import sys
from pathlib import Path


def command_name() -> str:
    """What to type for `graft` in this shell: its name if it is in PATH, else the path or `python -m graft`."""
    given = Path(sys.argv[0])
    if given.name == "__main__.py":
        return f"{shlex.quote(sys.executable)} -m graft"
    found = shutil.which(given.name)
    if found is not None and Path(found).samefile(given):
        return given.name
    return shlex.quote(sys.argv[0])
