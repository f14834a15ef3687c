"""What stands in a data place is text; what only has the name of one is not."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft import ids, jsontext
from graft.ids import Id
from graft.templates import Places, Prefixes, abstract, escape, reference_places, references, render, split

PREFIXES = Prefixes.of(["fun", "sch"])
ID = ids.encode(bytes([7]) * 16)
NAMED = f"sch_{ID}"
SLUGS = {Id(ID): "schema:a"}

# where `%` stands for a value, and whether that value is meant
PLACES: list[tuple[str, Any, bool]] = [
    ("a keyword of a schema", {"items": "%"}, True),
    ("an example", {"example": "%"}, False),
    ("below an example", {"example": {"properties": {"a": ["%"]}}}, False),
    ("examples as a list", {"schema": {"examples": ["%"]}}, False),
    ("examples by name", {"examples": {"first": {"value": "%"}}}, False),
    ("a default", {"default": "%"}, False),
    ("an enum", {"enum": ["a", "%"]}, False),
    ("a const", {"const": "%"}, False),
    ("an extension", {"x-anything": {"$ref": "%"}}, False),
    ("a key that only begins like an extension", {"X-Anything": "%"}, True),
    ("a property named default", {"properties": {"default": {"$ref": "%"}}}, True),
    ("a property named default that is a schema as a whole", {"properties": {"default": "%"}}, True),
    ("the default of a property named default", {"properties": {"default": {"default": "%"}}}, False),
    ("a property named properties", {"properties": {"properties": {"default": "%"}}}, False),
    ("properties of a property named properties", {"properties": {"properties": {"properties": {"enum": "%"}}}}, True),
    ("a property named example in an example", {"example": {"properties": {"example": "%"}}}, False),
    ("a definition by name", {"$defs": {"x-a": {"$ref": "%"}}}, True),
    ("a definition of older drafts", {"definitions": {"const": {"$ref": "%"}}}, True),
    ("a pattern of names", {"patternProperties": {"x-.*": {"$ref": "%"}}}, True),
    ("a dependent schema", {"dependentSchemas": {"enum": {"$ref": "%"}}}, True),
    ("the response for all other codes", {"responses": {"default": {"schema": {"$ref": "%"}}}}, True),
    ("a callback", {"callbacks": {"x-done": {"{$request.body#/url}": {"post": {"schema": {"$ref": "%"}}}}}}, True),
    ("an extension of a callback", {"callbacks": {"done": {"x-note": {"$ref": "%"}}}}, False),
    ("an extension of the responses", {"responses": {"x-note": {"$ref": "%"}}}, False),
    ("a header whose name begins with x-", {"headers": {"x-request-id": {"schema": {"$ref": "%"}}}}, True),
    ("the example of such a header", {"headers": {"x-request-id": {"example": "%"}}}, False),
    ("headers as a list", {"headers": [{"name": "x-request-id", "default": "%"}]}, False),
    ("an element of parameters", {"parameters": [{"name": "default", "schema": {"$ref": "%"}}]}, True),
    ("the example of an element of parameters", {"parameters": [{"example": "%"}]}, False),
    ("parameters that are a schema", {"parameters": {"properties": {"default": {"$ref": "%"}}}}, True),
    ("a parameter of components", {"components": {"parameters": {"default": {"schema": "%"}}}}, True),
    ("a schema of components", {"components": {"schemas": {"example": {"$ref": "%"}}}}, True),
    ("a media type", {"content": {"x-thing/default": {"schema": {"$ref": "%"}}}}, True),
    ("the mapping of a discriminator", {"discriminator": {"mapping": {"default": "%"}}}, True),
    ("the default of a server's variable", {"servers": [{"variables": {"default": {"default": "%"}}}]}, False),
    ("a server's variable named default", {"servers": [{"variables": {"default": {"description": "%"}}}]}, True),
]  # fmt: skip


def put(tree: Any, value: str) -> Any:
    """The tree with `value` where `%` stands."""
    return jsontext.decode(jsontext.encode(tree).replace(b'"%"', jsontext.encode(value)))


@pytest.mark.parametrize(("tree", "meant"), [place[1:] for place in PLACES], ids=[place[0] for place in PLACES])
def test_a_value_is_meant_or_text_by_where_it_stands(tree: Any, meant: bool):
    naming, asking = put(tree, NAMED), put(tree, "${variables.x}")
    assert [reference.id for reference in references(jsontext.encode(naming), PREFIXES)] == [ID] * meant
    assert len(list(reference_places(naming, PREFIXES))) == meant
    assert abstract(jsontext.encode(naming), SLUGS, PREFIXES).refs == ("schema:a",) * meant
    template = abstract(jsontext.encode(asking), SLUGS, PREFIXES)
    assert template.variables == ("x",) * meant
    assert jsontext.decode(render(split(template.body), {"x": "filled"}, {})) == put(
        tree, "filled" if meant else "${variables.x}"
    )
    assert (escape(jsontext.encode(asking)) == jsontext.encode(asking)) is not meant


@pytest.mark.parametrize(
    "text", ["${variables.x}", "$${", "${", "${members.sch:schema:a}", "a ${variables.x} b", NAMED]
)
def test_text_in_a_data_place_reads_as_it_was_written(text: str):
    definition = jsontext.encode({"default": text, "x-a": [{"b": text}], "enum": [text, 1]})
    template = abstract(definition, SLUGS, PREFIXES)
    assert (template.refs, template.variables) == ((), ())
    assert render(split(template.body), {"x": 1}, {}) == definition


def test_an_id_that_is_no_reference_of_the_entity_stays_text():
    template = abstract(jsontext.encode({"description": NAMED}), {}, PREFIXES)
    assert template.refs == ()
    assert jsontext.decode(template.body) == {"description": NAMED}


def test_a_kind_has_its_own_data_places_and_maps_of_names():
    places = Places(["prompt", "raw-*"], ["branches"])
    definition = {
        "default": NAMED, "prompt": NAMED, "raw-a": [NAMED], "branches": {"prompt": NAMED, "a": {"prompt": NAMED}}
    }  # fmt: skip
    assert [place.shown for place, _ in reference_places(definition, PREFIXES, places)] == [
        "/default",
        "/branches/prompt",
    ]
    text = jsontext.encode(definition)
    assert render(split(abstract(text, SLUGS, PREFIXES, places).body), {}, {"schema:a": ID}) == text


def test_a_kind_without_data_places_has_none():
    text = jsontext.encode({"default": NAMED, "x-a": "${variables.x}"})
    assert len(references(text, PREFIXES, Places([]))) == 1
    assert abstract(text, SLUGS, PREFIXES, Places([])).variables == ("x",)


KEYS = st.sampled_from(["default", "example", "x-a", "properties", "responses", "components", "headers", "a", "enum\\"])
TREES = st.dictionaries(
    KEYS,
    st.recursive(
        st.sampled_from([NAMED, "${variables.x}", "$${", "${variables.x} and ${", 1, None]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=15,
    ),
    max_size=4,
)


@settings(max_examples=200)
@given(TREES)
def test_an_escaped_definition_is_published_as_it_was(tree: Any):
    text = jsontext.encode(tree)
    template = abstract(escape(text), SLUGS, PREFIXES)
    assert template.variables == ()
    assert render(split(template.body), {"x": 1}, {"schema:a": ID}) == text


@settings(max_examples=200)
@given(TREES)
def test_the_text_names_what_the_tree_names(tree: Any):
    walked = [reference for _, reference in reference_places(tree, PREFIXES)]
    assert references(jsontext.encode(tree), PREFIXES) == list(dict.fromkeys(walked))
