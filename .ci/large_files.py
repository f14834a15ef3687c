"""Refuses a commit with a file of more than 200 KiB: what is large is made or fetched, and is no part of the history.

Usage: python .ci/large_files.py
"""

import subprocess
import sys
from pathlib import Path

_MOST = 200 * 1024


def too_large(root: Path) -> list[str]:
    """A line for each staged file of `root` that is too large, as it would be committed."""
    names = _git(root, "diff", "--cached", "--name-only", "--diff-filter=d", "-z").split("\0")
    sizes = {name: int(_git(root, "cat-file", "-s", f":{name}")) for name in names if name}
    return [f"{name} has {size:,} bytes, more than {_MOST:,}" for name, size in sizes.items() if size > _MOST]


def _git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout  # noqa: S603, S607


def main() -> int:
    found = too_large(Path.cwd())
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
