"""What an import knows to be a reference is what stands outside data places: one grammar, said in two ways."""

import json
from pathlib import Path
from typing import Any

import pytest

from graft.kinds.registry import load_kinds
from graft.templates import references
from tests.support.world import World

_EXAMPLES = Path(__file__).parents[2] / "examples" / "helpdesk"
HELPDESK = [pytest.param(file.read_bytes(), id=file.name) for file in sorted(_EXAMPLES.glob("*.yaml"))]
NAMES = ["default", "example", "enum", "const", "x-a", "properties", "schema", "headers", "responses"]


def schema(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def media(name: str) -> dict[str, Any]:
    return {
        "x-a/default": {
            "schema": schema(name),
            "example": schema(name),
            "encoding": {"default": {"headers": {"x-a": {"schema": schema(name), "example": schema(name)}}}},
        }
    }


def response(name: str) -> dict[str, Any]:
    return {
        "description": "ok",
        "headers": {"x-a": {"schema": schema(name)}, "default": {"schema": schema(name)}},
        "content": media(name),
        "links": {"default": {"operationId": "get"}},
    }


def awkward() -> dict[str, Any]:
    """A document in which all that may be named is named like a keyword whose value is data."""
    schemas: dict[str, Any] = {
        name: {
            "type": "object",
            "properties": {other: schema(other) for other in NAMES},
            "patternProperties": {"x-": schema(name)},
            "dependentSchemas": {"default": schema(name)},
            "$defs": {"enum": {"items": schema(name)}},
            "discriminator": {"propertyName": "a", "mapping": {"default": f"#/components/schemas/{name}"}},
            "oneOf": [schema(other) for other in NAMES],
            "default": schema(name),
            "examples": [schema(name)],
            "x-note": schema(name),
        }
        for name in NAMES
    }
    operation = {
        "operationId": "get",
        "parameters": [
            {"name": name, "in": "query", "schema": schema(name), "examples": {"default": {"value": schema(name)}}}
            for name in NAMES
        ],
        "requestBody": {"content": media("enum")},
        "responses": {"default": response("default"), "200": response("x-a"), "x-note": schema("enum")},
        "callbacks": {"x-done": {"{$request.body#/url}": {"post": {"responses": {"default": response("const")}}}}},
        "x-anything": schema("default"),
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Awkward", "version": "1"},
        "paths": {"/default": {"post": operation}},
        "components": {"schemas": schemas},
    }


async def _same(world: World, document: bytes) -> None:
    """What each entity of the document names, and what its text says that it names, are the same, and not nothing."""
    registry = load_kinds()
    author = await world.workspace("author")
    path = "/api/entities/import-openapi"
    reply = await author("POST", path, params={"workspaceId": author.workspace_id}, content=document)
    assert reply.status == 200, reply.json
    rows = await world.owner.fetch("select kind, slug, definition, refs from entities")
    known = {row["slug"]: set(row["refs"]) for row in rows}
    told = {
        row["slug"]: {
            found.id
            for found in references(bytes(row["definition"]), registry.prefixes, registry.by_name[row["kind"]].places)
        }
        for row in rows
    }
    assert told == known
    assert any(known.values())


async def test_names_that_look_like_data_keywords_lead_nobody_astray(world: World):
    await _same(world, json.dumps(awkward()).encode())


@pytest.mark.parametrize("document", HELPDESK)
async def test_the_documents_of_the_demonstration_name_what_their_entities_name(document: bytes, world: World):
    await _same(world, document)
