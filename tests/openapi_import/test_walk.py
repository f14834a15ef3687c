"""References: where they count, what they become, and which are refused."""

from dataclasses import replace
from typing import Any

import pytest

from graft.errors import Invalid
from graft.openapi_import.extract import extract
from graft.openapi_import.limits import LIMITS
from graft.openapi_import.symbols import SchemaRef
from tests.openapi_import.documents import answering, document, only_operation, problems, ref, schema_definition

X = {"$ref": SchemaRef("X")}
FAKE = {"$ref": "https://elsewhere.example/schema.json"}


def test_a_schema_reference_becomes_symbolic_wherever_3_0_has_a_schema():
    node = {
        "allOf": [ref("X")],
        "anyOf": [ref("X")],
        "oneOf": [ref("X")],
        "not": ref("X"),
        "items": ref("X"),
        "additionalProperties": ref("X"),
        "properties": {"a": ref("X"), "$ref": ref("X")},
    }
    assert schema_definition(document(schemas={"X": {}, "Y": node}), "Y") == {
        "allOf": [X],
        "anyOf": [X],
        "oneOf": [X],
        "not": X,
        "items": X,
        "additionalProperties": X,
        "properties": {"a": X, "$ref": X},
    }


def test_a_schema_reference_becomes_symbolic_wherever_3_1_has_a_schema():
    one = (
        "if",
        "then",
        "else",
        "contains",
        "propertyNames",
        "unevaluatedItems",
        "unevaluatedProperties",
        "contentSchema",
    )
    maps = ("patternProperties", "dependentSchemas", "$defs", "definitions", "properties")
    node = (
        {name: ref("X") for name in one}
        | {name: {"$ref": ref("X")} for name in maps}
        | {"prefixItems": [ref("X"), True]}
    )
    assert schema_definition(document(schemas={"X": {}, "Y": node}, openapi="3.1.0"), "Y") == (
        dict.fromkeys(one, X) | {name: {"$ref": X} for name in maps} | {"prefixItems": [X, True]}
    )


@pytest.mark.parametrize("openapi", ["3.0.3", "3.1.0"])
def test_a_ref_in_data_is_no_reference(openapi: str):
    node = {
        "default": FAKE,
        "enum": [FAKE, [FAKE]],
        "example": FAKE,
        "x-anything": FAKE,
        "externalDocs": FAKE,
        "properties": {"$ref": {"type": "string", "default": FAKE}, "default": {"type": "string"}},
    }
    if openapi == "3.1.0":
        node |= {"const": FAKE, "examples": [FAKE]}
    assert schema_definition(document(schemas={"Y": node}, openapi=openapi), "Y") == node


def test_a_3_1_keyword_is_data_in_3_0():
    node = {"const": FAKE, "prefixItems": [FAKE], "$defs": {"a": FAKE}}
    assert schema_definition(document(schemas={"Y": node}), "Y") == node


def test_a_ref_in_an_example_of_an_operation_is_no_reference():
    media_type = {
        "schema": {},
        "example": FAKE,
        "examples": {"a": {"value": FAKE}, "b": FAKE, "c": {"externalValue": "x"}},
    }
    parameter = {"name": "p", "in": "query", "schema": {}, "example": FAKE, "x-note": FAKE}
    node = {
        "parameters": [parameter],
        "responses": {"200": {"description": "", "content": {"a/b": media_type}}},
        "x-a": FAKE,
    }
    operation = only_operation(document({"/a": {"get": node, "x-b": FAKE}}))
    assert operation.definition["parameters"] == [parameter]
    assert operation.definition["responses"] == node["responses"]
    assert (operation.definition["x-a"], operation.definition["x-b"]) == (FAKE, FAKE)


def test_siblings_of_a_schema_reference_are_dropped_in_3_0_and_kept_in_3_1():
    schemas = {"X": {}, "Y": ref("X") | {"description": "Mine", "properties": {"a": ref("X")}}}
    assert schema_definition(document(schemas=schemas), "Y") == X
    assert schema_definition(document(schemas=schemas, openapi="3.1.0"), "Y") == X | {
        "description": "Mine",
        "properties": {"a": X},
    }


