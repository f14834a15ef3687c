"""Which later edits of clones an undo keeps, and what it merges to keep them: pure.

An undo takes back what it goes over, but for edits by hand. The text of a clone that was edited since is merged: what
was taken back is the difference of two texts, and goes into the text that there is now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from graft.ids import Id
from graft.operations.before import Before
from graft.operations.compose import Text


@dataclass(frozen=True, slots=True)
class Done:
    """An operation, with its images."""

    id: Id
    kind: str
    undoes: Id | None
    before: Before


@dataclass(frozen=True, slots=True)
class At:
    """The text that a clone had before the operation of this index."""

    operation: int
    text: Text


@dataclass(slots=True)
class Rework:
    """How an edited clone gets its text: from `start` on (None: the present text), one merge after the other.

    Each merge is (base, target): the difference of these two goes into the text.
    """

    start: At | None = None
    merges: list[tuple[At, At]] = field(default_factory=list[tuple[At, At]])
    edited: bool = False


def later_edits(operations: Sequence[Done]) -> dict[Id, Rework]:
    """Of each clone that was edited after the first of these and not taken back: what becomes of its text."""
    touching: dict[Id, list[tuple[int, Text]]] = {}
    for index, operation in enumerate(operations):
        for clone_id, base_id, version_id in operation.before.texts:
            touching.setdefault(clone_id, []).append((index, (base_id, version_id)))
    edited = {clone_id for one in operations[1:] if one.kind == "edit" for clone_id, _, _ in one.before.texts}
    found = {clone_id: _rework(operations, touching[clone_id]) for clone_id in edited}
    return {clone_id: rework for clone_id, rework in found.items() if rework.edited}


def _rework(operations: Sequence[Done], touching: Sequence[tuple[int, Text]]) -> Rework:
    """`touching`: the operations that touched the clone's text, by index, with the text before each."""
    rework = Rework()
    places: Mapping[Id, int] = {operations[index].id: place for place, (index, _) in enumerate(touching)}
    place = len(touching) - 1
    while place >= 0:
        index, text = touching[place]
        operation = operations[index]
        if operation.kind == "edit" and index > 0:
            rework.edited = True
            place -= 1
            continue

        undone = operation.undoes
        if operation.kind == "undo" and undone is not None and index > 0 and undone >= operations[0].id:
            # both are as if they had not been, but for the edits between them, which it kept
            first = _first_from(operations, touching, undone)
            between = range(places.get(undone, first - 1) + 1, place)
            rework.edited |= any(operations[touching[at][0]].kind == "edit" for at in between)
            place = first - 1
            continue

        before = At(index, text)
        if rework.edited:
            # an operation that something came after, as an edit did
            after_index, after_text = touching[place + 1]
            rework.merges.append((At(after_index, after_text), before))
        else:
            rework.start = before
        place -= 1
    return rework


def _first_from(operations: Sequence[Done], touching: Sequence[tuple[int, Text]], first: Id) -> int:
    """The place of the first operation on the clone that is this one or came after it."""
    return next(place for place, (index, _) in enumerate(touching) if operations[index].id >= first)
