"""The OpenAPI document, derived from the endpoints and the types that they declare: nothing is described twice."""

import inspect
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from graft import ids
from graft.listing import DIRECTIONS, MAX_IDS, MAX_KEYS, MAX_LIMIT, Scalar
from graft.manifest import component_schemas
from graft.web.endpoint import Endpoint
from graft.web.json_schema import Schema, Schemas, make_schemas, name_of, without_null
from graft.web.lists import ListEndpoint, ListPage
from graft.web.responses import STATUSES, ProblemDocument

# A key of an order: one field and its direction. Which fields there are, `_list_parameters` adds.
_ORDER_KEY: Schema = {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": {"enum": list(DIRECTIONS)},
}
# A document that is told apart by what it holds. A JSON document is one of YAML, too.
_FILE: Schema = {
    "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
    "application/yaml": {"schema": {"type": "string"}},
    "application/gzip": {"schema": {"type": "string", "format": "binary"}},
}

# The parameters of every list: schema and description.
LIST_PARAMETERS: dict[str, tuple[Schema, str]] = {
    "limit": (
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": MAX_LIMIT},
        "How many rows a page has at most.",
    ),
    "after": ({"type": "string"}, "A cursor: the page after its row. Not together with `before`."),
    "before": ({"type": "string"}, "A cursor: the page before its row."),
    "ids": ({"type": "string"}, f"Only these, as far as you see them: at most {MAX_IDS:,} ids, commas between them."),
    "filter": ({"type": "object"}, "A filter expression, as JSON."),
    "orderBy": (
        {"type": "array", "maxItems": MAX_KEYS, "items": _ORDER_KEY},
        "The order, as JSON: `[{field: direction}, …]`.",
    ),
    "include_deleted": (
        {"enum": ["false", "true", "only"], "default": "false"},
        "Whether deleted rows are listed too, or nothing else.",
    ),
}

# Descriptions of the parameters that single lists have (`ListEndpoint.options`).
_OPTIONS = {
    "source": "`workspace`: one's own; `integration`: only those seen through installs; absent: both.",
    "integration_id": "The versions of this integration.",
    "integration_install_id": "What this install has.",
    "member_id": "What touched this member.",
}

