"""Compiled schemas: problems with their places, nothing fetched, nothing rounded, nothing without end."""

import socket
import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft.manifest.schemas import compile_schema

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def found(schema, value):
    return [(problem.pointer, problem.code) for problem in compile_schema(schema).problems(value)]


@pytest.mark.parametrize(
    ("schema", "value", "problems"),
    [
        ({}, object, []),
        ({"type": "object"}, [], [("", "wrong-type")]),
        ({"properties": {"a": {"type": "string"}}}, {"a": 1}, [("/a", "wrong-type")]),
        ({"items": {"type": ["string", "null"]}}, ["a", None, 1, 2], [("/2", "wrong-type"), ("/3", "wrong-type")]),
        ({"required": ["a", "b/c"]}, {}, [("/a", "missing-key"), ("/b~1c", "missing-key")]),
        ({"properties": {"x": {"required": ["a"]}}}, {"x": {}}, [("/x/a", "missing-key")]),
        (
            {"properties": {"a": True}, "additionalProperties": False},
            {"a": 1, "b": 2, "c~": 3},
            [("/b", "unknown-key"), ("/c~0", "unknown-key")],
        ),
        (
            {"allOf": [{"properties": {"a": True}}], "unevaluatedProperties": False},
            {"a": 1, "b": 2},
            [("/b", "unknown-key")],
        ),
        ({"enum": ["a"]}, "b", [("", "unknown-value")]),
        ({"minimum": 3}, 2, [("", "out-of-range")]),
        ({"maximum": 3}, Decimal("3.5"), [("", "out-of-range")]),
        ({"exclusiveMinimum": 3, "exclusiveMaximum": 3}, 3, [("", "out-of-range"), ("", "out-of-range")]),
        ({"maxLength": 3}, "abcd", [("", "too-long")]),
        ({"minLength": 3}, "ab", [("", "invalid-value")]),
        ({"maxItems": 1}, [1, 2], [("", "too-many")]),
        ({"anyOf": [{"type": "string"}, {"minimum": 3}]}, 1, [("", "invalid-value")]),
        ({"pattern": "^[a-z]+$"}, "A", [("", "invalid-value")]),
        ({"format": "email"}, "nobody", [("", "invalid-value")]),
        ({"format": "of-our-own"}, "anything", []),
        ({"uniqueItems": True}, [1, Decimal("1.0")], [("", "invalid-value")]),
        ({"uniqueItems": False}, [1, 1], []),
        ({"allOf": [{"type": "string"}] * 5}, 1, [("", "wrong-type")]),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, [("/b", "missing-key")]),
        (False, 1, [("", "invalid-value")]),
    ],
)
def test_problems_stand_at_their_place(schema, value, problems):
    assert found(schema, {} if value is object else value) == problems


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"maximum": 2**70}, 2**70, 2**70 + 1),
        ({"minimum": Decimal("0.1")}, Decimal("0.1"), Decimal("0.09999999999999999999999999")),
        ({"multipleOf": Decimal("0.01")}, Decimal("19.99"), Decimal("19.999")),
        ({"const": 10**40}, 10**40, 10**40 + 1),
        ({"enum": [Decimal("1.10")]}, Decimal("1.1"), Decimal("1.1000000000000000000001")),
        ({"type": "integer"}, Decimal("3.0"), Decimal("3.5")),
        ({"type": "integer"}, 10**900, "1"),
        ({"type": "number"}, Decimal("1E+400"), True),
    ],
)
def test_numbers_keep_every_digit(schema, good, bad):
    assert found(schema, good) == []
    assert len(found(schema, bad)) == 1


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "http://127.0.0.1:9/schema"},
        {"$ref": "https://example.com/schema#/a"},
        {"$ref": "file:///etc/hostname"},
        {"properties": {"a": {"$ref": "other.json"}}},
        {"$id": "https://example.com/a", "$ref": "b"},
    ],
)
def test_nothing_is_fetched(schema, monkeypatch):
    def no_network(*_):
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    with pytest.raises(ValueError):
        compile_schema(schema)


@pytest.mark.parametrize(
    "schema",
    [
        3,
        {"type": "strin"},
        {"properties": []},
        {"$ref": "#/$defs/none"},
        {"pattern": "(?=a)"},
        {"pattern": r"(a)\1"},
        {"pattern": "["},
        {"patternProperties": {"(?!a)": True}},
        {"pattern": "(a{1,1000}){1,1000}"},
        {"title": "\ud800"},
        {"maximum": 10**5_000},
    ],
)
def test_a_schema_that_is_none_is_a_value_error(schema):
    with pytest.raises(ValueError) as caught:
        compile_schema(schema)
    assert 0 < len(str(caught.value)) <= 301


def test_formats_can_be_left_as_notes():
    assert list(compile_schema({"format": "email"}, formats=False).problems("nobody")) == []


def test_text_that_cannot_be_encoded_is_a_problem():
    assert found({"type": "string"}, "\ud800") == [("", "invalid-value")]


def test_the_text_of_a_problem_is_short_and_does_not_quote_the_value():
    (problem,) = compile_schema({"enum": ["e" * 10_000]}).problems("secret" * 10_000)
    assert len(problem.detail) < 400
    assert "secret" not in problem.detail


def test_long_keys_over_many_problems_are_told_by_the_first_problem_alone():
    schema = {"additionalProperties": {"additionalProperties": {"type": "string"}}}
    value = {"k" * 1_000_000: {str(place): place for place in range(1_000)}}
    started = time.process_time()
    assert len(found(schema, value)) == 1
    assert time.process_time() - started < 1


@given(JSON, JSON)
@settings(max_examples=300, deadline=None)
def test_any_schema_and_value_give_problems_or_a_value_error(schema, value):
    try:
        checker = compile_schema(schema)
    except ValueError:
        return
    list(checker.problems(value))
