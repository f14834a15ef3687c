"""The way to a place in a JSON tree as an RFC 6901 pointer, in text that any reply can carry, and the way back."""

import re
from typing import TypeAlias

# The way down to a value, last step outermost: a step costs one tuple, and the pointer is only built for a problem.
Place: TypeAlias = "tuple[Place, str | int] | None"

_UNPRINTABLE = re.compile("[\0\ud800-\udfff]")
# A name may be as long as the document: where a pointer is only shown, it says how the name begins.
_MAX_PART = 500


def pointer(*path: str | int) -> str:
    """The pointer of a path: `pointer("a", 0, "b/c")` is `/a/0/b~1c`."""
    return printable("".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path))


def short_pointer(*path: str | int) -> str:
    """The pointer of a path as it is told: long names are cut, so that telling costs the same however long they are."""
    return pointer(
        *[part if isinstance(part, int) or len(part) <= _MAX_PART else part[:_MAX_PART] + "…" for part in path]
    )


def pointer_to(place: Place) -> str:
    """The pointer of a place, with long names cut; of None, the value as a whole, it is empty."""
    return short_pointer(*path_to(place))


def path_to(place: Place) -> tuple[str | int, ...]:
    """The names and indexes from the root to a place."""
    parts: list[str | int] = []
    while place is not None:
        place, part = place
        parts.append(part)
    return tuple(reversed(parts))


def steps(text: str) -> list[str]:
    """The names in a pointer: of `/a/0/b~1c` they are `a`, `0` and `b/c`."""
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def printable(text: str) -> str:
    """`text` with U+FFFD for U+0000 and for lone surrogates, which a reply or its reader cannot carry."""
    return text if text.isascii() and "\0" not in text else _UNPRINTABLE.sub("\ufffd", text)
