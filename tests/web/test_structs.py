"""From a JSON tree to a struct: every problem at once, each at its pointer."""

from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import UNSET, Meta, UnsetType

from graft.errors import Invalid
from graft.web.structs import from_parameters, to_struct

Short = Annotated[str, Meta(max_length=3)]


class Inner(msgspec.Struct, frozen=True, rename="camel"):
    some_flag: bool


class Outer(msgspec.Struct, frozen=True, rename="camel"):
    a_name: Short
    choice: Literal["x", "y"] = "x"
    inner: Inner | None = None
    inners: list[Inner] = []
    names: Annotated[list[Short], Meta(max_length=3)] | None = None
    document: dict[str, Any] = {}
    text: str | UnsetType | None = UNSET


class Query(msgspec.Struct, frozen=True, rename="camel"):
    at_least: int = 0
    draft: bool = False
    name: str | None = None


def _problems(tree: Any) -> set[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        to_struct(tree, Outer)
    return {(problem.pointer, problem.code) for problem in caught.value.problems}


def test_names_are_camel_case_outside_and_snake_case_inside():
    read = to_struct({"aName": "abc", "inner": {"someFlag": True}, "inners": [{"someFlag": False}]}, Outer)
    assert read == Outer("abc", inner=Inner(some_flag=True), inners=[Inner(some_flag=False)])


def test_every_problem_is_told_at_its_place():
    tree = {
        "a_name": "abc",
        "choice": "z",
        "inner": {"someFlag": 1, "other": 1},
        "inners": [{"someFlag": True}, {}, 5],
        "names": ["abc", "abcd", 5],
        "document": [],
        "text": 5,
    }
    assert _problems(tree) == {
        ("/a_name", "unknown-key"),
        ("/aName", "missing-key"),
        ("/choice", "unknown-value"),
        ("/inner/someFlag", "wrong-type"),
        ("/inner/other", "unknown-key"),
        ("/inners/1/someFlag", "missing-key"),
        ("/inners/2", "wrong-type"),
        ("/names/1", "too-long"),
        ("/names/2", "wrong-type"),
        ("/document", "wrong-type"),
        ("/text", "wrong-type"),
    }


@pytest.mark.parametrize("tree", [None, 1, "text", [], True])
def test_what_is_no_object_is_one_problem(tree: Any):
    assert _problems(tree) == {("", "wrong-type")}


@pytest.mark.parametrize("value", ["1", 1, "true", None])
def test_a_body_is_read_strictly(value: Any):
    assert _problems({"aName": "a", "inner": {"someFlag": value}}) == {("/inner/someFlag", "wrong-type")}


@pytest.mark.parametrize(
    ("bounds", "value", "code"),
    [
        (Annotated[int, Meta(ge=1)], 0, "out-of-range"),
        (Annotated[int, Meta(lt=1)], 1, "out-of-range"),
        (Annotated[float, Meta(le=1.5)], 2.5, "out-of-range"),
        (Annotated[str, Meta(min_length=2)], "a", "invalid-value"),
        (Annotated[str, Meta(pattern="^`int` <= a$")], "a", "invalid-value"),
        (Literal["a", "b"], "c, got `int`", "unknown-value"),
    ],
)
def test_what_is_out_of_its_bounds_is_told_by_the_code_of_all_bounds(bounds: Any, value: Any, code: str):
    kind = msgspec.defstruct("Bounded", [("it", bounds)])
    with pytest.raises(Invalid) as caught:
        to_struct({"it": value}, kind)
    assert [(problem.pointer, problem.code) for problem in caught.value.problems] == [("/it", code)]


def test_a_list_that_is_too_long_is_one_problem():
    assert _problems({"aName": "a", "names": ["a"] * 4}) == {("/names", "too-many")}


def test_null_and_absence_are_told_apart():
    assert to_struct({"aName": "a", "text": None}, Outer).text is None
    assert to_struct({"aName": "a"}, Outer).text is UNSET
    assert to_struct({"aName": "a", "names": None, "inner": None}, Outer).names is None


def test_parameters_are_text_and_named_without_a_pointer():
    assert from_parameters({"atLeast": "7", "draft": "true", "name": "1"}, Query) == Query(7, draft=True, name="1")
    with pytest.raises(Invalid) as caught:
        from_parameters({"atLeast": "x", "draft": "maybe", "other": ""}, Query)
    assert {(problem.pointer, problem.code) for problem in caught.value.problems} == {
        ("atLeast", "wrong-type"),
        ("draft", "wrong-type"),
        ("other", "unknown-parameter"),
    }


def test_a_key_in_the_other_spelling_is_told_the_right_one():
    with pytest.raises(Invalid) as caught:
        from_parameters({"at_least": "1", "ATLEAST": "1", "nothing": "1"}, Query)
    assert [problem.detail for problem in caught.value.problems] == [
        "There is no 'at_least' here. Did you mean 'atLeast'?",
        "There is no 'ATLEAST' here. Did you mean 'atLeast'?",
        "There is no 'nothing' here.",
    ]


class Worded(msgspec.Struct):
    slug: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}\Z")] = "a"
    name: str | None = None
    size: Annotated[int, Meta(ge=1)] = 1
    parts: list[str] = []
    on: bool = False


@pytest.mark.parametrize(
    ("tree", "detail"),
    [
        ({"slug": "A"}, "Expected text that matches ^[a-z0-9][a-z0-9-]{0,62}$."),
        ({"name": 1}, "Expected text or null, got a whole number."),
        ({"size": 0}, "Expected a whole number >= 1."),
        ({"size": "1"}, "Expected a whole number, got text."),
        ({"parts": {}}, "Expected a list, got an object."),
        ({"on": []}, "Expected true or false, got a list."),
    ],
)
def test_problems_are_told_in_the_words_of_json(tree: dict[str, Any], detail: str):
    with pytest.raises(Invalid) as caught:
        to_struct(tree, Worded)
    assert [problem.detail for problem in caught.value.problems] == [detail]
