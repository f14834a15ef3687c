"""What is held stays as it is, and what stands beside it goes on."""

from typing import Any

import pytest

from graft.merge import ABSENT, ListRule, UnknownConflict, Value, compile_lists, merge, path_problem, without_inner

LISTS = compile_lists(
    {"/p": ListRule(key=("in", "name")), "/steps": ListRule(key=("id",), ordered=True), "/i": ListRule(aligned=True)}
)


def parameter(name: str, **fields: Any) -> dict[str, Any]:
    return {"in": "query", "name": name, **fields}


def test_a_held_value_stays_and_what_is_beside_it_moves_on():
    base: Any = {"p": [parameter("a", max=1, text="x")], "o": {"s": 1, "t": 1}}
    current: Any = {"p": [parameter("a", max=5, text="x")], "o": {"s": 1, "t": 1}}
    target: Any = {"p": [parameter("a", max=9, text="y")], "o": {"s": 2, "t": 2}}
    merged = merge(base, current, target, LISTS, held=["/p/query/a/max", "/o/s"])
    assert merged.conflicts == []
    assert merged.value == {"p": [parameter("a", max=5, text="y")], "o": {"s": 1, "t": 2}}


def test_a_place_that_is_held_empty_stays_empty():
    base: Any = {"p": [parameter("a")], "o": {}}
    target: Any = {"p": [parameter("a", max=9), parameter("b")], "o": {"x": 1, "y": 1}}
    merged = merge(base, base, target, LISTS, held=["/p/query/a/max", "/p/query/b", "/o/x"])
    assert (merged.value, merged.conflicts) == ({"p": [parameter("a")], "o": {"y": 1}}, [])


def test_a_held_item_is_kept_where_it_stood_though_the_author_removed_it():
    base: Any = {"steps": [{"id": one} for one in "abc"]}
    current: Any = {"steps": [{"id": "a"}, {"id": "b", "n": 1}, {"id": "c"}]}
    target: Any = {"steps": [{"id": "a", "n": 2}, {"id": "c"}]}
    merged = merge(base, current, target, LISTS, held=["/steps/b"])
    assert merged.conflicts == []
    assert merged.value == {"steps": [{"id": "a", "n": 2}, {"id": "b", "n": 1}, {"id": "c"}]}
    assert [one.pointer for one in merge(base, current, target, LISTS).conflicts] == ["/steps/b"]


@pytest.mark.parametrize(
    ("held", "target", "place"),
    [
        # the nearest place that all three have
        ("/o/s/t", {"o": {}}, "/o"),
        ("/o/s/t", {"o": {"s": 5}}, "/o/s"),
        ("/o/s/t", {}, ""),
        ("/p/query/a/x", {"o": {"s": {"t": 1}}, "p": []}, "/p"),
        ("/p/query/a/x", {"o": {"s": {"t": 1}}, "p": [1]}, "/p"),
        # the same names lead another way
        ("/p/query/a/x", {"o": {"s": {"t": 1}}, "p": {"query": {"a": {"x": 1}}}}, "/p"),
    ],
)
def test_where_the_author_took_away_what_stands_around_it_a_person_decides(held: str, target: Any, place: str):
    base: Any = {"o": {"s": {"t": 1}}, "p": [parameter("a", x=1)]}
    current: Any = {"o": {"s": {"t": 2}, "new": 1}, "p": [parameter("a", x=2)]}
    merged = merge(base, current, target, LISTS, held=[held])
    [conflict] = [one for one in merged.conflicts if one.kind == "held"]
    assert conflict.pointer == place
    answers: Any = {one.pointer: "mine" for one in merged.conflicts}
    assert merge(base, current, target, LISTS, [held], answers).value == merged.value

    gone = merge(base, current, target, LISTS, [held], answers | {place: "theirs"})
    assert (gone.conflicts, conflict.target) == ([], _at(gone.value, place))
    other = merge(base, current, target, LISTS, [held], answers | {place: Value(7)})
    assert _at(other.value, place) == 7


def _at(tree: Any, place: str) -> Any:
    for name in place.split("/")[1:]:
        tree = tree[name]
    return tree


def test_nothing_is_asked_where_the_author_never_had_what_stands_around_it():
    current: Any = {"o": {"mine": {"t": 2}}}
    merged = merge({"o": {}}, current, {"o": {"x": 1}}, LISTS, held=["/o/mine/t"])
    assert (merged.value, merged.conflicts) == ({"o": {"mine": {"t": 2}, "x": 1}}, [])


def test_an_index_is_held_only_while_it_is_the_same_item_on_all_sides():
    base: Any = {"i": [{"url": "a", "text": "A"}]}
    current: Any = {"i": [{"url": "mine", "text": "A"}]}
    same: Any = {"i": [{"url": "b", "text": "B"}]}
    merged = merge(base, current, same, LISTS, held=["/i/0/url"])
    assert (merged.value, merged.conflicts) == ({"i": [{"url": "mine", "text": "B"}]}, [])

    longer: Any = {"i": [{"url": "first"}, {"url": "a", "text": "A"}]}
    [conflict] = merge(base, current, longer, LISTS, held=["/i/0/url"]).conflicts
    assert (conflict.pointer, conflict.kind) == ("/i", "held")
    # the author changed nothing, so nobody is asked
    assert merge(base, {"i": [*current["i"], 1]}, base, LISTS, held=["/i/0/url"]).conflicts == []
    assert merge(base, {}, {"i": [*base["i"], 1]}, LISTS, held=["/i/0"]).conflicts[0].kind == "held"


