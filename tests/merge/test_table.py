"""What two changes of one place make of it, line by line."""

from decimal import Decimal
from typing import Any

import pytest

from graft import jsontext
from graft.merge import ABSENT, ListRule, Value, compile_lists, merge

NO_LISTS = compile_lists({})
SETS = compile_lists({"**/tags": ListRule(set=True), "**/keyed": ListRule(key=("id",))})
D = Decimal


def read(text: str) -> Any:
    return ABSENT if text == "" else jsontext.decode(text)


def written(value: Any) -> str:
    return "" if value is ABSENT else jsontext.encode(value).decode()


@pytest.mark.parametrize(
    ("base", "current", "target", "result"),
    [
        # one side alone changed it; absent is no null
        ("1", "1", "2", "2"),
        ("1", "2", "1", "2"),
        ("1", "1", "", ""),
        ("1", "", "1", ""),
        ("1", "1", "null", "null"),
        ("null", "null", "", ""),
        ("null", "", "null", ""),
        ("", "", "null", "null"),
        ("", "null", "", "null"),
        ("[1]", "[1]", "[2]", "[2]"),
        ("1", "1", "true", "true"),
        ("true", "1", "true", "1"),
        ("0", "0", "false", "false"),
        ('"1"', '"1"', "1", "1"),
        # both did the same
        ("1", "2", "2", "2"),
        ("1", "", "", ""),
        ("", "1", "1", "1"),
        ("", '{"a":1,"b":2}', '{"b":2,"a":1}', '{"a":1,"b":2}'),
        # a number that is only written otherwise is no change where there would be a conflict, and one where there is not
        ("1.0", "1", "2", "2"),
        ("1.0", "2", "1", "2"),
        ("1.0", "1", "", ""),
        ("1.0", "", "1", ""),
        ("1.0", "1.0", "1", "1"),
        ("[1.0]", "[1]", "[2]", "[2]"),
        ("1", "2", "2.0", "2"),
        ("1", "2.0", "2", "2"),
        ("", "2.00", "2.0", "2.0"),
        ("1", "1.0", "1.00", "1.0"),
        ("1", "1.00", "1.0", "1.0"),
        ("5", "1000", "1E3", "1000"),
        ("5", "1E3", "1000", "1000"),
        ("", '{"a":1.0}', '{"a":1}', '{"a":1}'),
        # objects by key, in current's order, then what the target alone has
        ('{"a":1,"b":1}', '{"b":1,"a":2}', '{"c":3,"a":1,"b":2}', '{"b":2,"a":2,"c":3}'),
        ('{"a":{"x":1,"y":1}}', '{"a":{"x":2,"y":1}}', '{"a":{"x":1}}', '{"a":{"x":2}}'),
        ('{"a":1,"b":1}', '{"b":1}', '{"a":1}', "{}"),
        ("{}", '{"":1}', '{"a":1}', '{"":1,"a":1}'),
        # a list that both added is one of no items before
        ("{}", '{"tags":["a","b"]}', '{"tags":["b","c"]}', '{"tags":["a","b","c"]}'),
        ("{}", '{"keyed":[{"id":"a"}]}', '{"keyed":[{"id":"b"}]}', '{"keyed":[{"id":"a"},{"id":"b"}]}'),
    ],
)
def test_a_clean_merge(base: str, current: str, target: str, result: str):
    merged = merge(read(base), read(current), read(target), SETS)
    assert merged.conflicts == []
    assert written(merged.value) == result


