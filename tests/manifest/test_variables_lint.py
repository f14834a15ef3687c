"""What a variables schema may be: everything that could fetch, loop, explode or hold a secret is refused."""

import random
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft.errors import MAX_PROBLEMS
from graft.manifest import variables
from graft.manifest.schema_lint import DIALECT
from graft.manifest.schemas import compile_schema


def found(schema):
    return [(problem.pointer, problem.code) for problem in variables.lint(schema)]


def one(schema):
    """A schema of the one variable `a`."""
    return {"type": "object", "properties": {"a": schema}}


SOUND = [
    {},
    {"type": "object"},
    {"type": ["object"]},
    {"properties": {}},
    {"$schema": DIALECT, "$id": "https://example.com/variables.json", "title": "t", "type": "object"},
    {"$schema": DIALECT + "#"},
    one(True),
    one({"type": "string", "minLength": 1, "default": "x", "examples": [1], "deprecated": True, "x-order": 1}),
    one({"$ref": "#/$defs/region", "description": "beside a $ref"}) | {"$defs": {"region": {"enum": ["eu", "us"]}}},
    one({"$ref": "#/$defs/a~1b%25c"}) | {"$defs": {"a/b%c": {"type": "string"}}},
    one({"$ref": "#/$defs/any"}) | {"$defs": {"any": True}},
    one({"$ref": "#/properties/b"}) | {"properties": {"a": {"$ref": "#/properties/b"}, "b": {"type": "string"}}},
    one({"$ref": "#/allOf/0/prefixItems/1"}) | {"allOf": [{"prefixItems": [True, {"type": "string"}]}]},
    one({"$ref": "#/properties/b/items"}) | {"properties": {"a": {"$ref": "#/properties/b/items"}, "b": {"items": {}}}},
    one({"pattern": r"^[\w.-]{1,64}$"}),
    one({"pattern": r"^https://[^\s]+$"}),
    one({"pattern": r"^\p{L}+$"}),
    one({"pattern": "^.{1,255}$"}),
    one({"pattern": "(a+)+$"}),  # harmless in linear time
    one({"patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": False}),
    one({"format": "email"}),
    one({"writeOnly": False, "readOnly": True}),
    one({"enum": [{"$ref": "https://example.com", "writeOnly": True, "pattern": "("}]}),  # data, no schema
    one({"const": {"format": "password"}}),
    one({"properties": {"format": {"const": "password"}, "$ref": {"type": "string"}}}),  # properties of that name
    one({"x-ui": {"writeOnly": True}}),
    {"properties": {"_a1": True, "A" * 64: True}, "required": ["_a1"]},
    {"properties": {f"v{place}": {"type": "string", "pattern": "^[a-z]+$"} for place in range(2_000)}},
]


@pytest.mark.parametrize("schema", SOUND)
def test_a_sound_schema_passes_and_compiles(schema):
    assert not variables.lint(schema)
    compile_schema(schema)