def test_texts_beside_the_reference_of_another_object_count_in_3_1_only():
    node = {"responses": {"404": {"$ref": "#/components/responses/Gone", "description": "Mine", "x-not": 1}}}
    responses = {"Gone": {"description": "Theirs", "x-own": 2}}
    old = only_operation(document({"/a": {"get": node}}, responses=responses))
    new = only_operation(document({"/a": {"get": node}}, openapi="3.1.0", responses=responses))
    assert old.definition["responses"] == {"404": {"description": "Theirs", "x-own": 2}}
    assert new.definition["responses"] == {"404": {"description": "Mine", "x-own": 2}}


def test_references_to_everything_but_component_schemas_are_followed():
    node = {
        "parameters": [{"$ref": "#/components/parameters/p"}],
        "requestBody": {"$ref": "#/components/requestBodies/b"},
        "responses": {"200": {"$ref": "#/components/responses/r"}},
        "callbacks": {"c": {"$ref": "#/components/callbacks/c"}},
    }
    components: dict[str, Any] = {
        "parameters": {"p": {"$ref": "#/components/parameters/q"}, "q": {"name": "q", "in": "query", "schema": ref("X")}},
        "requestBodies": {"b": {"content": {"a/b": {"schema": ref("X"), "encoding": {"e": {"headers": {"h": {"$ref": "#/components/headers/h"}}}}}}}},
        "responses": {
            "r": {
                "description": "",
                "headers": {"h": {"$ref": "#/components/headers/h"}},
                "content": {"a/b": {"examples": {"e": {"$ref": "#/components/examples/e"}}}},
                "links": {"l": {"$ref": "#/components/links/l"}},
            }
        },
        "headers": {"h": {"content": {"a/b": {"schema": ref("X")}}}},
        "examples": {"e": {"value": FAKE}},
        "links": {"l": {"operationId": "o", "parameters": {"$ref": "x"}}},
        "callbacks": {"c": {"{$request.body#/url}": {"post": {"responses": {"200": {"$ref": "#/components/responses/r"}}}}}},
    }  # fmt: skip
    definition = only_operation(document({"/a": {"get": node}}, {"X": {}}, **components)).definition
    header = {"content": {"a/b": {"schema": X}}}
    response = {
        "description": "",
        "headers": {"h": header},
        "content": {"a/b": {"examples": {"e": {"value": FAKE}}}},
        "links": {"l": {"operationId": "o", "parameters": {"$ref": "x"}}},
    }
    assert definition["parameters"] == [{"name": "q", "in": "query", "schema": X}]
    assert definition["requestBody"] == {
        "content": {"a/b": {"schema": X, "encoding": {"e": {"headers": {"h": header}}}}}
    }
    assert definition["responses"] == {"200": response}
    assert definition["callbacks"] == {"c": {"{$request.body#/url}": {"post": {"responses": {"200": response}}}}}


def test_a_reference_to_the_inside_of_a_schema_brings_it_in():
    schemas = {
        "X": {"properties": {"y": {"type": "string"}, "z": {"items": ref("X")}}},
        "Y": {"properties": {"a": {"$ref": "#/components/schemas/X/properties/y"}, "b": {"$ref": "#/components/schemas/X/properties/z"}}},
    }  # fmt: skip
    assert schema_definition(document(schemas=schemas), "Y") == {
        "properties": {"a": {"type": "string"}, "b": {"items": X}}
    }


def test_siblings_of_what_a_reference_brings_in_hold_beside_it():
    inside = {"$ref": "#/components/schemas/X/items"}
    schemas = {"X": {"items": {"maxLength": 3}}, "Y": inside | {"maxLength": 2, "allOf": [{"minLength": 1}]}}
    assert schema_definition(document(schemas=schemas, openapi="3.1.0"), "Y") == {
        "maxLength": 2,
        "allOf": [{"maxLength": 3}, {"minLength": 1}],
    }
    assert schema_definition(document(schemas=schemas), "Y") == {"maxLength": 3}


