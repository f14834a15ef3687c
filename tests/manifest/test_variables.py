"""Values of an install: checked, completed, and laid out for rendering."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft.manifest import variables

SCHEMA = {
    "type": "object",
    "required": ["region", "limit"],
    "properties": {
        "region": {"$ref": "#/$defs/region"},
        "limit": {"type": "integer", "maximum": 2**70},
        "rate": {"type": "number", "default": Decimal("0.10")},
        "tags": {"type": "array", "items": {"type": "string"}},
        "note": {"type": ["string", "null"]},
    },
    "$defs": {"region": {"enum": ["eu", "us"], "default": "eu"}},
}


def found(problems):
    return [(problem.pointer, problem.code) for problem in problems]


@pytest.mark.parametrize(
    ("values", "problems"),
    [
        ({"region": "eu", "limit": 2**70}, []),
        ({"region": "eu", "limit": 2**70 + 1}, [("/limit", "out-of-range")]),
        ({}, [("/region", "missing-key"), ("/limit", "missing-key")]),
        (
            {"region": "mars", "limit": "1", "tags": ["a", 2]},
            [("/region", "unknown-value"), ("/limit", "wrong-type"), ("/tags/1", "wrong-type")],
        ),
        ({"region": "eu", "limit": 1, "regoin": "eu"}, [("/regoin", "unknown-variable")]),
        ({"region": "eu", "limit": 1, "a/b": 1}, [("/a~1b", "unknown-variable")]),
        ({"region": None, "limit": 1}, [("/region", "unknown-value")]),
        ({"region": "eu", "limit": Decimal("1.0"), "rate": Decimal("1E+400")}, []),
        ([], [("", "wrong-type")]),
        (None, [("", "wrong-type")]),
    ],
)
def test_values_are_checked_all_at_once(values, problems):
    assert not variables.lint(SCHEMA)
    assert sorted(found(variables.check_values(SCHEMA, values))) == sorted(problems)


@pytest.mark.parametrize("additional", [True, False, {"type": "string"}])
def test_an_undeclared_value_is_refused_once_whatever_the_schema_says(additional):
    schema = {"properties": {}, "additionalProperties": additional, "patternProperties": {"^x": True}}
    assert found(variables.check_values(schema, {"x": "1"})) == [("/x", "unknown-variable")]


def test_rules_between_variables_hold():
    schema = {"properties": {"a": True, "b": True}, "dependentRequired": {"a": ["b"]}}
    assert found(variables.check_values(schema, {"a": 1})) == [("/b", "missing-key")]
    assert found(variables.check_values(schema, {"a": 1, "b": 2})) == []


def test_values_too_large_for_their_schema_are_refused():
    schema = {"properties": {"a": {"allOf": [{"type": "string"}] * 200}}}
    assert not variables.lint(schema)
    assert found(variables.check_values(schema, {"a": "x" * 1_000_000})) == [("", "too-complex")]
    assert not variables.check_values(schema, {"a": "x" * 10_000})


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string"}, "x" * 1_000_000),
        ({"pattern": "^[a-z]+$"}, "x" * 1_000_000),
        (
            {"items": {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}},
            [{"id": 1, "name": "n"}] * 20_000,
        ),
        ({"items": {"type": "number"}}, [Decimal("0.123456789")] * 50_000),
    ],
)
def test_a_megabyte_in_an_ordinary_variable_is_checked(schema, value):
    assert not variables.check_values({"properties": {"a": schema}}, {"a": value})


@pytest.mark.parametrize(
    ("values", "problems"),
    [
        ({}, []),
        ({"region": "us"}, []),
        ({"region": "mars", "nope": 1}, [("/region", "unknown-value"), ("/nope", "unknown-variable")]),
        ({"tags": {}}, [("/tags", "wrong-type")]),
        (3, [("", "wrong-type")]),
    ],
)
def test_defaults_of_a_manifest_need_not_be_complete(values, problems):
    assert sorted(found(variables.check_partial(SCHEMA, values))) == sorted(problems)


def test_missing_ones_do_not_crowd_out_what_is_wrong_with_those_that_are_there():
    names = [f"v{place}" for place in range(300)]
    schema = {"properties": {name: {"type": "string"} for name in names}, "required": names}
    assert found(variables.check_partial(schema, {"v299": 1})) == [("/v299", "wrong-type")]


@pytest.mark.parametrize(
    ("defaults", "values", "filled"),
    [
        ({}, {}, {"region": "eu", "rate": Decimal("0.10")}),
        ({"region": "us", "limit": 5}, {}, {"region": "us", "limit": 5, "rate": Decimal("0.10")}),
        ({"region": "us"}, {"region": "eu", "rate": 1}, {"region": "eu", "rate": 1}),
        ({"note": "n"}, {"note": None}, {"note": None, "region": "eu", "rate": Decimal("0.10")}),
        ({"nobody": 1}, {"typo": 2}, {"typo": 2, "region": "eu", "rate": Decimal("0.10")}),
    ],
)
def test_values_come_before_the_manifest_and_the_manifest_before_the_schema(defaults, values, filled):
    assert variables.fill_defaults(SCHEMA, defaults, values) == filled


def test_filling_changes_nothing_that_was_given():
    values = {"limit": 1}
    variables.fill_defaults(SCHEMA, {"region": "us"}, values)
    assert values == {"limit": 1}


def test_a_default_of_null_is_a_default():
    schema = {"properties": {"a": {"type": ["string", "null"], "default": None}}}
    assert variables.fill_defaults(schema, {}, {}) == {"a": None}


def test_the_nearest_default_along_references_counts():
    schema = {
        "properties": {
            "a": {"$ref": "#/$defs/b", "default": 1},
            "c": {"$ref": "#/$defs/b"},
            "d": {"$ref": "#/$defs/e"},
            "f": True,
        },
        "$defs": {"b": {"default": 2}, "e": {"$ref": "#/$defs/b"}},
    }
    assert variables.fill_defaults(schema, {}, {}) == {"a": 1, "c": 2, "d": 2}


def test_rendering_gets_every_declared_variable():
    assert variables.effective(SCHEMA, {"region": "eu", "gone": 1, "limit": 10**30}) == {
        "region": "eu",
        "limit": 10**30,
        "rate": None,
        "tags": None,
        "note": None,
    }


@pytest.mark.parametrize("schema", [{}, {"properties": None}, {"properties": ["a"]}, {"properties": 3}, None, [], True])
def test_what_declares_nothing_declares_nothing(schema):
    assert variables.declared(schema) == {}


kinds = st.sampled_from(
    [
        ({"type": "string"}, st.text(max_size=5)),
        ({"type": "integer"}, st.integers()),
        ({"type": "boolean"}, st.booleans()),
    ]
)


@given(st.dictionaries(st.sampled_from("abcdef"), kinds, max_size=5), st.data())
@settings(max_examples=200, deadline=None)
def test_values_of_the_declared_types_pass_once_filled(declarations, data):
    schema = {"properties": {}, "required": list(declarations)}
    values, defaults = {}, {}
    for name, (kind, strategy) in declarations.items():
        schema["properties"][name] = dict(kind)
        where = data.draw(st.sampled_from(["value", "manifest", "schema", "nowhere"]))
        if where == "value":
            values[name] = data.draw(strategy)
        elif where == "manifest":
            defaults[name] = data.draw(strategy)
        elif where == "schema":
            schema["properties"][name]["default"] = data.draw(strategy)
    assert not variables.lint(schema)
    assert not variables.check_partial(schema, defaults)
    filled = variables.fill_defaults(schema, defaults, values)
    missing = [f"/{name}" for name in declarations if name not in filled]
    assert [problem.pointer for problem in variables.check_values(schema, filled)] == missing
    assert set(variables.effective(schema, filled)) == set(declarations)
