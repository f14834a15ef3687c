"""The two-step merge of one clone's text: what the workspace wrote, what variables moved, what the author changed."""

from typing import Any

import pytest

from graft.merge import UnknownConflict, Value, compile_lists
from graft.upgrades.merge_texts import Sides, fields_of, merge_texts

LISTS = compile_lists({})


def texts(then: Any, current: Any, now: Any, target: Any) -> Sides:
    return Sides(then, current, now, target)


def test_a_variable_reaches_what_the_workspace_did_not_write_and_is_no_conflict():
    sides = texts({"v": "a", "w": "a", "x": 1}, {"v": "mine", "w": "a", "x": 1}, {"v": "b", "w": "b", "x": 1},
                  {"v": "b", "w": "b", "x": 2})  # fmt: skip
    merged = merge_texts(sides, LISTS)
    assert (merged.value, merged.clashes) == ({"v": "mine", "w": "b", "x": 2}, [])
    by = {field.pointer: field.by for field in fields_of(sides, merged, LISTS)}
    assert by == {"/v": "mine", "/w": "variables", "/x": "theirs"}


def test_what_both_changed_is_a_conflict_against_the_present_base():
    sides = texts({"v": "a"}, {"v": "mine"}, {"v": "b"}, {"v": "new b"})
    [clash] = merge_texts(sides, LISTS).clashes
    assert (clash.pointer, clash.kind, clash.base, clash.current, clash.target) == (
        "/v", "both-changed", "b", "mine", "new b",
    )  # fmt: skip


@pytest.mark.parametrize(("answer", "value"), [("mine", 2), ("theirs", 3), (Value(4), 4)])
def test_a_conflict_is_decided_by_either_side_or_a_value(answer: Any, value: int):
    merged = merge_texts(texts({"v": 1}, {"v": 2}, {"v": 1}, {"v": 3}), LISTS, resolutions={"/v": answer})
    assert (merged.value, merged.clashes, merged.resolved) == ({"v": value}, [], ["/v"])


def test_an_answer_to_no_conflict_is_named():
    sides = texts({"v": 1, "w": 1}, {"v": 2, "w": 1}, {"v": 1, "w": 1}, {"v": 3, "w": 2})
    for answers in ({"/w": "mine"}, {"/v": "mine", "/w": "mine"}):
        with pytest.raises(UnknownConflict) as refused:
            merge_texts(sides, LISTS, resolutions=answers)  # type: ignore[arg-type]
        assert refused.value.pointers == ("/w",)


def test_what_may_not_be_stored_is_a_conflict_that_is_decided_like_any_other():
    def check(value: Any) -> list[str]:
        return [] if value["v"] < value["w"] else ["/v"]

    sides = texts({"v": 1, "w": 5}, {"v": 4, "w": 5}, {"v": 1, "w": 5}, {"v": 1, "w": 3})
    merged = merge_texts(sides, LISTS, check=check)
    assert [(clash.pointer, clash.kind, clash.current, clash.target) for clash in merged.clashes] == [
        ("/v", "invalid", 4, 1)
    ]
    assert merge_texts(sides, LISTS, resolutions={"/v": "theirs"}, check=check).value == {"v": 1, "w": 3}
    still = merge_texts(sides, LISTS, resolutions={"/v": Value(9)}, check=check)
    assert [clash.kind for clash in still.clashes] == ["invalid"]


def test_what_is_checked_is_a_result_without_other_conflicts():
    asked: list[Any] = []
    merge_texts(texts({"v": 1}, {"v": 2}, {"v": 1}, {"v": 3}), LISTS, check=lambda value: asked.append(value) or [])
    assert asked == []


def test_what_is_held_stays_whatever_variables_and_the_author_do():
    sides = texts({"v": "a", "x": 1}, {"v": "a", "x": 1}, {"v": "b", "x": 1}, {"v": "c", "x": 2})
    merged = merge_texts(sides, LISTS, held=["/v"])
    assert (merged.value, merged.clashes) == ({"v": "a", "x": 2}, [])