# The schema of a shorthand or an option by the type of its field.
_SCALARS: dict[str, Schema] = {
    "id": {"type": "string"},
    "text": {"type": "string"},
    "bool": {"type": "boolean"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "decimal": {"type": "number"},
    "timestamp": {"type": "string", "format": "date-time"},
}

# The description of each status but success.
_MEANINGS = {
    400: "The request is wrong; `errors` names every problem with its place.",
    401: "The token is missing, malformed, unknown, expired or revoked.",
    403: "You see it, but may not do this.",
    404: "It does not exist, or you may not see it.",
    409: "The request is right, but the present state forbids it.",
    413: "The body is larger than this call takes.",
    414: "The path or the query is longer than any call takes.",
    415: "The body is of another media type than this call takes.",
    417: "The request expects what the server does not do.",
    429: "The credential has too much under way at once; try again.",
    503: "The database cannot be reached, or too much is under way; try again.",
}
_TITLES = dict(STATUSES.values())
_REQUEST_ID = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
_EXTRA_HEADERS = {401: "WWW-Authenticate", 429: "Retry-After", 503: "Retry-After"}


def openapi_document(endpoints: Sequence[Endpoint], *, version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of these endpoints as a JSON tree. ValueError if two would have one operation id."""
    schemas = _schemas(endpoints)
    named = schemas.named | component_schemas()
    # the struct of a query is no component: each of its fields stands as a parameter of its own
    query_structs = {name_of(schemas.of[endpoint.query]) for endpoint in endpoints if endpoint.query is not None}

    paths: dict[str, dict[str, Any]] = {}
    seen: set[str] = set()
    for endpoint in sorted(endpoints, key=lambda endpoint: endpoint.path):
        operation = _operation(endpoint, schemas)
        if operation["operationId"] in seen:
            raise ValueError(f"two endpoints are {operation['operationId']}: name their operations apart")
        seen.add(operation["operationId"])
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation

    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Graft",
            "version": version,
            "summary": "A self-hosted marketplace for workspace integrations.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"bearer": []}],
        "tags": [{"name": tag} for tag in sorted({_tag(endpoint) for endpoint in endpoints})],
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in sorted(named.items()) if name not in query_structs},
            "responses": {_response_name(status): _problem(status) for status in sorted(_MEANINGS)},
            "headers": {
                "X-Request-Id": {"description": "Names this request in logs.", "schema": {"type": "string"}},
                "WWW-Authenticate": {"schema": {"const": "Bearer"}},
                "Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}},
            },
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token: `sec_…` of a workspace, `pub_…` for browsers, `tok_…` of a user.",
                }
            },
        },
    }


def _schemas(endpoints: Sequence[Endpoint]) -> Schemas:
    """The schemas of all bodies and replies. Each list has a page of its own, `ListPage` with the schema of its row."""
    queries = [endpoint.query for endpoint in endpoints if endpoint.query is not None]
    bodies = [endpoint.body for endpoint in endpoints if endpoint.body is not None]
    schemas = make_schemas(
        [*queries, *bodies],
        [*(kind for endpoint in endpoints for kind in (endpoint.response, *endpoint.also)), ListPage, ProblemDocument],
    )

    page = schemas.named.pop(name_of(schemas.of[ListPage]))
    for endpoint in endpoints:
        if endpoint.list_resource is not None:
            row = schemas.of[endpoint.response]
            data = page["properties"]["data"] | {"items": row}
            name = _page_name(row)
            schemas.named[name] = page | {"title": name, "properties": page["properties"] | {"data": data}}
    return schemas


def _operation(endpoint: Endpoint, schemas: Schemas) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": _operation_id(endpoint),
        "tags": [_tag(endpoint)],
        "summary": endpoint.summary,
    }
    text = None if isinstance(endpoint.operation, ListEndpoint) else inspect.getdoc(endpoint.operation)
    if text:
        operation["description"] = text
    if endpoint.publishable:
        operation["x-publishable"] = True
    parameters = [*_path_parameters(endpoint), *_query_parameters(endpoint, schemas), *_list_parameters(endpoint)]
    if parameters:
        operation["parameters"] = parameters
    if endpoint.body_raw:
        told = "The document as it is, whatever media type it is sent as."
        operation["requestBody"] = {"required": True, "description": told, "content": _FILE}
    elif endpoint.body is not None:
        content = {"application/json": {"schema": schemas.of[endpoint.body]}}
        operation["requestBody"] = {"required": not endpoint.body_optional, "content": content}
    operation["responses"] = _responses(endpoint, schemas)
    return operation


def _operation_id(endpoint: Endpoint) -> str:
    """The name of the operation's function in camelCase; of a plain list, `list` and what it lists."""
    listed = isinstance(endpoint.operation, ListEndpoint)
    name = f"list_{endpoint.list_resource.name}" if listed else getattr(endpoint.operation, "__name__", "")
    return re.sub(r"[_-]([a-z])", lambda match: match[1].upper(), name)


def _tag(endpoint: Endpoint) -> str:
    """The first word of its path after `/api`."""
    return endpoint.path.split("/")[2]


def _path_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    if endpoint.path_id is None:
        return []
    prefix = endpoint.path_id if isinstance(endpoint.path_id, str) else "[a-z]{3}"
    schema = {"type": "string", "pattern": f"^{prefix}_{ids.SUFFIX}$"}
    named = [_path_parameter("slug", "The slug of the member.", {"type": "string"})] if endpoint.path_slug else []
    return [_path_parameter("id", "The id of what is meant.", schema), *named]


def _path_parameter(name: str, description: str, schema: Schema) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "description": description, "schema": schema}


def _query_parameters(endpoint: Endpoint, schemas: Schemas) -> list[dict[str, Any]]:
    if endpoint.query is None:
        return []
    component = schemas.component(endpoint.query)
    required = component.get("required", [])
    found: list[dict[str, Any]] = []
    for name, property_schema in component["properties"].items():
        schema = without_null(property_schema)
        description = schema.pop("description")
        found.append(_parameter(name, schema, description) | {"required": name in required})
    return found


def _list_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    if endpoint.list_resource is None:
        return []
    fields = endpoint.list_resource.fields
    orderable = sorted(name for name, field in fields.items() if field.orderable and field.scalar.orderable)
    keys = LIST_PARAMETERS["orderBy"][0]["items"] | {"propertyNames": {"enum": orderable}}
    order = (LIST_PARAMETERS["orderBy"][0] | {"items": keys}, LIST_PARAMETERS["orderBy"][1])
    described = {**LIST_PARAMETERS, "orderBy": order}
    parameters = [_parameter(name, *schema_and_text) for name, schema_and_text in described.items()]
    for name, (field, operator) in endpoint.list_resource.shorthands.items():
        sentence = (
            "Rows whose `{}` equals this." if operator == "eq" else "Rows whose `{}` holds this text, in any case."
        )
        scalar = endpoint.list_resource.fields[field].scalar
        parameters.append(_parameter(name, _scalar_schema(scalar), sentence.format(field)))
    call = endpoint.operation
    options = call.options if isinstance(call, ListEndpoint) else endpoint.list_options or {}
    parameters += [_parameter(name, _scalar_schema(scalar), _OPTIONS[name]) for name, scalar in options.items()]
    return parameters


def _scalar_schema(scalar: Scalar) -> Schema:
    return {"enum": list(scalar.values)} if scalar.values else _SCALARS[scalar.name]


def _parameter(name: str, schema: Schema, description: str = "") -> dict[str, Any]:
    parameter: dict[str, Any] = {"name": name, "in": "query"}
    if description:
        parameter["description"] = description
    if schema.get("type") in ("object", "array"):
        # JSON in a text: makers of clients pass over parameters that have a `content` in place of a schema
        schema = {"type": "string", "contentMediaType": "application/json", "contentSchema": schema}
    return parameter | {"schema": schema}


def _responses(endpoint: Endpoint, schemas: Schemas) -> dict[str, Any]:
    reply = schemas.of[endpoint.response]
    if endpoint.list_resource is not None:
        reply = {"$ref": reply["$ref"].replace(name_of(reply), _page_name(reply))}
    replies = {endpoint.status: reply} | {status: schemas.of[kind] for kind, status in endpoint.also.items()}
    return {str(status): _success(status, schema) for status, schema in sorted(replies.items())} | {
        str(status): {"$ref": f"#/components/responses/{_response_name(status)}"}
        for status in sorted(_failures(endpoint))
    }


def _success(status: int, schema: Schema) -> dict[str, Any]:
    return {
        "description": "Created." if status == 201 else "Done.",
        "headers": _REQUEST_ID,
        "content": {"application/json": {"schema": schema}},
    }


def _failures(endpoint: Endpoint) -> set[int]:
    """The statuses beside success that the endpoint can answer with, as far as its declaration tells."""
    statuses = {400, 401, 403, 414, 417, 429, 503}
    arguments = [kind for kind in (endpoint.body, endpoint.query) if kind is not None]
    acts_on = {field.name for kind in arguments for field in msgspec.structs.fields(kind)}
    if endpoint.path_id is not None or "workspace_id" in acts_on:
        statuses.add(404)
    if endpoint.writes:
        statuses.add(409)
    if endpoint.body_raw or endpoint.body is not None:
        statuses.add(413)
    if endpoint.body is not None:
        statuses.add(415)
    return statuses


def _problem(status: int) -> dict[str, Any]:
    extra = _EXTRA_HEADERS.get(status)
    named = {extra: {"$ref": f"#/components/headers/{extra}"}} if extra else {}
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
    return {"description": _MEANINGS[status], "headers": _REQUEST_ID | named, "content": content}


def _response_name(status: int) -> str:
    return _TITLES[status].replace(" ", "")


def _page_name(row: Schema) -> str:
    return f"{name_of(row)}Page"
