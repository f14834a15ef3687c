"""How a clone stands to its version once other places of it are held: pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graft.definitions.holds import differs_only_inside
from graft.errors import Problem
from graft.jsontext import Json, pointer
from graft.merge import Lists, path_problem
from graft.operations.before import DetachedBy, MemberImage


@dataclass(frozen=True, slots=True)
class Standing:
    """`writes`: it gets a text of its own, as what is held must not move; `follows`: it needs none any more."""

    detached_by: DetachedBy | None
    handed_back: bool = False
    writes: bool = False
    follows: bool = False


def standing_unwritten(held: Sequence[str]) -> Standing:
    """Of a clone without a text of its own."""
    return Standing(None, writes=bool(held))


def standing_written(member: MemberImage, text: Json, base: Json | None, lists: Lists, held: Sequence[str]) -> Standing:
    """Of a clone with the text `text`; `base`: what it was last given, as it read then.

    It is attached where it differs from that only in what is held, and detached as by an edit where it does not: so no
    edit is lost when a hold ends. One that the call detached, and one that was handed back, stays so.
    """
    was, handed_back = member.detached_by, bool(member.handed_back)
    if was == "call" or base is None:
        return Standing(was, handed_back)
    if differs_only_inside(base, text, lists, held):
        return Standing(None, follows=not held)
    return Standing(None, handed_back=True) if handed_back else Standing("edit")


def hold_problems(
    held: Sequence[str], before: Sequence[str], text: Json, lists: Lists, place: str
) -> Iterator[Problem]:
    """A problem for each pointer that is no place of the text that can be held; one that is held already may stay."""
    known = set(before)
    for at, path in enumerate(held):
        wrong = None if path in known else path_problem(text, path, lists)
        if wrong is not None:
            yield Problem(f"{place}{pointer('heldPaths', at)}", "invalid-hold", f"{path[:200]!r} {wrong}.")
