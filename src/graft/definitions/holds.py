"""Held places of a clone's text: whether all that differs from another text lies in them. Pure."""

from collections.abc import Sequence

from graft.jsontext import Json
from graft.merge import Lists, alike, diff


def differs_only_inside(before: Json, after: Json, lists: Lists, held: Sequence[str]) -> bool:
    """Whether two texts are the same but for places that are held, or that stand below one."""
    return all(_inside(found.pointer, held) or alike(found.before, found.after) for found in diff(before, after, lists))


def _inside(pointer: str, held: Sequence[str]) -> bool:
    return any(pointer == place or pointer.startswith(f"{place}/") for place in held)
