"""What is not valid and has one evident meaning: it is taken, each place is told, and nothing else is told."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft import jsontext
from graft.errors import MAX_PROBLEMS, Invalid
from graft.openapi_import.extract import Extracted, extract
from graft.openapi_import.limits import LIMITS, Limits
from graft.openapi_import.oddities import Oddities
from graft.openapi_import.read import read_document
from tests.openapi_import.documents import answering, document, problems, ref


def taken(value: Any, limits: Limits = LIMITS) -> Extracted:
    """What is made of a document, given as a tree or as the bytes of a file."""
    odd = Oddities(limits)
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return extract(read_document(data, limits, odd), limits, odd)


def told(value: Any) -> set[tuple[str, str]]:
    """Pointer and code of each warning."""
    return {(warning.pointer, warning.code) for warning in taken(value).warnings}


def operation(value: Any) -> dict[str, Any]:
    (found,) = taken(value).operations
    return found.definition


def one(node: Any, openapi: str = "3.1.0", **beside: Any) -> dict[str, Any]:
    return document({"/a": {"get": node, **beside}}, openapi=openapi)


def schema(node: Any, openapi: str = "3.1.0") -> dict[str, Any]:
    return document(schemas={"A": node}, openapi=openapi)


@pytest.mark.parametrize("openapi", ["3.0.3", "3.1.0"])
def test_a_valid_document_has_no_warnings(openapi: str):
    node = {
        "operationId": "a",
        "tags": ["x"],
        "parameters": [{"name": "p", "in": "query", "schema": {"type": "integer", "default": None}, "example": None}],
        "requestBody": {"content": {"a/b": {"schema": ref("A"), "examples": {"e": {"value": None}}}}},
        "responses": {"2XX": {"description": "ok", "headers": {"X-A": {"schema": ref("A")}}}, "default": {"description": "no"}},
        "callbacks": {"c": {"{$url}": {"post": {"responses": {"200": {"description": "ok"}}}}}},
        "security": [{"key": []}],
        "x-null": None,
    }  # fmt: skip
    schemas = {"A": {"type": "object", "properties": {"enum": {"enum": [None]}, "null": {"example": None}}}}
    value = document({"/a": {"get": node, "x-b": None}}, schemas, openapi, securitySchemes={"key": {"type": "http"}})
    value |= {"servers": [{"url": "/", "variables": {"v": {"default": "1"}}}], "tags": [], "externalDocs": {"url": "/"}}
    assert told(value) == set()


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        (document() | {"servers": None}, "/servers"),
        (document() | {"security": None}, "/security"),
        (document() | {"tags": None}, "/tags"),
        (document() | {"components": None}, "/components"),
        (document() | {"info": {"title": "T", "license": None}}, "/info/license"),
        (document() | {"openapi": "3.1.0", "webhooks": None}, "/webhooks"),
        (document(links=None), "/components/links"),
        (document({"/a": {"parameters": None}}), "/paths/~1a/parameters"),
        (document({"/a": {"summary": None}}), "/paths/~1a/summary"),
        (document({"/a": {"get": None}}), "/paths/~1a/get"),
        (document({"/a": None}), "/paths/~1a"),
        (schema({"description": None}), "/components/schemas/A/description"),
        (schema({"items": None}), "/components/schemas/A/items"),
        (schema({"allOf": None}), "/components/schemas/A/allOf"),
        (schema({"allOf": [None]}), "/components/schemas/A/allOf/0"),
        (schema({"required": None}), "/components/schemas/A/required"),
        (schema({"required": [None]}), "/components/schemas/A/required/0"),
        (schema({"maxLength": None}), "/components/schemas/A/maxLength"),
        (schema({"enum": None}), "/components/schemas/A/enum"),
        (schema({"type": None}, "3.0.0"), "/components/schemas/A/type"),
        (schema({"discriminator": {"propertyName": "p", "mapping": None}}), "/components/schemas/A/discriminator/mapping"),
    ],
)  # fmt: skip
def test_null_where_something_may_be_missing_is_nothing(value: Any, pointer: str):
    assert told(value) == {(pointer, "null")}
    assert "null" not in json.dumps([found.definition for found in taken(value).schemas])


@pytest.mark.parametrize(
    "beside",
    ["description", "parameters", "requestBody", "callbacks", "servers", "tags", "security", "deprecated", "responses"],
)
def test_null_in_an_operation_is_nothing(beside: str):
    assert told(one({beside: None})) == {(f"/paths/~1a/get/{beside}", "null")}
    assert operation(one({beside: None})) == operation(one({}))


def test_what_is_named_and_null_keeps_its_name():
    node = {
        "responses": {"204": None, "200": {"content": {"a/b": None}, "headers": {"X-A": None}}},
        "security": [{"oauth": None}],
    }
    made = operation(one(node))
    assert made["responses"] == {"204": {}, "200": {"content": {"a/b": {}}, "headers": {"X-A": {}}}}
    assert made["security"] == [{"oauth": []}]
    value = schema({"properties": {"a": None}})
    assert told(value) == {("/components/schemas/A/properties/a", "null")}
    assert taken(value).schemas[0].definition == {"properties": {"a": {}}}


def test_a_type_that_is_null_without_quotes_is_the_type():
    value = schema({"anyOf": [{"type": ["string", None]}, {"type": None}]})
    assert taken(value).schemas[0].definition == {"anyOf": [{"type": ["string", "null"]}, {"type": "null"}]}
    assert {code for _, code in told(value)} == {"null"}


@pytest.mark.parametrize(
    ("written", "meant", "pointer"),
    [
        ({"properties": []}, {"properties": {}}, "/components/schemas/A/properties"),
        ({"allOf": {"type": "object"}}, {"allOf": [{"type": "object"}]}, "/components/schemas/A/allOf"),
        ({"oneOf": {}}, {"oneOf": []}, "/components/schemas/A/oneOf"),
        ({"required": "id"}, {"required": ["id"]}, "/components/schemas/A/required"),
        ({"title": 7}, {"title": "7"}, "/components/schemas/A/title"),
        ({"description": True}, {"description": "true"}, "/components/schemas/A/description"),
        ({"required": [1]}, {"required": ["1"]}, "/components/schemas/A/required/0"),
    ],
)
def test_one_item_empty_arrays_and_scalars_are_what_they_mean(written: Any, meant: Any, pointer: str):
    assert taken(schema(written)).schemas[0].definition == meant
    ((where, _),) = told(schema(written))
    assert where == pointer


@pytest.mark.parametrize("number", ["2024", "1.10", "1e3", "-0.0", "12345678901234567890123"])
@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_number_in_place_of_text_is_the_text_that_was_written(number: str, form: str):
    text = f'{{"openapi": "3.0.3", "info": {{"title": {number}}}, "paths": {{"/a": {{"get": {{"operationId": {number}}}}}}}}}'
    value = text.encode() if form == "json" else f"# yaml\n{text}".encode()
    assert (taken(value).title, operation(value)["operationId"]) == (number, number)
    assert told(value) == {("/info/title", "no-text"), ("/paths/~1a/get/operationId", "no-text")}


def test_default_and_values_of_a_server_variable_are_text():
    value = document({"/a": {"get": {}}}) | {"servers": [{"url": "/{port}", "variables": {"port": {"default": 8443, "enum": [8443, 443]}}}]}  # fmt: skip
    assert operation(value)["servers"][0]["variables"] == {"port": {"default": "8443", "enum": ["8443", "443"]}}
    assert {code for _, code in told(value)} == {"no-text"}


def test_items_may_be_a_list_in_which_references_count():
    value = document(schemas={"A": {"items": [ref("B"), {"type": "string"}], "additionalItems": ref("B")}, "B": {}})
    assert told(value) == {("/components/schemas/A/items", "tuple-items")}
    assert taken(value).schemas[0].references == {"B"}
    broken = document(schemas={"A": {"items": [ref("Nobody")]}})
    assert problems(extract, broken) == {("/components/schemas/A/items/0/$ref", "dangling-ref")}


@pytest.mark.parametrize(
    "examples", ["tea", ["tea", {"q": 1}], {"a": "tea"}, {"a": None, "b": {"value": 1}}, 7, [], {"a": ["$ref"]}]
)
def test_examples_of_any_shape_are_kept(examples: Any):
    node = {
        "parameters": [{"name": "q", "in": "query", "examples": examples}],
        "requestBody": {"content": {"a/b": {"examples": examples}}},
    }
    made = operation(one(node))
    assert made["parameters"][0]["examples"] == made["requestBody"]["content"]["a/b"]["examples"] == examples
    assert {code for _, code in told(one(node))} == {"example-form"}


def test_names_in_another_case_are_the_names_that_they_mean():
    value = one({}, openapi="3.0.3") | {
        "paths": {
            "/a": {"GET": {"responses": {"2xX": {}, "Default": {}}, "parameters": [{"name": "q", "in": "Query"}]}}
        }
    }
    made = operation(value)
    assert (made["method"], list(made["responses"]), made["parameters"][0]["in"]) == (
        "GET",
        ["2XX", "default"],
        "query",
    )
    assert told(value) == {
        ("/paths/~1a/GET", "name-case"),
        ("/paths/~1a/GET/responses/2xX", "name-case"),
        ("/paths/~1a/GET/responses/Default", "name-case"),
        ("/paths/~1a/GET/parameters/0/in", "name-case"),
    }


def test_names_and_circles_are_found_under_a_method_in_capitals():
    place = "#/paths/~1a/GET/responses/200/content/application~1json/schema"
    found = answering({"$anchor": "here", "items": {"$ref": "#here"}})
    made = extract(document({"/a": {"GET": found}}, openapi="3.1.0"))
    assert [schema.component for schema in made.schemas] == [place]


def test_a_range_in_small_letters_gives_the_output_schema():
    value = document({"/a": {"get": {"responses": {"2xx": answering(ref("A"))["responses"]["200"]}}}}, {"A": {}})
    assert operation(value)["outputSchemaId"] is not None


def test_headers_are_one_whatever_their_case_and_other_parameters_are_not():
    shared = [{"name": "X-A", "in": "header"}, {"name": "page", "in": "query"}, {"name": "S", "in": "cookie"}]
    own = [{"name": "x-a", "in": "header"}, {"name": "Page", "in": "query"}, {"name": "s", "in": "cookie"}]
    value = one({"parameters": own}, parameters=shared)
    assert [found["name"] for found in operation(value)["parameters"]] == ["page", "S", "x-a", "Page", "s"]
    assert told(value) == {("/paths/~1a/get/parameters/0/name", "name-case")}
    twice = {"parameters": own[:1] * 2, "responses": {"200": {"headers": {"X-B": {}, "x-b": {}}}}}
    assert told(one(twice)) == {
        ("/paths/~1a/get/parameters/1", "same-parameter"),
        ("/paths/~1a/get/responses/200/headers/x-b", "same-header"),
    }


def test_what_is_left_out_is_told():
    node = {"consumes": ["a/b"], "parameters": [{"$ref": "#/components/parameters/P", "required": True}]}
    value = document({"/a": {"get": node, "gett": {}}}, {"A": ref("B") | {"title": "t"}, "B": {}}, parameters={"P": {"name": "p", "in": "query"}})  # fmt: skip
    assert told(value) == {
        ("/paths/~1a/get/consumes", "no-such-field"),
        ("/paths/~1a/gett", "no-such-field"),
        ("/paths/~1a/get/parameters/0/required", "beside-ref"),
        ("/components/schemas/A/title", "beside-ref"),
    }
    hooks = document(openapi="3.1.0") | {"webhooks": {"w": {"post": {"responses": {}}}}}
    assert told(hooks) == {("/webhooks", "left-out")}


@pytest.mark.parametrize(
    ("version", "code"), [("3.1", "version-form"), ("'3.0'", "version-form"), ("3.2.0", "newer-version")]
)
def test_a_version_in_another_form_is_the_version(version: str, code: str):
    value = f"openapi: {version}\ninfo: {{title: T}}\npaths: {{/a: {{get: {{}}}}}}".encode()
    assert told(value) == {("/openapi", code)}
    assert len(taken(value).operations) == 1


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        (document() | {"$self": "https://a.example"}, "/$self"),
        (document(mediaTypes={}), "/components/mediaTypes"),
        (document({"/a": {"query": {}}}), "/paths/~1a/query"),
        (document({"/a": {"additionalOperations": {}}}), "/paths/~1a/additionalOperations"),
        (one({"requestBody": {"content": {"a/b": {"itemSchema": ref("A")}}}}), "/paths/~1a/get/requestBody/content/a~1b/itemSchema"),
    ],
)  # fmt: skip
def test_what_only_3_2_has_is_refused_in_a_document_of_3_2(value: Any, pointer: str):
    assert problems(extract, value | {"openapi": "3.2.0"}) == {(pointer, "newer-feature")}


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-8-sig"]
)
@pytest.mark.parametrize("form", ["openapi: 3.0.3\ninfo: {title: Größe 👍}\npaths: {}", '{"openapi": "3.0.3", "info": {"title": "Größe 👍"}, "paths": {}}'])  # fmt: skip
def test_a_document_in_another_encoding_is_read(encoding: str, form: str):
    assert taken(form.encode(encoding)).title == "Größe 👍"
    assert told(form.encode(encoding)) == (set() if encoding == "utf-8-sig" else {("", "other-encoding")})


def test_warnings_are_bounded_and_those_left_out_are_counted():
    value = document(schemas={f"A{n}": {"title": None} for n in range(50)})
    few = taken(value, replace(LIMITS, warnings=20))
    assert (len(few.warnings), few.warnings_left_out) == (20, 30)
    short = taken(value, replace(LIMITS, warning_bytes=1_000))
    assert 0 < len(short.warnings) < 20
    assert len(short.warnings) + short.warnings_left_out == 50
    long = document(schemas={"x" * 100_000: {"title": None, "items": {"title": None}}})
    assert all(len(warning.pointer) < 1_000 for warning in taken(long).warnings)


@pytest.mark.parametrize(
    "text",
    [
        document({f"p{n}" + "x" * 2_000: {} for n in range(3_000)}),
        b"- " + b"\n- ".join(b"!" + b"x" * 5_000 + b" 1" for _ in range(1_100)),
        b"- " + b"\n- ".join(b"*" + b"x" * 5_000 for _ in range(1_100)),
        b"- " + b"\n- ".join(b"!" + b"x" * 5_000 + b" [1]" for _ in range(1_100)),
    ],
)
def test_problems_are_bounded_in_number_and_length(text: Any):
    with pytest.raises(Invalid) as caught:
        taken(text)
    told = caught.value.problems
    assert 200 < len(told) <= MAX_PROBLEMS
    assert told.left_out > 0
    assert all(len(problem.pointer) + len(problem.detail) < 1_000 for problem in caught.value.problems)


def test_a_document_of_too_many_operations_and_schemas_is_refused():
    value = document({"/a": {"get": {}}}, {"A": {}, "B": {}})
    assert problems(extract, value, replace(LIMITS, entities=2)) == {("", "too-many-entities")}
    assert extract(value, replace(LIMITS, entities=3))


odd_values = st.sampled_from([None, [], {}, "text", 7, 1.5, True, [None], {"a": None}])
FIELDS = {
    "schema": ["properties", "items", "allOf", "not", "type", "required", "title", "enum", "example", "discriminator", "additionalProperties"],
    "operation": ["operationId", "tags", "parameters", "requestBody", "responses", "callbacks", "security", "servers", "summary"],
}  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["3.0.3", "3.1.0"]), st.dictionaries(st.sampled_from(FIELDS["schema"]), odd_values), st.dictionaries(st.sampled_from(FIELDS["operation"]), odd_values))  # fmt: skip
def test_what_is_told_once_is_not_told_of_what_was_made(openapi: str, node: Any, method: Any):
    value = document({"/a": {"get": method}}, {"A": node}, openapi)
    try:
        made = taken(value)
    except Invalid:
        return
    (kept,) = made.schemas
    again = extract(document(schemas={"A": jsontext.decode(jsontext.encode(kept.definition))}, openapi=openapi))
    assert again.schemas[0].definition == kept.definition
    assert {warning.code for warning in again.warnings} <= {"tuple-items"}
