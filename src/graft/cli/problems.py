"""Format the problems of a request for a terminal."""

from graft.errors import Problems

_MOST = 20


def format_problems(detail: str, problems: Problems) -> str:
    """`detail`, then a line for each of the first 20 problems; a single problem stands alone."""
    lines = [f"{problem.pointer}: {problem.detail}" if problem.pointer else problem.detail for problem in problems]
    count = len(lines) + problems.left_out
    if count <= 1:
        return lines[0] if lines else detail
    more = [f"  … and {count - min(len(lines), _MOST):,} more."] if count > min(len(lines), _MOST) else []
    return "\n".join([detail, *(f"  {line}" for line in lines[:_MOST]), *more])
