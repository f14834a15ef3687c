"""A schema that is said to take all that another one takes does: what is uncertain is no."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft.manifest import Widening, compile_schema

STRING, NUMBER = {"type": "string"}, {"type": "number"}
WIDER: list[tuple[Any, Any]] = [
    (STRING, {}),
    (STRING, True),
    (False, STRING),
    (STRING, {"type": ["string", "null"]}),
    ({"type": "integer"}, NUMBER),
    ({"enum": ["a"]}, {"enum": ["a", "b"]}),
    ({"const": 1}, {"enum": [1, 2]}),
    ({"enum": ["a", "b"]}, STRING),
    ({"minimum": 2}, {"minimum": 1}),
    ({"exclusiveMinimum": 1}, {"minimum": 1}),
    ({"maximum": 1}, {"exclusiveMaximum": 2}),
    ({"multipleOf": 4}, {"multipleOf": 2}),
    ({"minLength": 2, "maxLength": 3}, {"minLength": 1, "maxLength": 4}),
    ({"pattern": "a"}, STRING | {"type": ["string", "number", "boolean", "null", "array", "object"]}),
    ({"required": ["a", "b"]}, {"required": ["a"]}),
    ({"properties": {"a": STRING}}, {"properties": {"a": {}}}),
    ({"properties": {"a": STRING}, "additionalProperties": False}, {"additionalProperties": STRING}),
    ({"items": STRING, "uniqueItems": True}, {"items": {}}),
    ({"anyOf": [STRING]}, {"anyOf": [NUMBER, STRING]}),
    ({"allOf": [STRING, {"minLength": 1}]}, {"allOf": [STRING]}),
    ({"oneOf": [STRING]}, {"oneOf": [STRING], "description": "new"}),
    ({"not": STRING}, {}),
    (STRING | {"description": "old", "default": "x"}, STRING | {"title": "new"}),
]
NARROWER: list[tuple[Any, Any]] = [
    ({}, STRING),
    (STRING, False),
    (NUMBER, {"type": "integer"}),
    (STRING, {"enum": ["a"]}),
    ({"enum": ["a", 1]}, STRING),
    ({}, {"minimum": 1}),
    ({"minimum": 1}, {"exclusiveMinimum": 1}),
    ({"multipleOf": 2}, {"multipleOf": 4}),
    ({"maxLength": 3}, {"maxLength": 2}),
    (STRING, STRING | {"pattern": "a"}),
    ({"pattern": "a"}, {"pattern": "b"}),
    (STRING, STRING | {"format": "email"}),
    ({"properties": {"a": {}}}, {"properties": {"a": {}}, "additionalProperties": False}),
    ({}, {"properties": {"a": STRING}}),
    ({"properties": {"a": {}}}, {"properties": {}, "additionalProperties": STRING}),
    ({"required": ["a"]}, {"required": ["a", "b"]}),
    ({"items": {}}, {"items": {}, "uniqueItems": True}),
    ({"anyOf": [STRING, NUMBER]}, {"anyOf": [STRING]}),
    ({"allOf": [STRING]}, {"allOf": [STRING, {"minLength": 1}]}),
    ({"oneOf": [STRING]}, {"oneOf": [STRING, {"minLength": 1}]}),
    ({"contains": STRING, "minContains": 0}, {"contains": STRING}),
]


@pytest.mark.parametrize(("before", "after"), WIDER)
def test_it_takes_all(before: Any, after: Any):
    assert Widening({}, {}).takes_all(before, after)
    assert Widening({}, {}).takes_all(before, before)
    assert Widening({}, {}).takes_all(after, after)


@pytest.mark.parametrize(("before", "after"), NARROWER)
def test_it_may_refuse(before: Any, after: Any):
    assert not Widening({}, {}).takes_all(before, after)


def _with(**definitions: Any) -> dict[str, Any]:
    return {"$defs": definitions}


def test_references_are_followed_also_in_circles():
    tree = {"properties": {"next": {"$ref": "#/$defs/tree"}, "value": STRING}}
    wide = {"properties": {"next": {"$ref": "#/$defs/tree"}, "value": {}}}
    named = {"$ref": "#/$defs/tree"}
    assert Widening(_with(tree=tree), _with(tree=wide)).takes_all(named, named)
    assert not Widening(_with(tree=wide), _with(tree=tree)).takes_all(named, named)
    assert Widening(_with(tree=STRING), {}).takes_all(named, STRING)
    assert Widening({}, _with(tree=STRING)).takes_all(STRING, named)
    assert not Widening({}, {}).takes_all(named, named)


def test_what_is_the_same_text_is_not_the_same_if_what_it_names_changed():
    one_of = {"oneOf": [{"$ref": "#/$defs/a"}]}
    assert Widening(_with(a=STRING), _with(a=STRING)).takes_all(one_of, one_of)
    assert not Widening(_with(a=STRING), _with(a=NUMBER)).takes_all(one_of, one_of)


def test_what_was_found_wrong_once_is_not_taken_for_proven():
    before, after = _with(a={"items": {"$ref": "#/$defs/a"}}), _with(a={"items": {"$ref": "#/$defs/a"}, "maxItems": 1})
    asked = Widening(before, after)
    assert not asked.takes_all({"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"})
    assert not asked.takes_all({"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"})


def test_what_is_deep_or_much_is_not_certain():
    chain = {f"d{at}": {"items": {"$ref": f"#/$defs/d{at + 1}"}} for at in range(3_000)} | {"d3000": STRING}
    asked = Widening(_with(**chain), _with(**chain))
    assert not asked.takes_all({"$ref": "#/$defs/d0"}, {"$ref": "#/$defs/d0"})
    assert asked.takes_all({"$ref": "#/$defs/d2990"}, {"$ref": "#/$defs/d2990"})


_SCALARS = st.sampled_from([None, True, False, 0, 1, 2, 3, "", "a", "ab", "abc"])
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=5,
)
_KEYWORDS: dict[str, st.SearchStrategy[Any]] = {
    "type": st.sampled_from(["string", "integer", "number", "object", "array", ["string", "null"], "boolean"]),
    "enum": st.lists(_SCALARS, min_size=1, max_size=3, unique_by=repr),
    "const": _SCALARS,
    "minimum": st.integers(0, 3),
    "exclusiveMaximum": st.integers(0, 3),
    "maximum": st.integers(0, 3),
    "multipleOf": st.integers(1, 3),
    "minLength": st.integers(0, 3),
    "maxLength": st.integers(0, 3),
    "maxItems": st.integers(0, 3),
    "uniqueItems": st.booleans(),
    "pattern": st.sampled_from(["^a", "b$"]),
    "required": st.lists(st.sampled_from("ab"), max_size=2, unique=True),
}
_SCHEMAS = st.recursive(
    st.booleans() | st.fixed_dictionaries({}, optional=_KEYWORDS),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
            "additionalProperties": inner,
            "items": inner,
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "allOf": st.lists(inner, min_size=1, max_size=2),
            "not": inner,
            "required": _KEYWORDS["required"],
            "type": _KEYWORDS["type"],
        },
    ),
    max_leaves=4,
)


def _takes(schema: Any, value: Any) -> bool:
    return not [*compile_schema({"properties": {"v": schema}}).problems({"v": value})]


@settings(max_examples=600, deadline=None)
@given(_SCHEMAS, _SCHEMAS, st.lists(_VALUES, min_size=1, max_size=8))
def test_yes_is_never_wrong(before: Any, after: Any, values: list[Any]):
    if Widening({}, {}).takes_all(before, after):
        for value in values:
            assert not _takes(before, value) or _takes(after, value), value


@settings(max_examples=100, deadline=None)
@given(_SCHEMAS)
def test_every_schema_takes_what_it_takes(schema: Any):
    assert Widening({}, {}).takes_all(schema, schema)
