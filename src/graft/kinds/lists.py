"""What a kind's lists forbid in a merged definition: an item that is there twice."""

from collections.abc import Iterator

from graft.errors import Problem
from graft.jsontext import Json
from graft.merge import Lists, lists_with_twins


def list_problems(tree: Json, lists: Lists) -> Iterator[Problem]:
    """A problem for each list in which two items are one by its declaration, at its pointer in the keyed view.

    For what was merged. A definition that was written so is let in: its lists are merged as wholes.
    """
    for pointer in lists_with_twins(tree, lists):
        yield Problem(pointer, "invalid-value", "No two items of this list may be the same by what tells them apart.")
