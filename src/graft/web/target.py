"""What the target of a request may be: one that is too long, or hides a slash, is refused before anything reads it."""

from starlette.types import Scope

from graft.errors import TargetTooLong, invalid

# Bytes as they were sent: three for most characters that are not letters and digits. A thousand ids fit, or a filter of
# 16 KiB. Both together stay below 64 KiB, from where on the HTTP server refuses by itself, without a problem document.
MAX_PATH = 8 * 1024
MAX_QUERY = 55 * 1024


def path_of(scope: Scope) -> str:
    """The path as it was sent, nothing decoded: what a proxy compares with its rules is what is routed.

    No path of Graft has a character that needs an escape, so one with escapes is found nowhere. `TargetTooLong`, or
    `Invalid` where a slash is escaped: of such a path two readers make different ones.
    """
    path: bytes = scope["raw_path"]
    if len(path) > MAX_PATH or len(scope["query_string"]) > MAX_QUERY:
        raise TargetTooLong(f"A path has at most {MAX_PATH:,} bytes, a query {MAX_QUERY:,}.")
    if b"%" in path and b"%2f" in path.lower():
        raise invalid("", "encoded-slash", "The path has an escaped slash (%2F): send it as it is, or not at all.")
    return path.decode("latin-1")
