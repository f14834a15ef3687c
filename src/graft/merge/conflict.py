"""What a merge leaves to a person: conflicts, and the answers to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from graft.jsontext import Json
from graft.merge.words import suggestion

ConflictKind = Literal[
    "deleted-and-changed",
    "changed-and-deleted",
    "both-added",
    "both-changed",
    "type",
    "order",
    "held",
]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A place that two sides changed in two ways. A side without it is `ABSENT`."""

    pointer: str
    kind: ConflictKind
    base: Json
    current: Json
    target: Json

    @property
    def suggestion(self) -> str | None:
        """For two changes of one text that do not touch each other, the text with both. Worked out when asked for."""
        texts = [side for side in (self.base, self.current, self.target) if isinstance(side, str)]
        return suggestion(*texts) if len(texts) == 3 else None


@dataclass(frozen=True, slots=True)
class Value:
    """An answer to a conflict that is neither side's; `ABSENT` to have nothing there."""

    value: Json


Resolution = Literal["mine", "theirs"] | Value


class UnknownConflict(ValueError):
    """Answers to conflicts that there are none, or whose value cannot stand there. `pointers`: theirs, sorted.

    What cannot stand there is a value without its key for an item of a list with one.
    """

    def __init__(self, pointers: Sequence[str]) -> None:
        super().__init__(f"There are no conflicts that these answers fit: {', '.join(map(repr, pointers))}.")
        self.pointers = tuple(pointers)


@dataclass(frozen=True, slots=True)
class Merged:
    """A merge: `value`, in which current stands where conflicts are left, and those, sorted by their pointers."""

    value: Json
    conflicts: list[Conflict]


def chosen(resolution: Resolution, current: Json, target: Json) -> Json:
    """What an answer puts at the place of a conflict."""
    if isinstance(resolution, Value):
        return resolution.value
    return current if resolution == "mine" else target
