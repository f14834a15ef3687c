"""The OpenAPI document has the source document's calls exactly, and beyond them only what the table lists with a reason."""

from typing import Any

import pytest

from graft.app import ENDPOINTS
from graft.web.openapi import openapi_document
from tests.contract.table import TABLE, additions, covers, facts, nullable

DOCUMENT = openapi_document(ENDPOINTS, version="1")
FACTS = facts()
each_call = pytest.mark.parametrize("call", list(FACTS))


def _operation(call: str) -> dict[str, Any]:
    method, path = call.split(" ")
    return DOCUMENT["paths"][path][method.lower()]


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    return DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _may_be_null(schema: dict[str, Any]) -> bool:
    return {"type": "null"} in schema.get("anyOf", [])


# The table leaves open what these hold.
_DOCUMENTS = ("DraftManifest", "DraftAuthConfig", "Manifest", "VariablesSchema", "AuthConfig")


def _type(schema: dict[str, Any], name: str = "") -> Any:
    """A schema in the notation of the table; null and what the table adds to an enumeration are left out."""
    if schema.get("$ref", "").rpartition("/")[2] in _DOCUMENTS:
        return {}
    variants = [_resolved(part) for part in schema.get("anyOf", [schema]) if part != {"type": "null"}]
    (shape,) = variants
    if "enum" in shape:
        return frozenset(shape["enum"]) - additions("value", name)
    if shape.get("type") == "array":
        return [_type(shape["items"])]
    if shape.get("type") == "object":
        return {key: _type(child, key) for key, child in shape.get("properties", {}).items()}
    return {"integer": "number"}.get(shape.get("type", ""), shape.get("type"))


def _known(tree: Any) -> Any:
    """A type of the table with its enumerations as sets, whose order says nothing."""
    if isinstance(tree, str) and "|" in tree:
        return frozenset(tree.split(" | "))
    if isinstance(tree, dict):
        return {key: _known(child) for key, child in tree.items()}
    return [_known(child) for child in tree] if isinstance(tree, list) else tree


@each_call
def test_the_parameters_are_those_of_the_table(call: str):
    parameters = _operation(call).get("parameters", [])
    names = {place: {found["name"] for found in parameters if found["in"] == place} for place in ("path", "query")}
    assert names["path"] == FACTS[call].path
    assert names["query"] == FACTS[call].query | additions("query", call)
    assert not [found["name"] for found in parameters if found["in"] == "query" and found.get("required")]


@each_call
def test_the_request_has_the_keys_and_types_of_the_table(call: str):
    body, said = _operation(call).get("requestBody"), FACTS[call].request
    added = additions("request", call)
    if body is None:
        assert said is None
        assert not added
        return
    assert body["required"] == (said is not None)
    schema = _resolved(body["content"]["application/json"]["schema"])
    types = _type(schema)
    assert not added & set(schema.get("required", []))
    optional = types.keys() - set(schema.get("required", [])) - added
    found = {f"{key}?" if key in optional else key: kind for key, kind in types.items() if key not in added}
    assert found == (_known(said) or {})
    assert added <= types.keys()


@each_call
def test_the_response_has_the_keys_and_types_of_the_table(call: str):
    replies = [reply for status, reply in _operation(call)["responses"].items() if status.startswith("2")]
    # what is created comes last; a dry run of it is a reply of Graft's own
    reply = replies[-1]
    assert len(replies) == 1 or "dryRun" in additions("query", call)
    schema = _resolved(reply["content"]["application/json"]["schema"])
    assert covers(_known(FACTS[call].response), _type(schema))
    assert set(schema["required"]) == set(schema["properties"])


@pytest.mark.parametrize(
    ("shape", "component"),
    [
        ("integration", "Integration"),
        ("version", "IntegrationVersion"),
        ("install", "Install"),
        ("pageInfo", "PageInfo"),
    ],
)
def test_what_may_be_null_is_in_the_table(shape: str, component: str):
    properties = DOCUMENT["components"]["schemas"][component]["properties"]
    assert {name for name, schema in properties.items() if _may_be_null(schema)} == nullable(shape)


def test_what_the_table_adds_is_there():
    for entry in TABLE["additions"]:
        if "value" in entry:
            holders = [
                component["properties"][entry["of"]]
                for component in DOCUMENT["components"]["schemas"].values()
                if entry["of"] in component.get("properties", {})
            ]
            assert holders
            assert all(entry["value"] in holder["enum"] for holder in holders)
