"""The order of a merged list: what both sides agree on, what one of them moved, and what each has put in."""

from collections.abc import Collection, Iterable, Sequence
from typing import TypeVar

K = TypeVar("K", tuple[str, ...], bytes)


def arrange(base: Sequence[K], current: Sequence[K], target: Sequence[K], *, ordered: bool) -> list[K] | None:
    """All keys of `current` and `target` in the order of their merge, which is the same with the two swapped.

    None where the order has a meaning and both sides changed it: both moved items, or put new ones into one gap.
    """
    in_base, in_current, in_target = set(base), set(current), set(target)
    mine = [key for key in current if key in in_target]
    theirs = [key for key in target if key in in_current]
    spine = mine if mine == theirs else _spine(base, mine, theirs, ordered=ordered)
    if spine is None:
        return None

    in_spine = set(spine)
    my_runs, their_runs = _runs(current, in_spine), _runs(target, in_spine)
    result: list[K] = []
    for anchor in (None, *spine):
        if anchor is not None:
            result.append(anchor)
        one, other = my_runs.get(anchor, []), their_runs.get(anchor, [])
        if ordered and not in_base.issuperset(one) and not in_base.issuperset(other):
            return None
        if one and other and other[0] < one[0]:
            one, other = other, one
        result += one
        result += other
    return result


def _spine(base: Sequence[K], mine: list[K], theirs: list[K], *, ordered: bool) -> Sequence[K] | None:
    """The order of what both sides have, where they disagree on it."""
    known = set(mine).intersection(base)
    before = [key for key in base if key in known]
    my_order = [key for key in mine if key in known]
    their_order = [key for key in theirs if key in known]
    one_moved = my_order != their_order and before in (my_order, their_order)
    # what both have put in, each behind something else, has its order from nobody
    if one_moved and (not ordered or _runs(mine, known) == _runs(theirs, known)):
        return theirs if my_order == before else mine
    if ordered:
        return None

    # both moved, or both have put in the same at different places: a choice that does not ask which side is which
    kept = my_order if my_order == their_order else before
    runs = _runs(min(mine, theirs), known)
    return [key for anchor in (None, *kept) for key in _with(anchor, runs.get(anchor, []))]


def _with(anchor: K | None, run: Iterable[K]) -> list[K]:
    return [*run] if anchor is None else [anchor, *run]


def _runs(keys: Iterable[K], spine: Collection[K]) -> dict[K | None, list[K]]:
    """What stands between the keys of `spine`, by the one that it stands behind; None for the beginning."""
    runs: dict[K | None, list[K]] = {}
    anchor: K | None = None
    for key in keys:
        if key in spine:
            anchor = key
        else:
            runs.setdefault(anchor, []).append(key)
    return runs
