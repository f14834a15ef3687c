"""Operations: their definitions, with what path item and document share."""

from typing import Any

from graft.openapi_import.extract import extract
from graft.openapi_import.symbols import SchemaRef
from tests.openapi_import.documents import answering, document, named, only_operation, ref


def parameter(name: str, place: str = "query", **more: Any) -> dict[str, Any]:
    return {"name": name, "in": place, "schema": {"type": "string"}, **more}


def test_a_definition_has_every_part_of_the_operation_and_nothing_else():
    node = {
        "operationId": "makePet",
        "summary": "Make",
        "description": "Makes a pet.",
        "tags": ["pets"],
        "deprecated": True,
        "externalDocs": {"url": "https://pets.example"},
        "parameters": [parameter("p")],
        "requestBody": {"content": {"application/json": {"schema": ref("X")}}},
        **answering(ref("Y")),
        "security": [],
        "servers": [{"url": "/own"}],
        "x-note": 1,
        "unknown": 2,
    }
    operation = only_operation(document({"/pets": {"post": node}}, {"X": {}, "Y": {}}))
    assert operation.definition == {
        "operationId": "makePet",
        "method": "POST",
        "path": "/pets",
        "summary": "Make",
        "description": "Makes a pet.",
        "tags": ["pets"],
        "deprecated": True,
        "externalDocs": {"url": "https://pets.example"},
        "servers": [{"url": "/own"}],
        "parameters": [parameter("p")],
        "requestBody": {"content": {"application/json": {"schema": {"$ref": SchemaRef("X")}}}},
        **answering({"$ref": SchemaRef("Y")}),
        "security": [],
        "inputSchemaId": SchemaRef("X"),
        "outputSchemaId": SchemaRef("Y"),
        "x-note": 1,
    }
    assert (operation.operation_id, operation.method, operation.path) == ("makePet", "POST", "/pets")


def test_an_operation_with_nothing_in_it_has_a_definition():
    operation = only_operation(document({"/a": {"get": {}}}))
    assert operation.definition == {
        "operationId": None,
        "method": "GET",
        "path": "/a",
        "servers": [],
        "parameters": [],
        "responses": {},
        "inputSchemaId": None,
        "outputSchemaId": None,
    }


def test_every_method_is_an_operation_and_extensions_are_none():
    methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]
    value = document({"/a": {method: {} for method in methods} | {"x-get": {}, "summary": "A"}, "x-paths": {"get": {}}})
    assert [operation.method.lower() for operation in extract(value).operations] == methods


def test_what_a_path_item_shares_travels_with_each_of_its_operations():
    item = {
        "summary": "Shared summary",
        "description": "Shared description",
        "servers": [{"url": "/shared"}],
        "parameters": [parameter("id", "path"), parameter("q")],
        "x-team": "pets",
        "get": {"responses": {}},
        "delete": {"responses": {}},
    }
    get, delete = extract(document({"/a/{id}": item})).operations
    for operation in (get, delete):
        assert operation.definition["summary"] == "Shared summary"
        assert operation.definition["description"] == "Shared description"
        assert operation.definition["servers"] == [{"url": "/shared"}]
        assert operation.definition["parameters"] == [parameter("id", "path"), parameter("q")]
        assert operation.definition["x-team"] == "pets"
        assert operation.description == "Shared description"


def test_an_operation_goes_before_its_path_item():
    item = {
        "summary": "Shared summary",
        "description": "Shared description",
        "servers": [{"url": "/shared"}],
        "parameters": [parameter("id", "path"), parameter("id", "query"), parameter("q")],
        "x-team": "pets",
        "get": {
            "description": "Own description",
            "servers": [{"url": "/own"}],
            "parameters": [parameter("q", required=True), parameter("id", "path", description="Own")],
            "responses": {},
            "x-team": "dogs",
        },
    }
    definition = only_operation(document({"/a": item})).definition
    assert definition["description"] == "Own description"
    assert definition["pathDescription"] == "Shared description"
    assert definition["summary"] == "Shared summary"
    assert definition["servers"] == [{"url": "/own"}]
    assert definition["parameters"] == [
        parameter("id", "query"),
        parameter("q", required=True),
        parameter("id", "path", description="Own"),
    ]
    assert definition["x-team"] == "dogs"


