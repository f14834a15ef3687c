"""Merge the text of one edited clone with what a version gives, in two steps: pure.

The clone's text is literal, its base and its target are templates, so all sides are read as text. First the text is
brought to the present variables and ids, the workspace winning where it wrote itself; then it is merged with what the
author changed. So a variable that changed is no conflict, and no stale value stays behind.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from graft.ids import Id
from graft.jsontext import Json
from graft.merge import (
    ABSENT,
    Conflict,
    Field,
    Lists,
    NoSuchPlace,
    Resolution,
    UnknownConflict,
    Value,
    at,
    fields,
    merge,
    put,
    same,
    without_inner,
)

# What is wrong with a merged text: places of the keyed view.
Check = Callable[[Json], Iterable[str]]


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


@dataclass(frozen=True, slots=True)
class Clash:
    """A conflict that is left; its kind is one of the merge, or `invalid`: the result is none that may be stored."""

    pointer: str
    kind: str
    base: Json
    current: Json
    target: Json
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class MergedText:
    """The result, in which what is now stands where clashes are left. `resolved`: the pointers that were answered."""

    value: Json
    clashes: Sequence[Clash]
    resolved: Sequence[str] = ()


def merge_texts(
    sides: Sides,
    lists: Lists,
    held: Sequence[str] = (),
    resolutions: Mapping[str, Resolution] | None = None,
    check: Check = lambda _: (),
) -> MergedText:
    """`UnknownConflict` names the answers to which there is no conflict. `check` is asked once no other one is left."""
    now, target = sides.now, sides.target
    moved = moved_text(sides, lists, held)
    answers: dict[str, Resolution] = dict(resolutions or {})
    merged = merge(now, moved, target, lists, held)
    if answers:
        known = {conflict.pointer for conflict in merged.conflicts}
        mine: dict[str, Resolution] = {pointer: answer for pointer, answer in answers.items() if pointer in known}
        merged = merge(now, moved, target, lists, held, mine)
        answers = {pointer: answer for pointer, answer in answers.items() if pointer not in known}
    resolved = [pointer for pointer in resolutions or {} if pointer not in answers]
    if merged.conflicts:
        if answers:
            raise UnknownConflict(sorted(answers))
        return MergedText(merged.value, [_clash(conflict) for conflict in merged.conflicts], resolved)
    return _checked(merged.value, (now, moved, target), lists, answers, resolved, check)


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


def fields_of(sides: Sides, merged: MergedText, lists: Lists, held: Sequence[str] = ()) -> Iterator[Field]:
    """The places at which base, text, target or result differ. The base is that of now."""
    return fields(
        sides.now,
        sides.current,
        sides.target,
        merged.value,
        lists,
        conflicts=[clash.pointer for clash in merged.clashes],
        resolved=merged.resolved,
        held=held,
    )


def _checked(
    value: Json,
    sides: tuple[Json, Json, Json],
    lists: Lists,
    answers: Mapping[str, Resolution],
    resolved: list[str],
    check: Check,
) -> MergedText:
    """The result, if it may be stored as it is, or as it is with these answers to what is wrong with it."""
    wrong = _places(value, check)
    unknown = sorted(answers.keys() - set(wrong))
    if unknown:
        raise UnknownConflict(unknown)
    if answers:
        _, current, target = sides
        for pointer, answer in answers.items():
            value = _answered(value, pointer, answer, (current, target), lists)
        resolved = [*resolved, *answers]
        wrong = _places(value, check)
    clashes = [Clash(pointer, "invalid", *[at(side, pointer, lists) for side in sides]) for pointer in wrong]
    return MergedText(value, clashes, resolved)


def _places(value: Json, check: Check) -> list[str]:
    return without_inner(set(check(value)))


def _answered(value: Json, pointer: str, answer: Resolution, sides: tuple[Json, Json], lists: Lists) -> Json:
    if isinstance(answer, Value):
        wanted = answer.value
    else:
        wanted = at(sides[0] if answer == "mine" else sides[1], pointer, lists)
    if not pointer:
        # a definition is never absent
        return value if wanted is ABSENT else wanted
    try:
        return put(value, pointer, wanted, lists)
    except NoSuchPlace:
        return value


def _clash(found: Conflict) -> Clash:
    return Clash(found.pointer, found.kind, found.base, found.current, found.target, found.suggestion)
