"""Merge a clone's own text with what a version gives, in two steps: values and ids first, then the author. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from graft.ids import Id
from graft.jsontext import Json
from graft.merge import Lists, Merged, Resolution, merge, same


@dataclass(frozen=True, slots=True)
class Sides:
    """All that a clone's text is merged from, as trees.

    then: the base as it read when the text was written
    current: the text
    now: the base as it reads with the values and ids after the upgrade
    target: what the version gives, with the same
    """

    then: Json
    current: Json
    now: Json
    target: Json


def merge_sides(
    sides: Sides, lists: Lists, held: Sequence[str] = (), resolutions: Mapping[str, Resolution] | None = None
) -> Merged:
    """What the workspace changed of `then`, with what the author changed from `now` to `target`.

    The workspace's text comes to the present values and ids first, and wins where it wrote over one.
    """
    moved = moved_text(sides, lists, held)
    return merge(sides.now, moved, sides.target, lists, held, resolutions)


def moved_text(sides: Sides, lists: Lists, held: Sequence[str] = ()) -> Json:
    """The text with the present values and ids, where nobody wrote over them."""
    if same(sides.then, sides.now):
        return sides.current
    # where a conflict is left current stands, which is what wins here
    return merge(sides.then, sides.current, sides.now, lists, held).value


def present_ids(then: Mapping[str, Id], now: Mapping[str, Id], alive: Collection[Id]) -> dict[str, Id]:
    """Slug → id of what a base names: as it was while that row is there, else the row that answers for the slug now."""
    return {slug: found if found in alive else now.get(slug, found) for slug, found in then.items()}


def present_values(then: Mapping[str, Json], now: Mapping[str, Json], declared: Collection[str]) -> dict[str, Json]:
    """The values that a base reads with: the present ones, and those it had of variables that are no more."""
    gone = {name: value for name, value in then.items() if name not in declared}
    return {**gone, **now}