def test_a_reference_may_lead_through_an_array():
    schemas = {
        "X": {"allOf": [{"type": "string"}, {"type": "object"}]},
        "Y": {"$ref": "#/components/schemas/X/allOf/1"},
    }
    assert schema_definition(document(schemas=schemas), "Y") == {"type": "object"}


def test_a_path_item_of_a_callback_may_be_a_reference_with_more_beside_it():
    callback = {"{$url}": {"$ref": "#/components/pathItems/P", "summary": "Mine"}}
    value = document(
        {"/a": {"post": {"callbacks": {"c": callback}}}},
        openapi="3.1.0",
        pathItems={"P": {"summary": "Theirs", "put": {}}},
    )
    assert only_operation(value).definition["callbacks"] == {"c": {"{$url}": {"summary": "Mine", "put": {}}}}


def test_a_reference_into_a_path_is_followed():
    inside = {"$ref": "#/paths/~1a/get/responses/200/content/application~1json/schema"}
    value = document({"/a": {"get": answering({"type": "string"})}}, {"Y": {"items": inside}})
    assert schema_definition(value, "Y") == {"items": {"type": "string"}}


def test_a_component_that_is_only_a_reference_is_an_entity_of_its_own():
    assert schema_definition(document(schemas={"X": {}, "Alias": ref("X")}), "Alias") == X


@pytest.mark.parametrize(
    "name", ["a.b", "A[]", "x:y#z", "a/b", "a~b", "50%", "a b", "名前", "%41", "x" * 125, "Host", ""]
)
def test_names_hold_any_character_and_references_to_them_may_be_percent_encoded(name: str):
    plain = name.replace("~", "~0").replace("/", "~1")
    encoded = "".join(f"%{byte:02X}" for byte in plain.encode())
    schemas = {name: {}, "Y": {"allOf": [ref(plain), ref(encoded)]}}
    assert schema_definition(document(schemas=schemas), "Y") == {"allOf": [{"$ref": SchemaRef(name)}] * 2}


def test_case_counts_in_names():
    schemas = {"Host": {"type": "string"}, "host": ref("Host")}
    assert schema_definition(document(schemas=schemas), "host") == {"$ref": SchemaRef("Host")}
    assert problems(extract, document(schemas={"Host": {}, "Y": ref("host")})) == {
        ("/components/schemas/Y/$ref", "dangling-ref")
    }


def test_a_discriminator_names_schemas_by_reference_or_by_name():
    mapping = {"a": "#/components/schemas/X", "b": "X", "c": "Nobody", "d": "https://elsewhere.example/x"}
    node = {"oneOf": [ref("X")], "discriminator": {"propertyName": "t", "mapping": mapping}}
    value = document(schemas={"X": {}, "Y": node})
    assert schema_definition(value, "Y")["discriminator"] == {
        "propertyName": "t",
        "mapping": {"a": SchemaRef("X"), "b": SchemaRef("X"), "c": "Nobody", "d": "https://elsewhere.example/x"},
    }


def test_a_schema_with_an_id_resolves_its_references_within_itself():
    node = {
        "$id": "https://pets.example/y",
        "$defs": {"d": {}},
        "properties": {"a": {"$ref": "#/$defs/d"}, "b": ref("X")},
    }
    value = document(schemas={"X": {}, "Y": node}, openapi="3.1.0")
    assert schema_definition(value, "Y")["properties"] == {"a": {"$ref": "#/$defs/d"}, "b": X}
    del node["$id"]
    assert problems(extract, value) == {("/components/schemas/Y/properties/a/$ref", "dangling-ref")}


def test_every_reference_of_a_definition_is_counted():
    node = {"parameters": [{"name": "p", "in": "query", "schema": ref("A")}], **answering({"items": ref("B")})}
    shared = {"name": "q", "in": "query", "schema": {"discriminator": {"propertyName": "t", "mapping": {"x": "C"}}}}
    operation = only_operation(
        document({"/a": {"get": node, "parameters": [shared]}}, {"A": {}, "B": {}, "C": {}, "D": {}})
    )
    assert operation.references == {"A", "B", "C"}