@pytest.mark.parametrize(
    ("base", "current", "target", "kind"),
    [
        ("1", "", "2", "deleted-and-changed"),
        ('{"a":1}', "", '{"a":2}', "deleted-and-changed"),
        ("null", "", "1", "deleted-and-changed"),
        ("1", "2", "", "changed-and-deleted"),
        ("1", "true", "", "changed-and-deleted"),
        ("1", "null", "", "changed-and-deleted"),
        ("", "1", "2", "both-added"),
        ("", "{}", "[]", "both-added"),
        ("", '{"a":1}', '{"b":1}', "both-added"),
        ("", "[1]", "[2]", "both-added"),
        ("", "null", "0", "both-added"),
        ("1", "true", "2", "type"),
        ("1", "2", '"2"', "type"),
        ("null", "1", "2", "type"),
        ("{}", "[]", '{"a":1}', "type"),
        ("[]", "null", "[1]", "type"),
        ("1", "2", "3", "both-changed"),
        ("1", "2.5", "3", "both-changed"),
        ('"a"', '"b"', '"c"', "both-changed"),
        ("[1]", "[2]", "[3]", "both-changed"),
        ('[{"a":1}]', '[{"a":2}]', '[{"a":1,"b":1}]', "both-changed"),
    ],
)
def test_a_conflict(base: str, current: str, target: str, kind: str):
    mine, theirs, before = read(current), read(target), read(base)
    merged = merge(before, mine, theirs, NO_LISTS)
    [conflict] = merged.conflicts
    assert (conflict.pointer, conflict.kind) == ("", kind)
    assert [*map(written, (conflict.base, conflict.current, conflict.target))] == [base, current, target]
    assert written(merged.value) == current

    for answer, side in (("mine", current), ("theirs", target)):
        resolved = merge(before, mine, theirs, NO_LISTS, resolutions={"": answer})  # pyright: ignore[reportArgumentType]
        assert (written(resolved.value), resolved.conflicts) == (side, [])
    assert merge(before, mine, theirs, NO_LISTS, resolutions={"": Value([0])}).value == [0]


def test_a_conflict_stands_where_the_sides_part():
    base: Any = {"a": {"b/c": {"d": 1, "e": 1}, "~": 1, "": 1}}
    current: Any = {"a": {"b/c": {"d": 2, "e": 1}, "~": 2, "": 2}}
    target: Any = {"a": {"b/c": {"d": 3, "e": 2}, "~": 3, "": 3}}
    merged = merge(base, current, target, NO_LISTS, resolutions={"/a/~0": "theirs"})
    assert [conflict.pointer for conflict in merged.conflicts] == ["/a/", "/a/b~1c/d"]
    assert merged.value == {"a": {"b/c": {"d": 2, "e": 2}, "~": 3, "": 2}}


def test_an_addition_inside_what_the_other_side_deleted_is_a_conflict_at_what_was_deleted():
    base: Any = {"o": {"p": {"x": 1}}, "q": 1}
    merged = merge(base, {"q": 1}, {"o": {"p": {"x": 1, "y": 2}}, "q": 1}, NO_LISTS)
    assert [(one.pointer, one.kind) for one in merged.conflicts] == [("/o", "deleted-and-changed")]


def test_what_is_nested_too_deep_to_be_walked_is_one_value():
    def nested(value: Any) -> Any:
        for _ in range(400):
            value = {"a": value, "b": 1}
        return value

    merged = merge(nested(1), nested(2), nested(3), NO_LISTS)
    [conflict] = merged.conflicts
    assert conflict.kind == "both-changed"
    assert 100 < conflict.pointer.count("/a") < 400
    assert merge(nested(1), nested(2), nested(1), NO_LISTS).value == nested(2)


def test_the_sides_are_left_as_they_were():
    lists = compile_lists({"/k": ListRule(key=("id",)), "/s": ListRule(set=True), "/i": ListRule(aligned=True)})
    texts = [
        '{"k":[{"id":"a","n":1}],"s":[1,2],"i":[{"x":1,"y":1}]}',
        '{"k":[{"id":"a","n":2},{"id":"b"}],"s":[1],"i":[{"x":2,"y":1}]}',
        '{"k":[{"id":"c"},{"id":"a","n":1}],"s":[2,3],"i":[{"x":1,"y":2}]}',
    ]
    base, current, target = map(read, texts)
    merged = merge(base, current, target, lists, held=["/k/a/n", "/new"], resolutions={})
    assert merged.conflicts == []
    assert [*map(written, (base, current, target))] == texts
