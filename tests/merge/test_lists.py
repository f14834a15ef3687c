"""How lists are merged: what stays, in which order, and when a list is read as a whole."""

from typing import Any

import pytest

from graft.merge import ABSENT, ListRule, UnknownConflict, Value, compile_lists, merge
from graft.merge.items import are_aligned
from graft.merge.order import arrange

KEYED = compile_lists({"/l": ListRule(key=("id",))})
ORDERED = compile_lists({"/l": ListRule(key=("id",), ordered=True)})
SETS = compile_lists({"/l": ListRule(set=True)})
ALIGNED = compile_lists({"/l": ListRule(aligned=True)})


def order(base: str, current: str, target: str, *, ordered: bool = False) -> str | None:
    keys = arrange(*([(letter,) for letter in side] for side in (base, current, target)), ordered=ordered)
    return None if keys is None else "".join(key for (key,) in keys)


@pytest.mark.parametrize(
    ("base", "current", "target", "merged", "in_order"),
    [
        ("abc", "abc", "abc", "abc", "abc"),
        # one side moved
        ("abc", "cab", "abc", "cab", "cab"),
        ("abc", "abc", "bac", "bac", "bac"),
        # both moved the same way, or in two ways
        ("abc", "cab", "cab", "cab", "cab"),
        ("abc", "cab", "bac", "abc", None),
        # what one side has goes behind what it stands behind there
        ("abc", "axbc", "abc", "axbc", "axbc"),
        ("abc", "xabc", "abcy", "xabcy", "xabcy"),
        ("abc", "axbc", "abyc", "axbyc", "axbyc"),
        ("abc", "axbc", "cab", "caxb", "caxb"),
        # both put some into one gap: the run whose first is less
        ("ab", "axyb", "awb", "awxyb", None),
        ("ab", "awb", "axyb", "awxyb", None),
        ("", "b", "a", "ab", None),
        # what one side took away is no addition of the other
        ("axb", "axb", "ayb", "axyb", "axyb"),
        ("axb", "ayb", "axb", "axyb", "axyb"),
        ("axyb", "axb", "ayb", "axyb", "axyb"),
        # both put in the same one, at one place or at two
        ("ab", "axb", "axb", "axb", "axb"),
        ("ab", "xab", "abx", "abx", None),
        ("ab", "abx", "xab", "abx", None),
        # one side moved, and both put in the same one at the same place
        ("ab", "bax", "axb", "bax", "bax"),
        ("ab", "axb", "bax", "bax", "bax"),
        ("ab", "bax", "abx", "bax", None),
        ("abc", "caxb", "cabx", "cabx", None),
    ],
)
def test_the_order_of_two_sides(base: str, current: str, target: str, merged: str, in_order: str | None):
    assert order(base, current, target) == order(base, target, current) == merged
    assert order(base, current, target, ordered=True) == order(base, target, current, ordered=True) == in_order


def items(text: str) -> Any:
    """`a1 b` → items with the ids a and b, the first with 1 for n."""
    return {"l": [{"id": part[0], **({"n": part[1:]} if part[1:] else {})} for part in text.split()]}


@pytest.mark.parametrize(
    ("base", "current", "target", "result"),
    [
        ("a1 b1", "a2 b1", "a1 b2", "a2 b2"),
        ("a1 b1", "b1", "a1 b1 c", "b1 c"),
        ("a1 b1", "b1 a1", "a1 b2", "b2 a1"),
        ("a b", "a", "b", ""),
        ("a", "x1", "a", "x1"),
        ("", "", "a", "a"),
    ],
)
def test_items_with_a_key_are_merged_one_by_one(base: str, current: str, target: str, result: str):
    for lists in (KEYED, ORDERED):
        assert merge(items(base), items(current), items(target), lists).value == items(result)