def test_what_a_reference_brings_in_is_not_within_the_schema_with_an_id():
    schemas = {
        "X": {"items": ref("Z")},
        "Y": {
            "$id": "https://pets.example/y",
            "not": {"$ref": "#/components/schemas/X/items"},
            "components": {"schemas": {"Z": {}}},
        },
        "Z": {},
    }
    assert schema_definition(document(schemas=schemas, openapi="3.1.0"), "Y")["not"] == {"$ref": SchemaRef("Z")}


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("https://elsewhere.example/x.json", "foreign-ref"),
        ("other.yaml#/components/schemas/X", "foreign-ref"),
        ("X", "foreign-ref"),
        ("#X", "foreign-ref"),
        ("#", "foreign-ref"),
        ("", "foreign-ref"),
        ("#/components/schemas/Nobody", "dangling-ref"),
        ("#/definitions/X", "dangling-ref"),
        ("#/components/schemas/X/properties/nothing", "dangling-ref"),
        ("#/components/schemas/X/required/5", "dangling-ref"),
        ("#/components/schemas/X/required/x", "dangling-ref"),
        ("#/info/title", "wrong-type"),
        (7, "wrong-type"),
        (None, "wrong-type"),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused_with_its_pointer(reference: Any, code: str):
    schemas = {"X": {"required": ["a"]}, "a/b": {"items": {"$ref": reference}}}
    place = "/info/title" if reference == "#/info/title" else "/components/schemas/a~1b/items/$ref"
    assert problems(extract, document(schemas=schemas)) == {(place, code)}


def test_a_broken_reference_is_found_in_every_corner():
    bad = ref("Nobody")
    value = document(
        {
            "/a": {"parameters": [{"name": "p", "in": "query", "content": {"a/b": {"schema": bad}}}]},
            "/b": {"post": {"requestBody": {"content": {"a/b": {"schema": bad}}}, "responses": {"200": {"headers": {"h": {"schema": bad}}}}}},
            "/c": {"$ref": "#/components/pathItems/nobody"},
        },
        openapi="3.1.0",
        responses={"unused": {"$ref": "foreign.yaml"}},
        parameters={"unused": {"schema": bad}},
    )  # fmt: skip
    value["webhooks"] = {"w": {"post": answering(bad)}}
    assert problems(extract, value) == {
        ("/paths/~1a/parameters/0/content/a~1b/schema/$ref", "dangling-ref"),
        ("/paths/~1b/post/requestBody/content/a~1b/schema/$ref", "dangling-ref"),
        ("/paths/~1b/post/responses/200/headers/h/schema/$ref", "dangling-ref"),
        ("/paths/~1c/$ref", "dangling-ref"),
        ("/components/responses/unused/$ref", "foreign-ref"),
        ("/components/parameters/unused/schema/$ref", "dangling-ref"),
        ("/webhooks/w/post/responses/200/content/application~1json/schema/$ref", "dangling-ref"),
    }


def test_a_problem_of_a_shared_part_is_listed_once_and_at_its_own_place():
    node = {"responses": {"400": {"$ref": "#/components/responses/Bad"}}}
    bad = {"Bad": {"description": "", "content": {"a/b": {"schema": ref("Nobody")}}}}
    with pytest.raises(Invalid) as caught:
        extract(document({"/a": {"get": node, "put": node}, "/b": {"get": node}}, responses=bad))
    assert [problem.pointer for problem in caught.value.problems] == [
        "/components/responses/Bad/content/a~1b/schema/$ref"
    ]


def test_cycles_of_schemas_are_no_problem():
    schemas = {
        "A": {"properties": {"b": ref("B"), "self": ref("A")}},
        "B": {"items": ref("A")},
        "C": ref("D"),
        "D": ref("C"),
    }
    assert [schema.references for schema in extract(document(schemas=schemas)).schemas] == [
        {"A", "B"},
        {"A"},
        {"D"},
        {"C"},
    ]


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        (document(parameters={"a": {"$ref": "#/components/parameters/b"}, "b": {"$ref": "#/components/parameters/a"}}), "/components/parameters/a/$ref"),
        (document({"/a": {"$ref": "#/paths/~1b"}, "/b": {"$ref": "#/paths/~1a"}}), "/paths/~1a"),
        (document(callbacks={"c": {"e": {"post": {"responses": {}, "callbacks": {"c": {"$ref": "#/components/callbacks/c"}}}}}}), "/components/callbacks/c/e/post/callbacks/c/$ref"),
    ],
)  # fmt: skip
def test_a_cycle_of_what_must_be_brought_in_is_refused(value: Any, pointer: str):
    assert (pointer, "ref-cycle") in problems(extract, value)


