"""Diffs, and a merge told field by field."""

from typing import Any

import pytest

from graft import jsontext
from graft.merge import ABSENT, ListRule, alike, at, compile_lists, diff, fields, merge, put, same
from tests.merge import random_documents
from tests.merge.random_documents import Maker, law, own_answer, unordered

LISTS = compile_lists(
    {
        "/p": ListRule(key=("in", "name")),
        "/steps": ListRule(key=("id",), ordered=True),
        "/s": ListRule(set=True),
        "/i": ListRule(aligned=True),
    }
)


def differing(before: Any, after: Any) -> dict[str, tuple[Any, Any]]:
    return {one.pointer: (one.before, one.after) for one in diff(before, after, LISTS)}


def parameter(name: str, **more: Any) -> dict[str, Any]:
    return {"in": "q", "name": name, **more}


def steps(ids: str, **more: Any) -> Any:
    return {"steps": [{"id": one, **more} for one in ids]}


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (1, 1, {}),
        (1, True, {"": (1, True)}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, {}),
        ({"a": None}, {}, {"/a": (None, ABSENT)}),
        ({"a": {"b/": 1, "c": 1}}, {"a": {"b/": 2, "c": 1}}, {"/a/b~1": (1, 2)}),
        ({}, {"a": {"b": 1}}, {"/a": (ABSENT, {"b": 1})}),
        ({"p": [parameter("a", x=1)]}, {"p": [parameter("b"), parameter("a", x=2)]},
         {"/p/q/a/x": (1, 2), "/p/q/b": (ABSENT, parameter("b"))}),
        # of lists without an order, one that differs in nothing else is named
        ({"p": [parameter("a"), parameter("b")]}, {"p": [parameter("b"), parameter("a")]},
         {"/p": ([parameter("a"), parameter("b")], [parameter("b"), parameter("a")])}),
        ({"p": [parameter("a"), parameter("b")]}, {"p": [parameter("b"), parameter("a", x=1)]},
         {"/p/q/a/x": (ABSENT, 1)}),
        ({"p": [parameter("a")]}, {"p": [parameter("a"), 1]}, {"/p": ([parameter("a")], [parameter("a"), 1])}),
        ({"p": [parameter("a")]}, {}, {"/p": ([parameter("a")], ABSENT)}),
        # and of those with one, one in another order
        (steps("ab"), steps("ba", n=1), {"/steps": (steps("ab")["steps"], steps("ba", n=1)["steps"])}),
        (steps("ab"), steps("axb"), {"/steps/x": (ABSENT, {"id": "x"})}),
        ({"s": [1, 2]}, {"s": [1]}, {"/s": ([1, 2], [1])}),
        ({"i": [{"u": 1}, 2]}, {"i": [{"u": 2}, 2]}, {"/i/0/u": (1, 2)}),
        ({"i": [1, 2]}, {"i": [2, 1]}, {"/i": ([1, 2], [2, 1])}),
        ({"i": [1, 2]}, {"i": [1]}, {"/i": ([1, 2], [1])}),
        ({"w": [{"a": 1}]}, {"w": [{"a": 2}]}, {"/w": ([{"a": 1}], [{"a": 2}])}),
    ],
)  # fmt: skip
def test_a_diff_names_the_places_that_differ(before: Any, after: Any, found: dict[str, tuple[Any, Any]]):
    assert differing(before, after) == found
    assert differing(after, before) == {pointer: (new, old) for pointer, (old, new) in found.items()}
    assert [*differing(before, after)] == sorted(found)


def by(base: Any, current: Any, target: Any, **more: Any) -> dict[str, str]:
    resolutions = more.pop("resolutions", {})
    held = more.get("held", [])
    merged = merge(base, current, target, LISTS, held, resolutions)
    conflicts = [one.pointer for one in merged.conflicts]
    shown = fields(base, current, target, merged.value, LISTS, conflicts=conflicts, resolved=[*resolutions], **more)
    return {one.pointer: one.by for one in shown}


