"""Entities, made over HTTP."""

from typing import Any

from tests.support.client import As


async def entity(caller: As, kind: str, slug: str, definition: dict[str, Any] | None = None) -> dict[str, Any]:
    """A new entity in the caller's workspace."""
    body = {
        "workspaceId": caller.workspace_id,
        "kind": kind,
        "slug": slug,
        "name": slug,
        "definition": definition or {},
    }
    reply = await caller.post("/api/entities", body)
    assert reply.status == 201, reply.json
    return reply.json
