"""Where a walk stands in the document: a step costs one tuple, the JSON pointer is only built for a problem."""

from typing import TypeAlias

from graft.errors import pointer

Place: TypeAlias = "tuple[Place, str | int] | None"


def pointer_to(place: Place) -> str:
    """The JSON pointer of a place; of None, the document as a whole, it is empty."""
    parts: list[str | int] = []
    while place is not None:
        place, part = place
        parts.append(part)
    return pointer(*reversed(parts))
