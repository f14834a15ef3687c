"""Small OpenAPI documents, and what an import of them leaves behind."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from graft.errors import Invalid
from graft.openapi_import.drafts import Draft, drafts_of
from graft.openapi_import.extract import extract
from graft.openapi_import.match import Existing
from graft.openapi_import.operations import Operation
from graft.openapi_import.plan import ImportPlan, Write, plan
from graft.openapi_import.symbols import SchemaRef

EXAMPLES = Path(__file__).parents[2] / "examples" / "helpdesk"


def document(
    paths: dict[str, Any] | None = None,
    schemas: dict[str, Any] | None = None,
    openapi: str = "3.0.3",
    **components: Any,
) -> dict[str, Any]:
    """A document with these paths and components; keyword arguments are further maps of `components`."""
    return {
        "openapi": openapi,
        "info": {"title": "Test", "version": "1"},
        "paths": paths or {},
        "components": {"schemas": schemas or {}, **components},
    }


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def answering(schema: Any) -> dict[str, Any]:
    """An operation that answers 200 with JSON of `schema`."""
    return {"responses": {"200": {"description": "OK", "content": {"application/json": {"schema": schema}}}}}


def named(*places: tuple[str | None, str, str]) -> dict[str, Any]:
    """A document of operations without content, each given as operationId, method and path."""
    paths: dict[str, Any] = {}
    for operation_id, method, path in places:
        node: dict[str, Any] = {"responses": {}} | ({} if operation_id is None else {"operationId": operation_id})
        paths.setdefault(path, {})[method] = node
    return document(paths)


def only_operation(value: Any) -> Operation:
    (operation,) = extract(value).operations
    return operation


def schema_definition(value: Any, name: str) -> Any:
    (schema,) = [schema for schema in extract(value).schemas if schema.component == name]
    return schema.definition


def problems(call: Callable[..., Any], *arguments: Any) -> set[tuple[str, str]]:
    """Pointer and code of everything that `call` finds wrong."""
    with pytest.raises(Invalid) as caught:
        call(*arguments)
    return {(problem.pointer, problem.code) for problem in caught.value.problems}


def drafts(value: Any) -> list[Draft]:
    """What the entities of a document are made of."""
    return list(drafts_of(extract(value)))


def bind(tree: Any, ids: Mapping[str, str]) -> Any:
    """`tree` with the id (`sch_…`) of its component for each `SchemaRef`."""
    if isinstance(tree, SchemaRef):
        return ids[tree.component]
    if isinstance(tree, dict):
        return {key: bind(value, ids) for key, value in tree.items()}
    return [bind(value, ids) for value in tree] if isinstance(tree, list) else tree


def stored(writes: tuple[Write, ...], *, deleted: bool = False) -> list[Existing]:
    """The entities that `writes` left in the database."""
    return [
        Existing(write.id, write.slug, write.name, write.description, write.definition, write.key, deleted)
        for write in writes
    ]


def imported(value: Any) -> list[Existing]:
    """The entities that a first import of a document leaves."""
    return stored(plan(drafts(value)).present)


def again(value: Any, existing: list[Existing]) -> ImportPlan:
    return plan(drafts(value), existing)


def definition(write: Write) -> Any:
    return json.loads(write.definition)
