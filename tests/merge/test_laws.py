"""The laws of the merge, on random documents with lists of every kind."""

from collections.abc import Mapping
from typing import Any

import pytest

from graft import jsontext
from graft.merge import (
    ABSENT,
    Conflict,
    Merged,
    Resolution,
    UnknownConflict,
    at,
    lists_with_twins,
    merge,
    path_problem,
    without_inner,
)
from tests.merge.edits import around, disjoint, places_to_hold
from tests.merge.random_documents import LISTS, Maker, law, own_answer, unordered

pytestmark = pytest.mark.slow

SWAPPED_KINDS = {"deleted-and-changed": "changed-and-deleted", "changed-and-deleted": "deleted-and-changed"}
SWAPPED_ANSWERS: Mapping[str, Resolution] = {"mine": "theirs", "theirs": "mine"}


def text(value: Any) -> bytes | None:
    return None if value is ABSENT else jsontext.canonical(value)


def told(conflicts: list[Conflict]) -> list[Any]:
    return [(one.pointer, one.kind, text(one.base), text(one.current), text(one.target)) for one in conflicts]


def _is_within(pointer: str, outer: str) -> bool:
    return pointer == outer or pointer.startswith(outer + "/")


def answers(maker: Maker, merged: Merged) -> dict[str, Resolution]:
    sides: list[Resolution] = ["mine", "theirs", "theirs"]
    return {conflict.pointer: maker.choice.choice([*sides, own_answer(conflict)]) for conflict in merged.conflicts}


@law
def test_what_one_side_left_alone_is_the_other_byte_for_byte(maker: Maker):
    base, current, target = maker.triple()
    for side in (current, target):
        if text(side) != text(base):
            assert jsontext.encode(merge(base, side, base, LISTS).value) == jsontext.encode(side)
            assert jsontext.encode(merge(base, base, side, LISTS).value) == jsontext.encode(side)
        assert merge(base, side, side, LISTS) == Merged(side, [])
        assert merge(ABSENT, side, ABSENT, LISTS) == merge(ABSENT, ABSENT, side, LISTS) == Merged(side, [])
        assert merge(side, side, ABSENT, LISTS) == merge(side, ABSENT, side, LISTS) == Merged(ABSENT, [])


@law
def test_swapped_sides_make_the_same_merge(maker: Maker):
    base, current, target = maker.triple()
    merged, swapped = merge(base, current, target, LISTS), merge(base, target, current, LISTS)
    expected = [
        Conflict(one.pointer, SWAPPED_KINDS.get(one.kind, one.kind), one.base, one.target, one.current)  # pyright: ignore[reportArgumentType]
        for one in swapped.conflicts
    ]
    assert told(merged.conflicts) == told(expected)

    chosen = answers(maker, merged)
    mirrored: dict[str, Resolution] = {
        pointer: SWAPPED_ANSWERS[answer] if isinstance(answer, str) else answer for pointer, answer in chosen.items()
    }
    one = merge(base, current, target, LISTS, resolutions=chosen)
    other = merge(base, target, current, LISTS, resolutions=mirrored)
    assert one.conflicts == other.conflicts == []
    assert text(one.value) == text(other.value)


@law
def test_the_order_of_keys_changes_nothing(maker: Maker):
    base, current, target = maker.triple()
    merged = merge(base, current, target, LISTS)
    shuffled = merge(maker.shuffled(base), maker.shuffled(current), maker.shuffled(target), LISTS)
    assert text(merged.value) == text(shuffled.value)
    assert told(merged.conflicts) == told(shuffled.conflicts)


@law
def test_conflicts_stand_in_order_at_places_of_their_own_where_current_is_left(maker: Maker):
    base, current, target = maker.triple()
    merged = merge(base, current, target, LISTS)
    pointers = [conflict.pointer for conflict in merged.conflicts]
    assert pointers == sorted(set(pointers))
    assert len(without_inner(pointers)) == len(pointers)
    for conflict in merged.conflicts:
        sides = [at(side, conflict.pointer, LISTS) for side in (base, current, target, merged.value)]
        assert [*map(text, sides)] == [*map(text, (conflict.base, conflict.current, conflict.target, conflict.current))]


@law
def test_answers_to_some_conflicts_leave_exactly_the_others(maker: Maker):
    base, current, target = maker.triple()
    merged = merge(base, current, target, LISTS)
    chosen = answers(maker, merged)
    some: dict[str, Resolution] = {pointer: answer for pointer, answer in chosen.items() if maker.choice.random() < 0.5}
    left = merge(base, current, target, LISTS, resolutions=some)
    assert told(left.conflicts) == [one for one in told(merged.conflicts) if one[0] not in some]

    mine = merge(base, current, target, LISTS, resolutions=dict.fromkeys(chosen, "mine"))
    assert mine.conflicts == []
    assert text(mine.value) == text(merged.value)
    with pytest.raises(UnknownConflict) as caught:
        merge(base, current, target, LISTS, resolutions={**chosen, "/no": "mine", "no": "theirs"})
    assert caught.value.pointers == ("/no", "no")


@law
def test_merging_again_changes_nothing(maker: Maker):
    base, current, target = maker.triple()
    merged = merge(base, current, target, LISTS)
    assert text(merge(target, merged.value, target, LISTS).value) == text(merged.value)
    if not merged.conflicts:
        again = merge(base, merged.value, target, LISTS)
        assert again.conflicts == []
        assert unordered(again.value) == unordered(merged.value)


@law
def test_what_is_held_stays_or_is_a_conflict_of_its_own(maker: Maker):
    base, current, target = maker.triple()
    held = without_inner(
        pointer for pointer in places_to_hold(maker, current) if path_problem(current, pointer, LISTS) is None
    )[:3]
    maker.note("held", held)
    merged = merge(base, current, target, LISTS, held)
    lost = [conflict.pointer for conflict in merged.conflicts if conflict.kind == "held"]
    others = [conflict.pointer for conflict in merged.conflicts if conflict.kind != "held"]
    for pointer in held:
        assert text(at(merged.value, pointer, LISTS)) == text(at(current, pointer, LISTS))
        assert not any(_is_within(other, pointer) for other in others)

    chosen: dict[str, Resolution] = dict.fromkeys(lost + others, "theirs")
    resolved = merge(base, current, target, LISTS, held, chosen)
    assert resolved.conflicts == []
    for pointer in held:
        # where the target has nothing around it, and the base had nothing, an answer to what is around it decides
        has_room = around(current, pointer) == around(target, pointer)
        if has_room and not any(_is_within(pointer, one) for one in lost):
            assert text(at(resolved.value, pointer, LISTS)) == text(at(current, pointer, LISTS))
    pointers = [conflict.pointer for conflict in merged.conflicts]
    assert len(without_inner(pointers)) == len(pointers)


@law
def test_a_list_of_the_result_holds_nothing_twice_that_no_side_does(maker: Maker):
    base, current, target = maker.triple()
    merged = merge(base, current, target, LISTS)
    twins = {pointer for side in (current, target) for pointer in lists_with_twins(side, LISTS)}
    assert twins.issuperset(lists_with_twins(merged.value, LISTS))


@law
def test_edits_that_touch_nothing_in_common_never_conflict(maker: Maker):
    base = maker.document()
    current, target, both = disjoint(maker, base)
    maker.note("base, current, target", [base, current, target])
    merged = merge(base, current, target, LISTS)
    assert merged.conflicts == []
    assert unordered(merged.value) == unordered(both)
