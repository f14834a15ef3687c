"""Two versions of a large OpenAPI document: 1,400 operations, 4,200 schemas; `python -m tests.demo.large_documents FOLDER` writes them.

Of the schemas 1,400 are shared, in rings of 700 that every operation enters; the others belong to one operation each.
"""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

OPERATIONS = 1_400
RING = 700


def schema(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def message(name: str) -> dict[str, Any]:
    return {"description": name, "content": {"application/json": {"schema": schema(name)}}}


def nested(depth: int) -> dict[str, Any]:
    """A schema that nests as deep as a definition may."""
    return {"type": "object", "properties": {"next": nested(depth - 2)}} if depth > 2 else {"type": "string"}


def operation(number: int, *, changed: bool) -> dict[str, Any]:
    return {
        "operationId": f"operation{number}",
        "summary": "Changed." if changed and number % 14 == 0 else f"Operation {number}.",
        "requestBody": message(f"Request{number}"),
        "responses": {"200": message(f"Response{number}"), "default": {"$ref": "#/components/responses/Failed"}},
    }


def schemas_of(number: int, *, changed: bool) -> dict[str, Any]:
    """The two schemas of an operation."""
    entry = schema(f"Shared{number % OPERATIONS}")
    text = {"type": "string", "maxLength": 200 if changed and number % 7 == 0 else 100}
    return {
        f"Request{number}": {"type": "object", "properties": {"text": text, "entry": entry}},
        f"Response{number}": {"type": "object", "required": ["entry"], "properties": {"entry": entry, "text": text}},
    }


def shared(number: int) -> dict[str, Any]:
    """A schema of a ring."""
    ring, place = divmod(number, RING)
    return {
        "type": "object",
        "description": f"Number {place} of ring {ring}. " + "It says a little about itself. " * 5,
        "properties": {
            "id": {"type": "integer", "format": "int64", "example": 9_007_199_254_740_993},
            "next": schema(f"Shared{ring * RING + (place + 1) % RING}"),
            "deep": nested(24) if number % 100 == 0 else {"type": "string", "enum": ["a", "b", "c"]},
        },
    }


def document(version: int) -> dict[str, Any]:
    """Version 2 drops 20 operations, adds 40 and changes 100 by themselves, some by their path, and 400 schemas."""
    changed = version == 2
    numbers = [*range(20 if changed else 0, OPERATIONS), *(range(OPERATIONS, OPERATIONS + 40) if changed else ())]
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {f"Shared{number}": shared(number) for number in range(OPERATIONS)}
    for number in numbers:
        item = paths.setdefault(
            f"/things{number // 2}/{{id}}", {"parameters": [{"$ref": "#/components/parameters/id"}]}
        )
        if changed and number % 100 == 0:
            item["parameters"] = [*item["parameters"], {"name": "dry", "in": "query", "schema": {"type": "boolean"}}]
        item["post" if number % 2 else "put"] = operation(number, changed=changed)
        schemas |= schemas_of(number, changed=changed)
    return {
        "openapi": "3.1.0",
        "info": {"title": "A large API", "version": f"{version}.0.0"},
        "servers": [{"url": "https://large.example.com"}],
        "paths": paths,
        "components": {
            "parameters": {"id": {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}},
            "responses": {"Failed": {"description": "It failed."}},
            "schemas": schemas,
        },
    }


def write(folder: Path) -> tuple[Path, Path]:
    """Write both versions, gzipped."""
    files = folder / "large-1.json.gz", folder / "large-2.json.gz"
    for version, file in enumerate(files, 1):
        file.write_bytes(gzip.compress(json.dumps(document(version)).encode(), 1))
    return files


if __name__ == "__main__":
    print(*write(Path(sys.argv[1])))  # noqa: T201
