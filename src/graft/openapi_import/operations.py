"""Make the operations of a document, each with what it inherits from its path item and from the document."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from graft import jsontext
from graft.jsontext import Json, Place
from graft.openapi_import.fields import note_unknown
from graft.openapi_import.grammar import GRAMMARS, METHODS, Slot
from graft.openapi_import.path_items import PathItem, check_parameters, identity, path_item
from graft.openapi_import.reading import Reading
from graft.openapi_import.shapes import FIELDS
from graft.openapi_import.symbols import SchemaRef
from graft.openapi_import.text import text_of
from graft.openapi_import.walk import walk, walk_data, walk_slot

_SUCCESS = re.compile(r"2(?:\d\d|XX)")
_JSON = "application/json"
_KNOWN = frozenset({*GRAMMARS[1]["operation"], *FIELDS["operation"]})


class Operation(NamedTuple):
    """An operation; `definition` has a `SchemaRef` for each of the `references`, which are names of schemas."""

    operation_id: str | None
    method: str
    path: str
    description: str | None
    definition: dict[str, Any]
    references: frozenset[str]


class _Shared(NamedTuple):
    """The document's servers and security, for operations without their own; `size` is their bytes as JSON."""

    servers: list[Json]
    security: list[Json] | None
    size: int


def operations_of(reading: Reading) -> Iterator[Operation]:
    """The operations under `paths`, sorted by path, then by method as the specification lists them."""
    servers = _list_of_root(reading, "servers", "server") or []
    security = _list_of_root(reading, "security", "securityRequirement")
    shared = _Shared(servers, security, len(jsontext.encode([servers, security])))

    paths = reading.document.paths
    for path in sorted(path for path in paths if path.startswith("/")):
        item = path_item(reading, paths[path], ((None, "paths"), path))
        for method in METHODS:
            if method in item.fields:
                yield _operation(reading, shared, item, method, path)


def _list_of_root(reading: Reading, name: str, kind: str) -> list[Json] | None:
    found = reading.document.root.get(name)
    walked = None if found is None else walk_slot(reading, Slot("list", kind), found, (None, name), 2)
    return walked if isinstance(walked, list) else None


def _operation(reading: Reading, shared: _Shared, item: PathItem, method: str, path: str) -> Operation:
    source, place = item.fields[method]
    reading.begin_definition(place, source, item.size + shared.size)
    walked = walk(reading, "operation", source, place, 1)
    node: dict[str, Any] = walked if isinstance(walked, dict) else {}

    for name in node.keys() - _KNOWN:
        note_unknown(reading, "operation", name, (place, name))
    if not isinstance(node.get("operationId"), str | None):
        reading.report((place, "operationId"), "wrong-type", "operationId must be text.")

    operation_id = text_of(node, "operationId")
    reading.odd.note_name(place, operation_id or path)
    definition = {
        "operationId": operation_id,
        "method": method.upper(),
        "path": path,
        **_texts(node, item),
        **{name: node[name] for name in ("tags", "deprecated", "externalDocs") if name in node},
        "servers": node.get("servers") or item.servers or shared.servers,
        "parameters": _parameters(reading, item, node, place),
        **{name: node[name] for name in ("requestBody",) if name in node},
        "responses": node.get("responses", {}),
        **{name: node[name] for name in ("callbacks",) if name in node},
        **_security(node, shared),
        "inputSchemaId": _schema_id(node.get("requestBody")),
        "outputSchemaId": _schema_id(_success(node.get("responses"))),
        **_extensions(reading, node, item),
    }
    return Operation(
        operation_id,
        method.upper(),
        path,
        text_of(definition, "description") or text_of(definition, "summary"),
        definition,
        frozenset(reading.references | item.references),
    )


def _texts(node: dict[str, Any], item: PathItem) -> dict[str, Json]:
    """Summary and description: the operation's own, else the path item's. If both exist, both are kept."""
    texts: dict[str, Json] = {}
    for name, beside in (("summary", "pathSummary"), ("description", "pathDescription")):
        found = [holder[name] for holder in (node, item.texts) if name in holder]
        texts.update(zip((name, beside), found, strict=False))
    return texts


def _parameters(reading: Reading, item: PathItem, node: dict[str, Any], place: Place) -> list[Json]:
    """The path item's parameters, less those that the operation replaces by name and place, then its own."""
    own = node.get("parameters", [])
    if not isinstance(own, list):
        return []
    own = check_parameters(reading, own, (place, "parameters"))
    overridden = {identity(parameter): index for index, parameter in enumerate(own)}

    inherited: list[Json] = []
    for parameter in item.parameters:
        index = overridden.get(identity(parameter))
        if index is None:
            inherited.append(parameter)
        elif isinstance(parameter, dict) and parameter.get("name") != own[index].get("name"):
            detail = f"It replaces {parameter['name']} of the path item: the name of a header counts in any case."
            reading.odd.note((((place, "parameters"), index), "name"), "name-case", detail)
    return [*inherited, *own]


def _security(node: dict[str, Any], shared: _Shared) -> dict[str, Json]:
    if "security" in node:  # an empty list says that the operation needs none
        return {"security": node["security"]}
    return {} if shared.security is None else {"security": shared.security}


def _extensions(reading: Reading, node: dict[str, Any], item: PathItem) -> dict[str, Json]:
    shared = {
        name: walk_data(reading, field.value, field.place, 1)
        for name, field in item.fields.items()
        if name.startswith("x-")
    }
    return shared | {name: value for name, value in node.items() if name.startswith("x-")}


def _success(responses: Json) -> Json:
    """The response of the lowest 2xx status that has content; `2XX` comes last."""
    if not isinstance(responses, dict):
        return None
    successes = [responses[status] for status in sorted(responses) if _SUCCESS.fullmatch(status)]
    return next((response for response in successes if isinstance(response, dict) and response.get("content")), None)


def _schema_id(message: Json) -> SchemaRef | None:
    """The schema of a request body or response in its preferred media type, if that is nothing but a reference."""
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(content, dict) or not content:
        return None
    media_type = content[min(content, key=_preference)]
    schema = media_type.get("schema") if isinstance(media_type, dict) else None
    reference = schema.get("$ref") if isinstance(schema, dict) and len(schema) == 1 else None
    return reference if isinstance(reference, SchemaRef) else None


def _preference(media_type: str) -> tuple[int, str]:
    """A sort key: JSON first, then formats written in JSON, then the rest, by name. The order of keys means nothing."""
    name = media_type.partition(";")[0].strip().lower()
    return 0 if name == _JSON else 1 if name.endswith("+json") else 2, media_type