def test_a_field_says_whose_change_the_result_has():
    base: Any = {
        "same": 1,
        "theirs": 1,
        "mine": 1,
        "both": 1,
        "s": [1],
        "clash": 1,
        "answered": 1,
        "held": 1,
        "gone": 1,
    }
    current: Any = base | {"mine": 2, "both": 2, "s": [1, 2], "clash": 2, "answered": 2, "held": 2}
    target: Any = base | {"theirs": 3, "both": 2, "s": [1, 3], "clash": 3, "answered": 3, "held": 3}
    del target["gone"]
    assert by(base, current, target, held=["/held"], resolutions={"/answered": "theirs"}) == {
        "/answered": "resolved", "/both": "both", "/clash": "conflict", "/gone": "theirs", "/held": "held",
        "/mine": "mine", "/s": "both", "/theirs": "theirs",
    }  # fmt: skip


def test_a_field_has_what_each_side_has_there():
    [shown] = fields({"p": []}, {"p": []}, {"p": [parameter("a")]}, {"p": [parameter("a")]}, LISTS)
    assert (shown.pointer, shown.base, shown.current) == ("/p/q/a", ABSENT, ABSENT)
    assert shown.target == shown.result == parameter("a")


def test_what_follows_a_variable_is_told_so():
    now, current = {"url": "new", "text": "x"}, {"url": "old", "text": "mine"}
    [text, url] = fields(now, current, now, {"url": "new", "text": "mine"}, LISTS)
    assert [(text.pointer, text.by), (url.pointer, url.by)] == [("/text", "mine"), ("/url", "variables")]


def test_a_number_that_is_written_otherwise_is_nobodys_change():
    one = jsontext.decode("1.0")
    assert by({"a": one, "b": one}, {"a": 1, "b": 2}, {"a": 2, "b": 1}) == {"/a": "theirs", "/b": "mine"}


def test_a_conflict_is_told_at_its_place_whatever_is_around_it():
    # the order differs, which would else be told of the whole list
    assert by(steps("ab", n=1), steps("ba", n=2), steps("ab", n=3)) == {
        "/steps/a/n": "conflict",
        "/steps/b/n": "conflict",
    }
    # a list that both added
    assert by({}, {"p": [parameter("a", x=1)]}, {"p": [parameter("a", x=2), parameter("b")]}) == {
        "/p/q/a": "conflict",
        "/p/q/b": "theirs",
    }
    # objects that are one value, because one of them was answered as a whole
    lost = by({"o": {"a": {"x": 1}}}, {"o": {"a": {"x": 2}, "b": 1}}, {"o": {}}, held=["/o/a/x"])
    assert lost == {"/o": "conflict"}


@pytest.mark.slow
@law
def test_a_diff_is_what_makes_one_document_of_the_other(maker: Maker):
    before, after, _ = maker.triple()
    lists = random_documents.LISTS
    found = diff(before, after, lists)
    assert bool(found) == (jsontext.canonical(before) != jsontext.canonical(after))
    assert [one.pointer for one in found] == sorted({one.pointer for one in found})
    made = before
    for one in found:
        assert at(before, one.pointer, lists) == one.before
        assert at(after, one.pointer, lists) == one.after
        made = put(made, one.pointer, one.after, lists)
    # a new item has its key, and no place between others
    assert unordered(made, "steps") == unordered(after, "steps")


@pytest.mark.slow
@law
def test_the_fields_of_a_merge_tell_all_of_it(maker: Maker):
    base, current, target = maker.triple()
    lists = random_documents.LISTS
    conflicts = merge(base, current, target, lists).conflicts
    answers = {one.pointer: own_answer(one) for one in conflicts if maker.choice.random() < 0.5}
    merged = merge(base, current, target, lists, resolutions=answers)
    open_ = [one.pointer for one in merged.conflicts]
    made = current
    told: dict[str, str] = {}
    for one in fields(base, current, target, merged.value, lists, conflicts=open_, resolved=[*answers]):
        told[one.pointer] = one.by
        if one.by in ("mine", "conflict"):
            assert same(one.result, one.current) or alike(one.result, one.current)
        if one.by == "theirs":
            assert same(one.result, one.target) or alike(one.result, one.target)
        if one.by == "resolved":
            assert one.result == answers[one.pointer].value
        made = put(made, one.pointer, one.result, lists) if one.pointer else one.result
    assert {pointer for pointer, how in told.items() if how == "conflict"} == {*open_}
    assert {pointer for pointer, how in told.items() if how == "resolved"} == {*answers}
    assert unordered(made, "steps") == unordered(merged.value, "steps")