REFUSED = [
    (None, [("", "wrong-type")]),
    (True, [("", "wrong-type")]),
    ([], [("", "wrong-type")]),
    ({"type": "string"}, [("/type", "wrong-type")]),
    ({"type": ["object", "null"]}, [("/type", "wrong-type")]),
    # the meta-schema
    (one({"type": "strin"}), [("/properties/a/type", "invalid-schema")]),
    (
        one({"minLength": -1, "required": "b"}),
        [("/properties/a/required", "invalid-schema"), ("/properties/a/minLength", "invalid-schema")],
    ),
    (one(3), [("/properties/a", "invalid-schema")]),
    ({"properties": []}, [("/properties", "invalid-schema")]),
    (one({"$ref": 3}), [("/properties/a/$ref", "invalid-schema")]),
    ({"$id": "http://["}, [("", "invalid-schema")]),
    ({"title": "\ud800"}, [("", "invalid-schema")]),
    # names
    *[
        ({"properties": {name: True}}, [(f"/properties/{pointed}", "malformed-name")])
        for name, pointed in [
            ("", ""),
            ("1a", "1a"),
            ("a-b", "a-b"),
            ("a.b", "a.b"),
            ("ä", "ä"),
            ("a/b", "a~1b"),
            ("a\n", "a\n"),
            ("a" * 65, "a" * 65),
        ]
    ],
    ({"properties": {"a": True}, "required": ["a", "b"]}, [("/required/1", "unknown-variable")]),
    # references
    (one({"$ref": "https://example.com/a"}), [("/properties/a/$ref", "foreign-ref")]),
    (one({"$ref": "file:///etc/passwd"}), [("/properties/a/$ref", "foreign-ref")]),
    (one({"$ref": "other.json#/a"}), [("/properties/a/$ref", "foreign-ref")]),
    (one({"$ref": ""}), [("/properties/a/$ref", "foreign-ref")]),
    (one({"$ref": DIALECT}), [("/properties/a/$ref", "foreign-ref")]),
    (one({"$ref": "#/$defs/b"}), [("/properties/a/$ref", "dangling-ref")]),
    (one({"$ref": "#name"}), [("/properties/a/$ref", "dangling-ref")]),
    (one({"$ref": "#/"}), [("/properties/a/$ref", "dangling-ref")]),
    (one({"$ref": "#/type"}), [("/properties/a/$ref", "dangling-ref")]),
    (one({"$ref": "#/properties"}), [("/properties/a/$ref", "dangling-ref")]),
    (one({"$ref": "#/%ff"}), [("/properties/a/$ref", "dangling-ref")]),
    (one({"default": {}, "$ref": "#/properties/a/default"}), [("/properties/a/$ref", "dangling-ref")]),
    (one({"$ref": "#/allOf/01"}) | {"allOf": [True, True]}, [("/properties/a/$ref", "dangling-ref")]),
    (one({"$ref": "#/allOf/2"}) | {"allOf": [True, True]}, [("/properties/a/$ref", "dangling-ref")]),
    (one({"$ref": "#"}), [("/properties/a/$ref", "ref-cycle")]),
    (one({"items": {"$ref": "#/properties/a"}}), [("/properties/a/items/$ref", "ref-cycle")]),
    (
        one({"$ref": "#/$defs/b"})
        | {"$defs": {"b": {"items": {"$ref": "#/$defs/c"}}, "c": {"items": {"$ref": "#/$defs/b"}}}},
        [("/$defs/c/items/$ref", "ref-cycle")],
    ),
    ({"$defs": {"b": {"$ref": "#/$defs/b"}}}, [("/$defs/b/$ref", "ref-cycle")]),  # nobody uses it
    # what could make a reference mean another place
    (one({"$id": "https://example.com"}), [("/properties/a/$id", "unsupported-keyword")]),
    (one({"$anchor": "b"}), [("/properties/a/$anchor", "unsupported-keyword")]),
    (one({"$dynamicAnchor": "b"}), [("/properties/a/$dynamicAnchor", "unsupported-keyword")]),
    (one({"$dynamicRef": "#b"}), [("/properties/a/$dynamicRef", "unsupported-keyword")]),
    (one({"$recursiveRef": "#"}), [("/properties/a/$recursiveRef", "unsupported-keyword")]),
    ({"$vocabulary": {"https://example.com": True}}, [("/$vocabulary", "unsupported-keyword")]),
    ({"$schema": "http://json-schema.org/draft-07/schema#"}, [("/$schema", "unsupported-keyword")]),
    # patterns
    *[
        (one({"pattern": pattern}), [("/properties/a/pattern", "unsafe-pattern")])
        for pattern in (
            "(?=a)b",
            "(?!a)b",
            "(?<=a)b",
            r"(a)\1",
            "(?>a)",
            "[a",
            "(",
            "a{2,1}",
            "(a{1,1000}){1,1000}",
            "a" * 1_001,
        )
    ],
    (one({"patternProperties": {"(?=a)": True}}), [("/properties/a/patternProperties/(?=a)", "unsafe-pattern")]),
    ({"$defs": {"b": {"not": {"pattern": "(?=a)"}}}}, [("/$defs/b/not/pattern", "unsafe-pattern")]),
    # secrets
    (one({"writeOnly": True}), [("/properties/a/writeOnly", "secret-variable")]),
    (one({"type": "string", "format": "password"}), [("/properties/a/format", "secret-variable")]),
    (
        one({"items": {"properties": {"b": {"writeOnly": True}}}}),
        [("/properties/a/items/properties/b/writeOnly", "secret-variable")],
    ),
    (one({"$ref": "#/$defs/b"}) | {"$defs": {"b": {"format": "password"}}}, [("/$defs/b/format", "secret-variable")]),
    (one({"if": {"format": "password"}, "then": False}), [("/properties/a/if/format", "secret-variable")]),
    # defaults
    (one({"type": "string", "default": 1}), [("/properties/a/default", "wrong-type")]),
    (one({"items": {"type": "string"}, "default": ["a", 1]}), [("/properties/a/default/1", "wrong-type")]),
    (
        one({"maximum": Decimal("0.1"), "default": Decimal("0.10000000000000000000001")}),
        [("/properties/a/default", "out-of-range")],
    ),
    # all at once
    (
        {
            "type": "array",
            "properties": {"a-b": {"writeOnly": True}, "c": {"$ref": "#/x", "pattern": "("}},
            "required": ["d"],
        },
        [
            ("/properties/c/$ref", "dangling-ref"),
            ("/properties/c/pattern", "unsafe-pattern"),
            ("/properties/a-b/writeOnly", "secret-variable"),
            ("/type", "wrong-type"),
            ("/properties/a-b", "malformed-name"),
            ("/required/0", "unknown-variable"),
        ],
    ),
]


@pytest.mark.parametrize(("schema", "problems"), REFUSED)
def test_an_unsafe_schema_is_refused_at_its_place(schema, problems):
    assert sorted(found(schema)) == sorted(problems)