def test_a_long_chain_of_references_is_refused():
    chain = {f"p{n}": {"$ref": f"#/components/parameters/p{n + 1}"} for n in range(3_000)}
    chain["p3000"] = {"name": "p", "in": "query"}
    assert {code for _, code in problems(extract, document(parameters=chain))} == {"ref-chain-too-long"}
    inside = {
        "X": {"properties": {f"p{n}": {"$ref": f"#/components/schemas/X/properties/p{n + 1}"} for n in range(3_000)}}
    }
    inside["X"]["properties"]["p3000"] = {}
    assert "ref-chain-too-long" in {code for _, code in problems(extract, document(schemas=inside))}
    items = {f"/{n:04}": {"$ref": f"#/paths/~1{n + 1:04}"} for n in range(3_000)} | {"/3000": {}}
    assert {code for _, code in problems(extract, document(items))} == {"ref-chain-too-long"}


def nested(depth: int) -> dict[str, Any]:
    """A schema that nests `depth` deep."""
    node = {"type": "string"}
    for _ in range(depth - 1):
        node = {"not": node}
    return node


def test_a_definition_may_nest_28_deep():
    assert schema_definition(document(schemas={"X": nested(28)}), "X") == nested(28)
    assert problems(extract, document(schemas={"X": nested(29)})) == {
        ("/components/schemas/X" + "/not" * 28, "too-deep")
    }


def test_data_nests_as_deep_as_schemas():
    assert extract(document(schemas={"X": {"default": nested(27)}}))
    assert problems(extract, document(schemas={"X": {"default": nested(28)}})) == {
        ("/components/schemas/X/default", "too-deep")
    }
    assert problems(extract, document(schemas={"X": {"not": {"discriminator": {"x-a": nested(26)}}}})) == {
        ("/components/schemas/X/not/discriminator/x-a", "too-deep")
    }
    leaf = {"properties": {}}
    for _ in range(27):
        leaf = {"not": leaf}
    assert problems(extract, document(schemas={"X": leaf})) == {
        ("/components/schemas/X" + "/not" * 27 + "/properties", "too-deep")
    }


def test_what_a_reference_with_siblings_brings_in_nests_two_deeper():
    def value(depth: int) -> dict[str, Any]:
        inside = {"$ref": "#/components/parameters/p/schema", "title": "Y"}
        return document(
            schemas={"Y": inside},
            openapi="3.1.0",
            parameters={"p": {"name": "p", "in": "query", "schema": nested(depth)}},
        )

    assert extract(value(26))
    assert problems(extract, value(27)) == {("/components/parameters/p/schema" + "/not" * 26, "too-deep")}


def test_an_operation_nests_as_deep_as_what_it_brings_in():
    at = "/components/responses/R/content/a~1b/schema"
    value = document({"/a": {"get": {"responses": {"200": {"$ref": "#/components/responses/R"}}}}}, responses={})
    value["components"]["responses"]["R"] = {"content": {"a/b": {"schema": nested(23)}}}
    assert only_operation(value)
    value["components"]["responses"]["R"] = {"content": {"a/b": {"schema": nested(24)}}}
    assert problems(extract, value) == {(at + "/not" * 23, "too-deep")}


def test_a_definition_over_the_size_limit_is_refused():
    small = replace(LIMITS, definition_bytes=1_000)
    text = {"description": "x" * 600}
    assert problems(extract, document(schemas={"X": {"items": text, "not": text}}), small) == {
        ("/components/schemas/X", "definition-too-large")
    }
    inside = {"$ref": "#/components/schemas/X/items"}
    value = document(schemas={"X": {"items": text}, "Y": {"allOf": [inside, inside]}})
    assert problems(extract, value, small) == {("/components/schemas/Y/allOf/1/$ref", "definition-too-large")}


