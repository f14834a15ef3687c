"""The problems of a request in lines for a terminal."""

from collections.abc import Sequence

from graft.errors import Problem

_MOST = 20


def listed(detail: str, problems: Sequence[Problem]) -> str:
    """What is wrong, each thing once, with its place."""
    lines = [f"{problem.pointer}: {problem.detail}" if problem.pointer else problem.detail for problem in problems]
    if len(lines) <= 1:
        return lines[0] if lines else detail
    more = [f"  … and {len(lines) - _MOST:,} more."] if len(lines) > _MOST else []
    return "\n".join([detail, *(f"  {line}" for line in lines[:_MOST]), *more])