def ref_bomb(levels=20):
    doubled = {f"d{level}": {"allOf": [{"$ref": f"#/$defs/d{level + 1}"}] * 2} for level in range(levels)}
    return one({"$ref": "#/$defs/d0"}) | {"$defs": doubled | {f"d{levels}": {"type": "string"}}}


def nested(levels, wrap):
    schema = {"type": "object", "properties": {"a": True}}
    for _ in range(levels):
        schema = wrap(schema)
    return one(schema)


def ref_links(length: int) -> dict[str, Any]:
    links = {f"d{place}": {"$ref": f"#/$defs/d{place + 1}"} for place in range(length)}
    return links | {f"d{length}": {"type": "string"}}


def ref_chain(length: int) -> dict[str, Any]:
    return one({"$ref": "#/$defs/d0"}) | {"$defs": ref_links(length)}


BOMBS = {
    "references that double": ref_bomb(),
    "references that double, unused": {"$defs": ref_bomb()["$defs"]},
    "a long chain": ref_chain(5_000),
    "a long chain, backwards": one(True) | {"$defs": dict(reversed(ref_links(5_000).items()))},
    "evaluated again at each level": nested(
        15, lambda inner: {"if": inner, "then": True, "unevaluatedProperties": False}
    ),
    "too deep": nested(40, lambda inner: {"not": inner}),
    "a thousand levels": nested(1_000, lambda inner: {"items": inner}),
    "too many": {"properties": {f"v{place}": {"type": "string"} for place in range(30_000)}},
    "long keys": one({"properties": {"k" * 257: True}}),
    "large patterns": {"properties": {f"v{place}": {"pattern": rf"\w{{1,900}}{place}"} for place in range(10_000)}},
    "patterns too large": {
        "properties": {f"v{place}": {"pattern": f"(a{{1,1000}}){{1,1000}}{place}"} for place in range(10_000)}
    },
    "numbers to compare with": one({"enum": [10**300 + place for place in range(5_000)]}),
}


@pytest.mark.parametrize("schema", BOMBS.values(), ids=BOMBS.keys())
def test_bombs_are_refused_before_they_cost_anything(schema):
    started = time.process_time()
    assert found(schema) == [("", "too-complex")]
    assert time.process_time() - started < 1


def test_a_small_reference_bomb_costs_milliseconds():
    bomb = ref_bomb()
    variables.lint({})
    fastest = min(timed(lambda: variables.lint(bomb)) for _ in range(5))
    assert fastest < 0.02


def timed(call):
    started = time.process_time()
    call()
    return time.process_time() - started


def test_the_slowest_pattern_that_passes_is_bounded_by_the_size_of_the_values():
    schema = one({"pattern": "^(?:[01]*1[01]{220}[a-z])$"})
    assert not variables.lint(schema)
    digits = random.Random(1)
    text = "".join(digits.choice("01") for _ in range(1_000_000))
    assert [problem.code for problem in variables.check_values(schema, {"a": text})] == ["too-complex"]
    assert timed(lambda: variables.check_values(schema, {"a": text[:60_000]})) < 3


def test_the_number_of_problems_is_bounded():
    schema = {"properties": {f"v{place}": {"writeOnly": True} for place in range(3_000)}}
    assert len(variables.lint(schema)) == MAX_PROBLEMS


KEYWORDS = """
$ref $id $defs $anchor $schema type enum const default properties patternProperties required items prefixItems allOf anyOf
not if then unevaluatedProperties pattern format writeOnly minimum maxLength uniqueItems dependentSchemas dependentRequired a
"""
NUMBERS = [0, -1, 2**70, Decimal("0.5"), Decimal("1E+400")]
WORDS = ["", "a", "string", "object", "array", "password", "^a", "(", "\ud800", "\x00", "%", DIALECT]
REFS = ["#", "#/", "#/%", "#/$defs/a", "#/properties/a", "#/items", "https://example.com/"]
keywords = st.sampled_from(KEYWORDS.split())
scalars = st.sampled_from([None, True, False, *NUMBERS, *WORDS, *REFS])
trees = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keywords, inner, max_size=4), max_leaves=25
)


@given(trees, trees)
@settings(max_examples=800, deadline=None)
def test_any_json_is_judged_and_what_passes_can_be_checked(schema, values):
    started = time.process_time()
    problems = variables.lint(schema)
    if not problems:
        compile_schema(schema)
        variables.check_values(schema, values)
        variables.check_partial(schema, values)
    assert len(problems) <= MAX_PROBLEMS
    assert time.process_time() - started < 1


@given(trees, st.dictionaries(st.sampled_from("ab"), trees))
@settings(max_examples=200, deadline=None)
def test_even_a_schema_that_did_not_pass_raises_nothing(schema, values):
    if isinstance(schema, dict):
        variables.check_values(schema, values)
        variables.fill_defaults(schema, {}, values)
        variables.effective(schema, values)
