"""OpenAPI documents of any size, for tests of what may not grow with it."""

from typing import Any


def many_operations(size: int, text: str) -> dict[str, Any]:
    """An OpenAPI document of `size` operations, each with a schema of its own and one that all share."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Many", "version": "1"},
        "paths": {
            f"/things/{at}": {
                "get": {
                    "operationId": f"get{at}",
                    "description": text,
                    "responses": {
                        "200": {
                            "description": "ok",
                            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/Thing{at}"}}},
                        }
                    },
                }
            }
            for at in range(size)
        },
        "components": {
            "schemas": {
                "Shared": {"type": "object", "description": text},
                **{f"Thing{at}": {"allOf": [{"$ref": "#/components/schemas/Shared"}]} for at in range(size)},
            }
        },
    }