def test_a_hold_inside_of_another_says_nothing_more():
    assert without_inner(["/a/b", "/a", "/ab", "/a/b/c", "/c~1d/e", "/c~1d"]) == ["/a", "/ab", "/c~1d"]
    current: Any = {"a": {"b": 2, "c": 2}}
    merged = merge({"a": {"b": 1, "c": 1}}, current, {"a": {"b": 3, "c": 3}}, LISTS, held=["/a/b", "/a"])
    assert (merged.value, merged.conflicts) == (current, [])


def test_a_hold_in_a_list_that_is_no_list_any_more_is_passed_over():
    current: Any = {"p": [parameter("a", x=1), 5]}
    [conflict] = merge({"p": []}, current, {"p": [parameter("a", x=2)]}, LISTS, held=["/p/query/a/x"]).conflicts
    assert (conflict.pointer, conflict.target) == ("/p", [parameter("a", x=2)])


@pytest.mark.parametrize(
    ("pointer", "told"),
    [
        ("/p/query/a", None),
        ("/p/query/new", None),
        ("/p/query/a/x", None),
        ("/p/query/a/new", None),
        ("/o", None),
        ("/new", None),
        ("/i/0", None),
        ("/w", None),
        ("", "whole"),
        ("o", "no JSON pointer"),
        ("/p/query", "half the key"),
        ("/p/query/a/in", "part of the key"),
        ("/p/query/a/name", "part of the key"),
        ("/p/query/new/x", "stands in nothing"),
        ("/new/x", "stands in nothing"),
        ("/o/x", "stands in nothing"),
        ("/i/1", "stands in nothing"),
        ("/i/00", "stands in nothing"),
        ("/w/0", "read as a whole"),
    ],
)
def test_what_can_be_held(pointer: str, told: str | None):
    tree: Any = {"p": [parameter("a", x=1)], "o": 1, "i": [{}], "w": [1]}
    problem = path_problem(tree, pointer, LISTS)
    assert problem is None if told is None else told in (problem or "")


def test_a_side_that_is_not_there_has_nothing_to_hold():
    assert merge({"a": 1}, {"a": 2}, ABSENT, LISTS, held=["/a"]).conflicts[0].kind == "held"
    assert merge(ABSENT, {"a": 2}, ABSENT, LISTS, held=["/a"]).value == {"a": 2}


def test_a_conflict_around_a_lost_hold_is_the_only_one():
    base: Any = {"steps": [{"id": "a", "x": {"y": 1}}, {"id": "b"}, {"id": "c"}]}
    current: Any = {"steps": [{"id": "c"}, {"id": "a", "x": {"y": 2}}, {"id": "b"}]}
    target: Any = {"steps": [{"id": "b"}, {"id": "a"}, {"id": "c"}]}
    merged = merge(base, current, target, LISTS, held=["/steps/a/x/y"])
    assert [(one.pointer, one.kind) for one in merged.conflicts] == [("/steps", "order")]
    assert merge(base, current, target, LISTS, ["/steps/a/x/y"], {"/steps": "mine"}).value == current


def test_an_answer_for_a_held_item_has_its_key():
    base: Any = {"p": [parameter("a", x={"y": 1})]}
    current: Any = {"p": [parameter("a", x={"y": 2})]}
    target: Any = {"p": [parameter("a", z=3)]}
    [conflict] = merge(base, current, target, LISTS, held=["/p/query/a/x/y"]).conflicts
    assert (conflict.pointer, conflict.kind) == ("/p/query/a", "held")
    fits = merge(base, current, target, LISTS, ["/p/query/a/x/y"], {"/p/query/a": Value(parameter("a", z=9))})
    assert fits.value == {"p": [parameter("a", z=9)]}
    with pytest.raises(UnknownConflict):
        merge(base, current, target, LISTS, ["/p/query/a/x/y"], {"/p/query/a": Value(7)})


def test_what_is_held_empty_goes_with_what_stands_around_it():
    # the author took it away: what is held there is empty anyway
    merged = merge({"o": {"s": {"t": 1}}}, {"o": {"s": {"t": 1}}}, {"o": {}}, LISTS, held=["/o/s/new"])
    assert (merged.value, merged.conflicts) == ({"o": {}}, [])
    # the workspace did: what the author changed there is nobody's business
    merged = merge({"o": {"t": 1}, "a": 1}, {"a": 1}, {"o": {"t": 2}, "a": 2}, LISTS, held=["/o/t"])
    assert (merged.value, merged.conflicts) == ({"a": 2}, [])
