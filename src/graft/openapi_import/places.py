"""Where a walk stands in the document: a step costs one tuple, the JSON pointer is only built for a problem."""

from typing import TypeAlias

from graft.errors import pointer

# A name may be as long as the document: a pointer to it says how it begins.
_MAX_PART = 500

Place: TypeAlias = "tuple[Place, str | int] | None"


def pointer_to(place: Place) -> str:
    """The JSON pointer of a place; of None, the document as a whole, it is empty."""
    parts: list[str | int] = []
    while place is not None:
        place, part = place
        parts.append(part if isinstance(part, int) or len(part) <= _MAX_PART else part[:_MAX_PART] + "…")
    return pointer(*reversed(parts))