def test_a_parameter_by_reference_is_overridden_by_what_it_is():
    value = document(
        {"/a": {"parameters": [{"$ref": "#/components/parameters/shared"}], "get": {"parameters": [parameter("q", deprecated=True)]}}},
        parameters={"shared": parameter("q")},
    )  # fmt: skip
    assert only_operation(value).definition["parameters"] == [parameter("q", deprecated=True)]


def test_a_path_item_may_be_a_reference_with_more_beside_it():
    shared = {"get": {"operationId": "shared"}, "put": {"operationId": "shared"}, "parameters": [parameter("q")]}
    value = document(
        {"/a": {"$ref": "#/components/pathItems/P", "put": {"operationId": "own"}}},
        openapi="3.1.0",
        pathItems={"P": shared},
    )
    operations = extract(value).operations
    assert [(operation.method, operation.operation_id) for operation in operations] == [
        ("GET", "shared"),
        ("PUT", "own"),
    ]
    assert all(operation.definition["parameters"] == [parameter("q")] for operation in operations)


def test_servers_and_security_of_the_document_hold_where_there_are_no_others():
    value = document(
        {"/a": {"get": {}, "put": {"security": [{"own": []}]}, "post": {"security": []}}, "/b": {"servers": [{"url": "/b"}], "get": {}}}
    )  # fmt: skip
    value |= {"servers": [{"url": "https://pets.example"}], "security": [{"token": []}], "tags": [{"name": "pets"}]}
    read = [
        (operation.definition["servers"], operation.definition["security"], "tags" in operation.definition)
        for operation in extract(value).operations
    ]
    document_servers = [{"url": "https://pets.example"}]
    assert read == [
        (document_servers, [{"token": []}], False),
        (document_servers, [{"own": []}], False),
        (document_servers, [], False),
        ([{"url": "/b"}], [{"token": []}], False),
    ]


def body(**media_types: Any) -> dict[str, Any]:
    return {"content": {name.replace("_", "/"): {"schema": schema} for name, schema in media_types.items()}}


def test_the_input_schema_is_that_of_the_preferred_media_type():
    def input_schema(content: Any) -> Any:
        value = document({"/a": {"post": {"requestBody": content}}}, {"X": {}, "Y": {}}, openapi="3.1.0")
        return only_operation(value).definition["inputSchemaId"]

    assert input_schema(body(text_plain=ref("Y"), application_json=ref("X"))) == SchemaRef("X")
    assert input_schema(
        {"content": {"a/b": {"schema": ref("Y")}, "application/json; charset=utf-8": {"schema": ref("X")}}}
    ) == SchemaRef("X")
    assert input_schema(
        {"content": {"a/b": {"schema": ref("Y")}, "application/a+json": {"schema": ref("X")}}}
    ) == SchemaRef("X")
    assert input_schema(body(b_b=ref("Y"), a_a=ref("X"))) == SchemaRef("X")
    assert input_schema(body(application_json={"type": "object"}, text_plain=ref("Y"))) is None
    assert input_schema(body(application_json=ref("X") | {"description": "not exactly it"})) is None
    assert input_schema(body(application_json={"items": ref("X")})) is None
    assert input_schema({"content": {"application/json": {}}}) is None
    assert input_schema({"content": {}}) is None


def test_the_output_schema_is_that_of_the_first_success_with_content():
    def output_schema(responses: Any) -> Any:
        value = document({"/a": {"get": {"responses": responses}}}, {"X": {}, "Y": {}})
        return only_operation(value).definition["outputSchemaId"]

    x, y = body(application_json=ref("X")), body(application_json=ref("Y"))
    assert output_schema({"2XX": y, "201": x, "400": y, "default": y}) == SchemaRef("X")
    assert output_schema({"204": {"description": ""}, "2XX": x}) == SchemaRef("X")
    assert output_schema({"202": y, "201": x}) == SchemaRef("X")
    assert output_schema({"default": x, "301": y}) is None
    assert output_schema({}) is None


def test_missing_empty_and_repeated_operation_ids_are_no_problem():
    operations = extract(
        named((None, "get", "/a"), ("", "get", "/b"), ("same", "get", "/c"), ("same", "get", "/d"))
    ).operations
    assert [operation.operation_id for operation in operations] == [None, None, "same", "same"]


def test_webhooks_are_not_imported():
    value = document(openapi="3.1.0") | {"webhooks": {"w": {"post": {}}}}
    assert extract(value).operations == ()