def test_references_that_multiply_are_stopped():
    doubling: dict[str, Any] = {
        f"L{n}": {"properties": {"x": {"allOf": [{"$ref": f"#/components/schemas/L{n + 1}/properties/x"}] * 2}}}
        for n in range(12)
    }
    doubling["L12"] = {"properties": {"x": {"description": "x" * 1_000}}}
    assert "definition-too-large" in {code for _, code in problems(extract, document(schemas=doubling))}


@pytest.mark.parametrize(
    "shared",
    [
        {"servers": [{"url": "x" * 5_000}]},
        {"security": [{"x" * 5_000: []}]},
        {"paths": {f"/{n}": {"$ref": "#/components/pathItems/P"} for n in range(100)}},
    ],
)
def test_what_many_operations_share_counts_for_each(shared: dict[str, Any]):
    paths = {f"/{n}": {"get": {"responses": {}}} for n in range(100)}
    item = {"get": {"responses": {}, "description": "x" * 5_000}}
    value = document(paths, openapi="3.1.0", pathItems={"P": item}) | shared
    assert extract(value)
    assert "expands-too-far" in {code for _, code in problems(extract, value, replace(LIMITS, copied_bytes=100_000))}


def test_wrong_types_are_listed_where_objects_belong():
    value = document(
        {
            "/a": {"get": "nothing", "parameters": 1, "servers": 1},
            "/b": {"get": {"parameters": [7], "responses": [1], "callbacks": 1, "operationId": [7], "security": "key"}, "put": {"parameters": "p"}},
            "/c": [1],
            "/d": {"get": {"parameters": [{"in": "query"}, {"name": [1], "in": "path"}], "responses": {"x-a": 1, "200": 1}}},
        },
        {"A": 7, "B": {"properties": [1], "allOf": 1, "items": "text", "not": 1, "discriminator": "kind"}, "C": {"properties": {"$ref": "#/x"}}},
        headers={"h": 1, "title": {"$ref": "#/info/title"}},
    )  # fmt: skip
    value |= {"servers": "s", "security": 1}
    assert problems(extract, value) == {
        ("/paths/~1a/get", "wrong-type"),
        ("/paths/~1a/parameters", "wrong-type"),
        ("/paths/~1a/servers", "wrong-type"),
        ("/paths/~1b/get/parameters/0", "wrong-type"),
        ("/paths/~1b/put/parameters", "wrong-type"),
        ("/paths/~1b/get/responses", "wrong-type"),
        ("/paths/~1b/get/callbacks", "wrong-type"),
        ("/paths/~1b/get/operationId", "wrong-type"),
        ("/paths/~1b/get/security", "wrong-type"),
        ("/paths/~1c", "wrong-type"),
        ("/paths/~1d/get/parameters/0/name", "missing-key"),
        ("/paths/~1d/get/parameters/1/name", "wrong-type"),
        ("/paths/~1d/get/responses/200", "wrong-type"),
        ("/components/schemas/A", "wrong-type"),
        ("/components/schemas/B/properties", "wrong-type"),
        ("/components/schemas/B/allOf", "wrong-type"),
        ("/components/schemas/B/items", "wrong-type"),
        ("/components/schemas/B/not", "wrong-type"),
        ("/components/schemas/B/discriminator", "wrong-type"),
        ("/components/schemas/C/properties/$ref", "wrong-type"),
        ("/components/headers/h", "wrong-type"),
        ("/info/title", "wrong-type"),
        ("/servers", "wrong-type"),
        ("/security", "wrong-type"),
    }


def test_webhooks_must_be_an_object():
    assert problems(extract, document(openapi="3.1.0") | {"webhooks": [1]}) == {("/webhooks", "wrong-type")}


def test_a_schema_that_is_true_or_false_becomes_an_object():
    value = document(schemas={"Any": True, "None": False}, openapi="3.1.0")
    assert [schema.definition for schema in extract(value).schemas] == [{}, {"not": {}}]
