"""Declarations of lists: which place each of them means, and which cannot be meant."""

import pytest

from graft.jsontext import steps
from graft.merge import ListRule, Lists, ListsError, compile_lists

KEY, OTHER, SET, ALIGNED = ListRule(key=("id",)), ListRule(key=("no",)), ListRule(set=True), ListRule(aligned=True)


def rule(lists: Lists, pointer: str) -> ListRule | None:
    spot = lists.root
    for name in steps(pointer):
        spot = spot.below(name)
    return spot.rule


@pytest.mark.parametrize(
    ("patterns", "pointer", "expected"),
    [
        ({"/a": KEY}, "/a", KEY),
        ({"/a": KEY}, "", None),
        ({"/a": KEY}, "/b", None),
        ({"/a": KEY}, "/a/a", None),
        ({"/a~1b/~0": KEY}, "/a~1b/~0", KEY),
        ({"/": KEY}, "/", KEY),
        ({"/a/*/b": KEY}, "/a/x/b", KEY),
        ({"/a/*/b": KEY}, "/a/b", None),
        ({"/a/*": KEY}, "/a/", KEY),
        ({"**/a": KEY}, "/a", KEY),
        ({"**/a": KEY}, "/x/a/a/y/a", KEY),
        ({"**/a": KEY}, "/a/x", None),
        ({"/**/a": KEY}, "/x/a", KEY),
        ({"**/a/*/b": KEY}, "/x/a/a/b", KEY),
        ({"**/a/*/b": KEY}, "/x/a/b", None),
        ({"**/*": KEY}, "/x/y", KEY),
        # the more exact one
        ({"**/a": KEY, "/a": SET}, "/a", SET),
        ({"/a": SET, "**/a": KEY}, "/x/a", KEY),
        ({"**/a": KEY, "/*": SET}, "/a", SET),
        ({"/*/b": KEY, "/a/*": SET}, "/a/b", SET),
        ({"/*/b": KEY, "/a/*": SET, "/a/b": ALIGNED}, "/a/b", ALIGNED),
        ({"**/b": KEY, "**/a/b": SET, "**/*": ALIGNED}, "/x/a/b", SET),
        ({"**/b": KEY, "**/*": ALIGNED}, "/x/b", KEY),
    ],
)
def test_a_place_has_the_rule_that_says_it_most_exactly(
    patterns: dict[str, ListRule], pointer: str, expected: ListRule | None
):
    assert rule(compile_lists(patterns), pointer) == expected
    assert rule(compile_lists(dict(reversed(patterns.items()))), pointer) == expected


@pytest.mark.parametrize(
    ("pattern", "declared", "told"),
    [
        ("a", KEY, "no JSON pointer"),
        ("", KEY, "no JSON pointer"),
        ("**", KEY, "no JSON pointer"),
        ("/**", KEY, "no JSON pointer"),
        ("/a/**", KEY, "at the beginning"),
        ("**/**/a", KEY, "at the beginning"),
        ("/a", ListRule(), "either a key"),
        ("/a", ListRule(key=("id",), set=True), "either a key"),
        ("/a", ListRule(set=True, aligned=True), "either a key"),
        ("/a", ListRule(set=True, ordered=True), "only a list with a key"),
        ("/a", ListRule(key=("",)), "no key of its elements"),
        ("/a", ListRule(key=("id", "id")), "twice"),
    ],
)
def test_what_cannot_be_meant_is_told(pattern: str, declared: ListRule, told: str):
    with pytest.raises(ListsError, match=told):
        compile_lists({pattern: declared})


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(ListsError) as caught:
        compile_lists({"a": ListRule(ordered=True), "/b": KEY, "/c/**": SET})
    assert str(caught.value).count("; ") == 3


def test_declarations_that_multiply_each_other_are_refused():
    with pytest.raises(ListsError, match="multiply"):
        compile_lists({"**/" + f"a/{'*/' * 12}b": KEY})
