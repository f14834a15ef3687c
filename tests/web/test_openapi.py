"""The OpenAPI document: whole, and nothing but what the calls and their types declare."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, get_args, get_origin

import jsonschema_rs
import msgspec
import pytest

from graft.app import ENDPOINTS
from graft.listing.resource import PARAMETERS
from graft.web.endpoint import Endpoint
from graft.web.lists import ListEndpoint
from graft.web.models import Success
from graft.web.openapi import LIST_PARAMETERS, openapi_document
from tests.support.world import World

DOCUMENT = openapi_document(ENDPOINTS, version="1.2.3")
SCHEMAS = DOCUMENT["components"]["schemas"]
IDS = [f"{call.method} {call.path}" for call in ENDPOINTS]
each_call = pytest.mark.parametrize("call", ENDPOINTS, ids=IDS)


def _operation(call: Endpoint) -> dict[str, Any]:
    return DOCUMENT["paths"][call.path][call.method.lower()]


def _parameters(call: Endpoint, place: str) -> dict[str, Any]:
    return {found["name"]: found for found in _operation(call).get("parameters", []) if found["in"] == place}


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    for child in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _nodes(child)


def _structs(kind: Any) -> Iterator[type[msgspec.Struct]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
        for field in msgspec.structs.fields(kind):
            yield from _structs(field.type)
    for part in get_args(kind):
        yield from _structs(part)


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    return SCHEMAS[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def test_every_reference_leads_somewhere_and_every_component_is_used():
    references = {node["$ref"] for node in _nodes(DOCUMENT) if isinstance(node.get("$ref"), str)}
    found = {
        f"#/components/{group}/{name}"
        for group in ("schemas", "responses", "headers")
        for name in DOCUMENT["components"][group]
    }
    assert references == found


def test_names_of_components_are_allowed_ones_without_a_module():
    for group in DOCUMENT["components"].values():
        assert all(re.fullmatch(r"[A-Za-z0-9-]+", name) for name in group)


def test_every_schema_is_json_schema_2020_12():
    for schema in SCHEMAS.values():
        assert schema == _resolved(schema)
        jsonschema_rs.Draft202012Validator({**schema, "components": DOCUMENT["components"]})


def test_operation_ids_are_unique_words():
    found = [operation["operationId"] for item in DOCUMENT["paths"].values() for operation in item.values()]
    assert len(found) == len(set(found)) == len(ENDPOINTS)
    assert all(re.fullmatch(r"[a-z][A-Za-z]+", name) for name in found)


def test_two_operations_of_one_name_are_a_mistake_of_the_program():
    first = ENDPOINTS[0]
    again = Endpoint(
        first.method, "/api/other", first.operation, first.summary, first.response, list_resource=first.list_resource
    )
    with pytest.raises(ValueError, match=_operation(first)["operationId"]):
        openapi_document([first, again], version="1")


@each_call
def test_a_call_stands_with_its_reply_and_what_can_go_wrong(call: Endpoint):
    operation = _operation(call)
    assert operation["summary"] == call.summary
    assert operation["tags"] == [call.path.split("/")[2]]
    statuses = {int(status) for status in operation["responses"]}
    assert {call.status, 400, 401, 403, 414, 417, 429, 503} <= statuses
    assert (409 in statuses) == call.writes
    assert (413 in statuses) == (call.body is not None or call.body_raw)
    assert (415 in statuses) == (call.body is not None)
    assert 404 in statuses or call.path_id is None
    schema = operation["responses"][str(call.status)]["content"]["application/json"]["schema"]
    if call.list_resource is not None:
        page = _resolved(schema)
        assert page["required"] == ["data", "pageInfo"]
        schema = page["properties"]["data"]["items"]
    if isinstance(call.response, type):
        assert set(_resolved(schema)["properties"]) == {f.encode_name for f in msgspec.structs.fields(call.response)}


@each_call
def test_a_body_has_every_field_of_its_struct_and_no_room_for_others(call: Endpoint):
    body = _operation(call).get("requestBody")
    if call.body is None:
        assert (body is not None) == call.body_raw
        return
    assert body is not None
    assert body["required"] != call.body_optional
    schema = _resolved(body["content"]["application/json"]["schema"])
    fields = msgspec.structs.fields(call.body)
    assert set(schema["properties"]) == {field.encode_name for field in fields}
    assert set(schema.get("required", [])) == {field.encode_name for field in fields if field.required}
    assert schema["additionalProperties"] is False


@each_call
def test_the_parameters_are_those_that_the_call_reads(call: Endpoint):
    assert set(_parameters(call, "path")) == set(re.findall(r"{(\w+)}", call.path))
    expected: set[str] = set()
    if call.query is not None:
        fields = msgspec.structs.fields(call.query)
        expected |= {field.encode_name for field in fields}
        required = {field.encode_name for field in fields if field.required}
        assert {name for name, found in _parameters(call, "query").items() if found.get("required")} == required
    if call.list_resource is not None:
        expected |= PARAMETERS | set(call.list_resource.shorthands)
    if isinstance(call.operation, ListEndpoint):
        expected |= set(call.operation.options)
    expected |= set(call.list_options or ())
    assert set(_parameters(call, "query")) == expected


@each_call
def test_a_timestamp_is_told_as_one_and_taken_only_with_its_zone(call: Endpoint):
    for kind in (call.body, call.query, call.response):
        for struct in _structs(kind):
            for field in msgspec.structs.fields(struct):
                kinds = (field.type, *get_args(field.type)) if get_origin(field.type) is not Annotated else ()
                if datetime in kinds:
                    assert kind is call.response, f"{struct.__name__}.{field.name} needs Meta(tz=True)"


def test_the_parameters_of_every_list_are_those_that_the_library_reads():
    assert set(LIST_PARAMETERS) == PARAMETERS


@each_call
def test_each_parameter_has_a_schema_as_makers_of_clients_pass_over_others(call: Endpoint):
    for parameter in _operation(call).get("parameters", []):
        assert "schema" in parameter
        assert "content" not in parameter


def test_json_in_a_parameter_is_a_text_whose_schema_tells_what_is_taken():
    parameters = {
        found["name"]: found["schema"] for found in DOCUMENT["paths"]["/api/integrations"]["get"]["parameters"]
    }
    for name in ("filter", "orderBy"):
        assert (parameters[name]["type"], parameters[name]["contentMediaType"]) == ("string", "application/json")
    order = jsonschema_rs.Draft202012Validator(parameters["orderBy"]["contentSchema"])
    taken = [[], [{"name": "asc"}], [{"name": "desc_nulls_last"}, {"id": "asc"}]]
    refused = [[{}], [{"name": "up"}], [{"nothing": "asc"}], [{"name": "asc", "id": "asc"}], [{"name": "asc"}] * 6, {}]
    assert [order.is_valid(keys) for keys in taken] == [True] * 3
    assert [keys for keys in refused if order.is_valid(keys)] == []


def test_a_file_is_a_body_with_media_types_that_have_a_schema():
    content = DOCUMENT["paths"]["/api/entities/import-openapi"]["post"]["requestBody"]["content"]
    assert "*/*" not in content
    assert all(media["schema"]["type"] == "string" for media in content.values())


def test_replies_have_all_their_keys_and_documents_are_objects():
    integration = SCHEMAS["Integration"]
    assert integration["required"] == list(integration["properties"])
    created = integration["properties"]["createdAt"]
    assert (created["type"], created["format"]) == ("string", "date-time")
    assert SCHEMAS["Upgraded"]["required"] == ["updated", "added", "removed", "skipped"]
    assert SCHEMAS["ProblemDocument"]["required"] == ["type", "title", "status", "code", "detail", "requestId"]


def test_patterns_are_those_of_every_language_and_not_of_one():
    patterns = [node["pattern"] for node in _nodes(DOCUMENT) if isinstance(node.get("pattern"), str)]
    assert patterns
    assert not [pattern for pattern in patterns if "\\Z" in pattern or "\\A" in pattern or "(?P" in pattern]


def test_the_documents_of_a_draft_are_described_key_by_key():
    for component in ("Integration", "CreateIntegration", "UpdateIntegration"):
        properties = SCHEMAS[component]["properties"]
        assert properties["manifest"]["$ref"] == "#/components/schemas/DraftManifest"
        assert properties["authConfig"]["$ref"] == "#/components/schemas/DraftAuthConfig"
    version = SCHEMAS["IntegrationVersion"]["properties"]
    for key, component in (
        ("manifest", "Manifest"),
        ("variablesSchema", "VariablesSchema"),
        ("authConfig", "AuthConfig"),
    ):
        assert version[f"{key}Snapshot"]["$ref"] == f"#/components/schemas/{component}"
    policy = SCHEMAS["ManifestDefaults"]["properties"]["memberPolicy"]
    assert policy["enum"] == ["auto_all", "auto_defaults", "manual"]


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_each_key_of_a_component_says_what_it_is(name: str):
    found = SCHEMAS[name].get("properties", {})
    assert [key for key, schema in found.items() if "description" not in _resolved_beside(schema)] == []


def _resolved_beside(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema together with the component that it refers to."""
    return _resolved(schema) | schema