def test_a_conflict_inside_of_an_item_is_told_by_its_key():
    merged = merge(items("a1 b1"), items("a2 b1"), items("b2 a3"), KEYED)
    assert [(one.pointer, one.kind) for one in merged.conflicts] == [("/l/a/n", "both-changed")]
    assert merged.value == items("b2 a2")
    [gone] = merge(items("a1 b1"), items("b1"), items("a2 b1"), KEYED).conflicts
    assert (gone.pointer, gone.kind, gone.current) == ("/l/a", "deleted-and-changed", ABSENT)


def test_a_conflict_of_orders_is_the_whole_list():
    merged = merge(items("a1 b c"), items("c a2 b"), items("b a3 c"), ORDERED)
    [conflict] = merged.conflicts
    assert (conflict.pointer, conflict.kind, conflict.current) == ("/l", "order", items("c a2 b")["l"])
    assert merge(items("a1 b c"), items("c a2 b"), items("b a3 c"), ORDERED, resolutions={"/l": "theirs"}).value == (
        items("b a3 c")
    )


def test_answers_make_no_new_conflict_of_orders():
    base, current, target = map(items, ("a x1 b", "a x2 m b", "a b1"))
    [conflict] = merge(base, current, target, ORDERED).conflicts
    assert conflict.pointer == "/l/x"
    for answer, result in (("mine", "a x2 m b1"), ("theirs", "a m b1")):
        resolved = merge(base, current, target, ORDERED, resolutions={"/l/x": answer})  # pyright: ignore[reportArgumentType]
        assert (resolved.conflicts, resolved.value) == ([], items(result))


def test_an_answer_for_an_item_has_its_key():
    base, current, target = map(items, ("a1", "", "a2"))
    fits = merge(base, current, target, KEYED, resolutions={"/l/a": Value({"id": "a", "n": 9})})
    assert fits.value == {"l": [{"id": "a", "n": 9}]}
    for value in (7, {}, {"id": "b"}):
        with pytest.raises(UnknownConflict) as caught:
            merge(base, current, target, KEYED, resolutions={"/l/a": Value(value)})
        assert caught.value.pointers == ("/l/a",)


@pytest.mark.parametrize(
    "odd",
    [[{"id": "a"}, {"id": "a", "n": 1}], [{"n": 1}], [{"id": 1}], [{"id": None}], ["a"], [["id"]], [{"id": "a"}, None]],
)
def test_a_list_without_its_keys_on_some_side_is_a_whole(odd: list[Any]):
    one, other = items("a b")["l"], items("a c")["l"]
    for base, current, target in ((odd, one, other), (one, odd, other), (one, other, odd)):
        [conflict] = merge({"l": base}, {"l": current}, {"l": target}, KEYED).conflicts
        assert (conflict.pointer, conflict.kind) == ("/l", "both-changed")
    assert merge({"l": odd}, {"l": odd}, {"l": one}, KEYED).value == {"l": one}


@pytest.mark.parametrize(
    ("base", "current", "target", "result"),
    [
        ([1, 2], [2], [1, 2, 3], [2, 3]),
        ([1, 2], [2, 1], [1, 2, 3], [2, 3, 1]),
        ([1], [True], [1, "1"], ["1", True]),
        ([{"a": 1, "b": 2}], [{"b": 2, "a": 1}, 0], [{"a": 1, "b": 2}, 1], [{"b": 2, "a": 1}, 0, 1]),
        ([], [3, 1], [2], [2, 3, 1]),
        ([1], [2], [3], [2, 3]),
        ([1, 2], [2, 3], [2, 3], [2, 3]),
    ],
)
def test_a_set_has_what_was_added_and_lacks_what_was_taken(base: Any, current: Any, target: Any, result: Any):
    merged = merge({"l": base, "x": 1}, {"l": current, "x": 1}, {"l": target, "x": 2}, SETS)
    assert (merged.value, merged.conflicts) == ({"l": result, "x": 2}, [])
    assert [type(one) for one in merged.value["l"]] == [type(one) for one in result]


