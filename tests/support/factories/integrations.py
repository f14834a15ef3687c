"""Drafts, their versions, and integrations that others may install, made over HTTP."""

from collections.abc import Sequence
from typing import Any

from tests.support.client import As


def manifest_member(of: dict[str, Any], **flags: Any) -> dict[str, Any]:
    """The manifest's entry of an entity, under its slug."""
    return {"slug": of["slug"], "entityId": of["id"], "kind": of["kind"], **flags}


async def integration(caller: As, slug: str = "demo", **documents: Any) -> dict[str, Any]:
    """A new draft in the caller's workspace; `documents` are manifest, variablesSchema, authConfig."""
    body = {"workspaceId": caller.workspace_id, "slug": slug, "name": slug, **documents}
    reply = await caller.post("/api/integrations", body)
    assert reply.status == 201, reply.json
    return reply.json


async def published(caller: As, integration_id: str, version: str = "1.0.0") -> dict[str, Any]:
    reply = await caller.post(f"/api/integrations/{integration_id}/publish", {"version": version})
    assert reply.status == 201, reply.json
    return reply.json


async def unlisted(caller: As, integration_id: str) -> None:
    """Make it readable by whoever knows its id."""
    reply = await caller.post(f"/api/integrations/{integration_id}/visibility", {"visibility": "unlisted"})
    assert reply.status == 200, reply.json


async def offered(author: As, slug: str, members: Sequence[dict[str, Any]], **documents: Any) -> dict[str, Any]:
    """An integration of these manifest members, published as 1.0.0, which whoever knows its id may install."""
    manifest = {"members": members, **documents.pop("manifest", {})}
    made = await integration(author, slug, manifest=manifest, **documents)
    await published(author, made["id"])
    await unlisted(author, made["id"])
    return made