@each_call
def test_each_parameter_says_what_it_is(call: Endpoint):
    for name, parameter in {**_parameters(call, "path"), **_parameters(call, "query")}.items():
        assert parameter.get("description") or parameter["schema"].get("description"), name


# Ids of anything: what an event is about.
_ANY_ID = {("Event", "subjectId"), ("PlatformEvent", "subjectId")}


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_an_id_says_its_prefix(name: str):
    for key, schema in SCHEMAS[name].get("properties", {}).items():
        if (key == "id" or key.endswith("Id")) and key != "requestId" and (name, key) not in _ANY_ID:
            patterns = [part["pattern"] for part in schema.get("anyOf", [schema]) if "pattern" in part]
            if name.startswith("Draft"):
                assert patterns == []
            else:
                assert [pattern[0] + pattern[-1] for pattern in patterns] == ["^$"], key
                assert "_[0-7]" in patterns[0]


def test_the_path_id_says_its_prefix():
    (parameter,) = DOCUMENT["paths"]["/api/integrations/{id}"]["delete"]["parameters"]
    assert re.fullmatch(parameter["schema"]["pattern"], "int_01h455vb4pex5vsknk084sn02q")
    assert not re.fullmatch(parameter["schema"]["pattern"], "usr_01h455vb4pex5vsknk084sn02q")


def test_a_call_takes_its_text_from_its_operation():
    async def close_account(_ctx: Any) -> Success:
        """Nobody comes back."""
        return Success()

    document = openapi_document([Endpoint("POST", "/api/accounts", close_account, "Close.", Success)], version="1")
    operation = document["paths"]["/api/accounts"]["post"]
    assert (operation["operationId"], operation["description"]) == ("closeAccount", "Nobody comes back.")
    assert document["tags"] == [{"name": "accounts"}]


async def test_anybody_reads_the_document(world: World):
    reply = await world.stranger.get("/openapi.json")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert reply.json["paths"] == msgspec.to_builtins(DOCUMENT)["paths"]
    assert re.fullmatch(r"3\.1\.\d+", reply.json["openapi"])
    assert world.statements == []
