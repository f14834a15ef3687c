"""Proposals for a text that two sides changed: only where their changes do not touch, and only of bounded texts."""

import pytest

from graft.merge import ABSENT, Conflict, compile_lists, merge
from graft.merge.words import suggestion


@pytest.mark.parametrize(
    ("base", "current", "target", "proposed"),
    [
        ("Lists all users.", "Lists all active users.", "Lists all users. Paged.", "Lists all active users. Paged."),
        ("a b c d", "x b c d", "a b c y", "x b c y"),
        ("a b c d", "b c d", "a b c", "b c"),
        ("a b c", "a b c", "a x c", "a x c"),
        ("a b c", "a x c", "a x c", "a x c"),
        ("a b c d e", "a x c d e", "a x c d y", "a x c d y"),
        # they touch each other, or are at one place
        ("a b c", "a x c", "a y c", None),
        ("a b", "a x b", "a y b", None),
        ("a b", "x b", "a x", "x x"),
        ("a.b", "x.b", "a!b", None),
        ("", "a", "b", None),
        ("one", "two", "three", None),
        # bounded
        ("a b c " * 333, "xyz " + "a b c " * 333, "a b c " * 333 + "y", None),
        ("a b c " * 300, "x " + "a b c " * 300, "a b c " * 300 + "y", "x " + "a b c " * 300 + "y"),
    ],
)
def test_a_proposal_has_both_changes(base: str, current: str, target: str, proposed: str | None):
    assert suggestion(base, current, target) == suggestion(base, target, current) == proposed


def test_a_text_with_nothing_in_common_is_compared_in_bounded_time():
    assert suggestion("a " * 900, "b " * 900, "a " * 900) == "b " * 900
    assert suggestion("a b " * 450, "b a " * 450, "a c " * 450) is None


def test_only_a_conflict_of_three_texts_has_one():
    [conflict] = merge("a b c", "x b c", "a b y", compile_lists({})).conflicts
    assert conflict.suggestion == "x b y"
    assert Conflict("", "both-added", ABSENT, "a", "b").suggestion is None
    assert Conflict("", "both-changed", [], ["a"], ["b"]).suggestion is None
