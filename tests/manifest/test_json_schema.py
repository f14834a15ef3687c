"""The JSON Schemas of a draft's documents say what Graft itself says: of drafts exactly, of what is published all it can."""

from functools import cache
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft.manifest import auth_config, manifest, variables
from graft.manifest.json_schema import component_schemas

pytestmark = pytest.mark.slow

SCHEMAS = component_schemas()
KINDS = ("agent", "function")
WORDS = st.sampled_from(
    ["", "a", "A b", "acme/desk", "^1.2", "auto_all", "oauth2", "api_key", "https://a.example/b", "é"]
)
ID = "fun_01h455vb4pex5vsknk084sn02q"
MEMBER = {"slug": "one", "entityId": ID, "kind": "function"}


@cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": SCHEMAS}}
    return jsonschema_rs.Draft202012Validator(schema)


def _accepts(name: str, tree: Any) -> bool:
    return _validator(name).is_valid(tree)


def _values(*keys: str) -> st.SearchStrategy[Any]:
    """Objects with some of these keys, and values that are mostly of no use."""
    leaf = WORDS | st.booleans() | st.none() | st.lists(WORDS, max_size=2) | st.just({}) | st.just(ID)
    return st.dictionaries(st.sampled_from([*keys, "other", "x-mine"]), leaf, max_size=5)


def _manifests() -> st.SearchStrategy[Any]:
    flags = {name: st.booleans() for name in ("required", "defaultEnabled", "forkOnInstall")}
    right = st.fixed_dictionaries(
        {"slug": WORDS, "entityId": WORDS | st.just(ID), "kind": WORDS | st.sampled_from(KINDS)},
        optional={**flags, "dependsOn": st.lists(WORDS, max_size=3)},
    )
    dependency = st.fixed_dictionaries(
        {"integration": WORDS, "range": WORDS}, optional={"optional": st.booleans() | st.none()}
    )
    defaults = st.fixed_dictionaries({}, optional={"memberPolicy": WORDS | st.none(), "variables": _values("a")})
    return st.fixed_dictionaries(
        {},
        optional={
            "members": st.lists(right | _values("slug", "entityId", "kind", "dependsOn"), max_size=2),
            "dependencies": st.lists(dependency | _values("integration", "range"), max_size=2),
            "defaults": defaults | _values("memberPolicy", "variables"),
            "permissions": st.lists(WORDS, max_size=3) | WORDS,
            "allowMultipleInstalls": st.booleans() | WORDS,
            "x-mine": WORDS,
            "other": st.nothing() | WORDS,
        },
    )


_AUTH = ("type", "scopes", "authHeaderName", "authValuePrefix", "authorizeUrl", "tokenUrl", "callbackUrl")


@given(_manifests())
@settings(max_examples=400, deadline=None)
def test_a_draft_is_taken_where_its_schema_takes_it(tree: Any):
    assert _accepts("DraftManifest", tree) == (not list(manifest.type_problems(tree)))


@given(_values(*_AUTH))
@settings(max_examples=400, deadline=None)
def test_an_auth_config_is_taken_where_its_schema_takes_it(tree: Any):
    assert _accepts("DraftAuthConfig", tree) == (not list(auth_config.type_problems(tree)))


# What only Graft can say, beside who is there: of several members at once, of ranges, of the server's kinds.
_BEYOND = {
    "unknown-member",
    "dependency-cycle",
    "malformed-range",
    "unknown-kind",
    "self-dependency",
}


@given(_manifests())
@settings(max_examples=400, deadline=None)
def test_what_publishing_takes_fits_the_schema_and_what_it_refuses_does_not(tree: Any):
    if list(manifest.type_problems(tree)):
        return
    problems = list(manifest.publish_problems(manifest.parse(tree), KINDS))
    told = [problem for problem in problems if problem.code not in _BEYOND and not _is_second_member(problem)]
    ids_fit = all(member["entityId"] == ID for member in tree.get("members", ()))
    assert _accepts("Manifest", tree) == (not told and ids_fit)


def _is_second_member(problem: Any) -> bool:
    """That two members or dependencies have one name: JSON Schema compares them only as a whole."""
    return problem.code == "duplicate" and problem.pointer.rpartition("/")[2] in ("slug", "entityId", "integration")


@given(_values(*_AUTH))
@settings(max_examples=600, deadline=None)
def test_an_auth_config_that_publishing_takes_fits_the_schema_and_no_other(tree: Any):
    if list(auth_config.type_problems(tree)):
        return
    assert _accepts("AuthConfig", tree) == (not list(auth_config.publish_problems(tree)))


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"members": [MEMBER | {"slug": "One"}]}, "slug"),
        ({"members": [MEMBER | {"entityId": "helpdesk"}]}, "entityId"),
        ({"members": [MEMBER | {"dependOn": []}]}, "unknown key"),
        ({"members": [{"slug": "one", "kind": "function"}]}, "no entity"),
        ({"dependencies": [{"integration": "desk", "range": "1"}]}, "no publisher"),
        ({"permissions": ["a", "a"]}, "twice"),
        ({"permissions": [" "]}, "blank"),
        ({"defaults": {"memberPolicy": "all"}}, "policy"),
        ({"member": []}, "unknown key of the manifest"),
    ],
)
def test_an_editor_marks_what_publishing_would_refuse(change: Any, place: str):
    assert _accepts("Manifest", {"members": [MEMBER], "x-mine": 1}), place
    assert not _accepts("Manifest", change), place


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array"},
        {"properties": {"1a": {}}},
        {"properties": {"a": {"type": "text"}}},
        {"properties": {"a": {"writeOnly": True}}},
        {"properties": {"a": {"$ref": "https://elsewhere.example/schema"}}},
        {"properties": {"a": {"items": {"minLength": -1}}}},
        {"required": "a"},
        {"$schema": "http://json-schema.org/draft-07/schema#"},
    ],
)
def test_a_variables_schema_that_publishing_refuses_is_marked(schema: Any):
    assert variables.lint(schema)
    assert not _accepts("VariablesSchema", schema)


_SCHEMA = st.recursive(
    st.sampled_from(
        [
            True,
            {},
            {"type": "string"},
            {"type": ["integer", "null"]},
            {"enum": [1, None]},
            {"const": {"a": 1}},
            {"format": "uri", "title": "t", "examples": ["a"], "x-order": 1},
            {"minLength": 1, "maxLength": 3, "pattern": "^a"},
            {"$ref": "#/$defs/one"},
            {"type": "text"},
            {"required": "a"},
            {"minimum": "1"},
        ]
    ),
    lambda inner: st.one_of(
        inner.map(lambda schema: {"items": schema}),
        inner.map(lambda schema: {"properties": {"b": schema}, "additionalProperties": False}),
        st.lists(inner, max_size=2).map(lambda schemas: {"anyOf": schemas}),
    ),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from(["a", "b_1", "1c", "d-e"]), _SCHEMA, max_size=3), st.lists(st.just("a")))
@settings(max_examples=300, deadline=None)
def test_a_variables_schema_that_publishing_takes_fits(properties: Any, required: list[str]):
    tree = {"type": "object", "properties": properties, "required": required, "$defs": {"one": {"type": "string"}}}
    if not variables.lint(tree):
        assert _accepts("VariablesSchema", tree)
