"""Pointers of the keyed view: read, and put."""

from typing import Any

import pytest

from graft.merge import ABSENT, ListRule, NoSuchPlace, at, compile_lists, keyed, put

LISTS = compile_lists(
    {
        "/p": ListRule(key=("in", "name")),
        "/p/*/*/subs": ListRule(key=("id",)),
        "/i": ListRule(aligned=True),
        "/s": ListRule(set=True),
    }
)
TREE: Any = {
    "p": [{"in": "q", "name": "a/b", "subs": [{"id": "x", "n": 1}]}, {"in": "q", "name": ""}],
    "i": [{"url": 1}, 2],
    "s": [1],
    "w": [1],
    "": {"~": None},
}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", TREE),
        ("/", {"~": None}),
        ("//~0", None),
        ("/p/q/a~1b", TREE["p"][0]),
        ("/p/q/a~1b/subs/x/n", 1),
        ("/p/q/", TREE["p"][1]),
        ("/i/0/url", 1),
        ("/i/1", 2),
        ("/s", [1]),
    ],
)
def test_a_value_is_read_and_replaced_by_its_pointer(pointer: str, value: Any):
    assert at(TREE, pointer, LISTS) == value
    before = repr(TREE)
    changed = put(TREE, pointer, {"in": "q", "name": at(TREE, pointer + "/name", LISTS), "new": 1}, LISTS)
    assert at(changed, pointer, LISTS)["new"] == 1
    assert put(changed, pointer, value, LISTS) == TREE
    assert repr(TREE) == before


@pytest.mark.parametrize(
    "pointer", ["p", "/p/q", "/p/0", "/p/q/a", "/i/2", "/i/01", "/i/-1", "/i/x", "/s/0", "/w/0", "/p/q/a~1b/subs/x/n/y"]
)
def test_there_is_nothing_where_no_pointer_leads(pointer: str):
    assert at(TREE, pointer, LISTS) is ABSENT


def test_what_is_new_is_added_and_what_is_absent_is_taken_out():
    assert put({}, "/a", 1, LISTS) == {"a": 1}
    assert put(ABSENT, "", 1, LISTS) == 1
    assert put({"a": 1, "b": 2}, "/a", ABSENT, LISTS) == {"b": 2}
    assert put({"a": 1}, "/b", ABSENT, LISTS) == {"a": 1}
    item = {"in": "q", "name": "n"}
    assert put(TREE, "/p/q/n", item, LISTS)["p"] == [*TREE["p"], item]
    assert put(TREE, "/p/q/", ABSENT, LISTS)["p"] == TREE["p"][:1]
    assert put({"p": []}, "/p/q/n", item, LISTS) == {"p": [item]}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("a", 1),
        ("/new/x", 1),
        ("/i/2", 1),
        ("/i/0", ABSENT),
        ("/s/0", 1),
        ("/w/0", 1),
        ("/p/q", 1),
        ("/p/q/n", {"in": "q", "name": "m"}),
        ("/p/q/n", 1),
        ("/p/q/a~1b", {"in": "path", "name": "a/b"}),
    ],
)
def test_what_has_no_place_is_refused(pointer: str, value: Any):
    with pytest.raises(NoSuchPlace):
        put(TREE, pointer, value, LISTS)


@pytest.mark.parametrize(
    ("plain", "place"),
    [
        ("", ""),
        ("/p/0", "/p/q/a~1b"),
        ("/p/1/name", "/p/q//name"),
        ("/p/0/subs/0/n", "/p/q/a~1b/subs/x/n"),
        ("/i/1", "/i/1"),
        ("/", "/"),
        # into what is one value no pointer leads
        ("/s/0", "/s"),
        ("/w/0/x", "/w"),
        ("/p/2", "/p"),
        ("/p/x", "/p"),
    ],
)
def test_a_plain_pointer_has_its_place_in_the_view(plain: str, place: str):
    assert keyed(TREE, plain, LISTS) == place