def test_a_set_with_an_item_twice_is_a_whole():
    for base, current, target in (([1, 1], [1], [2]), ([1], [1, 1], [2]), ([1], [2], [1, 1])):
        merged = merge({"l": base}, {"l": current}, {"l": target}, SETS)
        assert [one.kind for one in merged.conflicts] == ["both-changed"]


@pytest.mark.parametrize(
    ("base", "current", "target", "aligned"),
    [
        ("ab", "xb", "ay", True),
        ("ab", "ab", "ab", True),
        ("ab", "x", "ay", False),
        ("ab", "abx", "aby", False),
        ("ab", "ba", "ay", False),
        ("ab", "bx", "ay", False),
        ("ab", "xa", "ay", False),
        ("ab", "xb", "ya", False),
        # which of two that are one text is which?
        ("aa", "ax", "ya", False),
        ("", "", "", True),
    ],
)
def test_items_go_by_their_index_only_if_none_came_went_or_moved(base: str, current: str, target: str, aligned: bool):
    assert are_aligned(base, current, target) == aligned


def test_aligned_items_are_merged_one_by_one_or_the_list_is_a_whole():
    base: Any = {"l": [{"url": "a", "text": "A"}, {"url": "b"}]}
    current: Any = {"l": [{"url": "mine", "text": "A"}, {"url": "b"}]}
    target: Any = {"l": [{"url": "a", "text": "B"}, {"url": "c"}]}
    merged = merge(base, current, target, ALIGNED)
    assert merged.value == {"l": [{"url": "mine", "text": "B"}, {"url": "c"}]}
    clash = merge(base, current, {"l": [{"url": "theirs", "text": "A"}, {"url": "b"}]}, ALIGNED)
    assert [one.pointer for one in clash.conflicts] == ["/l/0/url"]
    longer = merge(base, current, {"l": [*target["l"], {"url": "d"}]}, ALIGNED)
    assert [(one.pointer, one.kind) for one in longer.conflicts] == [("/l", "both-changed")]
    added = merge({}, current, target, ALIGNED)
    assert [(one.pointer, one.kind) for one in added.conflicts] == [("/l", "both-added")]


def test_lists_inside_of_items_are_lists_as_well():
    lists = compile_lists(
        {"/p": ListRule(key=("in", "name")), "/p/*/*/e": ListRule(set=True), "**/all": ListRule(aligned=True)}
    )

    def document(*members: Any, kind: str = "x") -> Any:
        return {"p": [{"in": "q", "name": "n", "e": [*members], "all": [{"all": [{"kind": kind, "e": [*members]}]}]}]}

    merged = merge(document(1, 2), document(2), document(1, 2, 3, kind="y"), lists)
    assert merged.value["p"][0]["e"] == [2, 3]
    # the inner one is in no list that is declared
    assert [one.pointer for one in merged.conflicts] == ["/p/q/n/all/0/all/0/e"]
    assert merged.value["p"][0]["all"][0]["all"][0]["kind"] == "y"


def test_a_thousand_items_on_each_side_take_no_time_to_speak_of():
    base = {"l": [{"id": f"{number}", "n": 0} for number in range(3_000)]}
    current = {"l": [{"id": item["id"], "n": 1} for item in reversed(base["l"])]}
    target = {"l": [{"id": f"x{number}"} for number in range(3_000)] + [item | {"m": 1} for item in base["l"]]}
    merged = merge(base, current, target, KEYED)
    assert merged.conflicts == []
    assert len(merged.value["l"]) == 6_000
    assert all(item.get("n") == item.get("m") for item in merged.value["l"])


def test_a_member_that_both_sides_have_reads_as_in_current():
    merged = merge({"l": [1]}, {"l": [{"b": 1, "a": 2}]}, {"l": [{"a": 2, "b": 1}, 1, 3]}, SETS)
    assert list(merged.value["l"][0]) == ["b", "a"]
