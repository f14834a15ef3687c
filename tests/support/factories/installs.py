"""Installs, made over HTTP, and what stands in them."""

from typing import Any

from tests.support.client import As


async def installed(caller: As, integration_id: str, **body: Any) -> dict[str, Any]:
    """An install in the caller's workspace."""
    reply = await caller.post(
        f"/api/integrations/{integration_id}/install", {"workspaceId": caller.workspace_id, **body}
    )
    assert reply.status == 201, reply.json
    return reply.json


async def members_of(caller: As, install: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The members of an install by their slugs."""
    reply = await caller.get(f"/api/integration-installs/{install['id']}/members")
    assert reply.status == 200, reply.json
    return {member["sourceMemberSlug"]: member for member in reply.json["members"]}


async def definition_of(caller: As, member: dict[str, Any]) -> Any:
    """What a member of an install reads as there."""
    place = {} if member["isClone"] else {"integrationInstallId": member["integrationInstallId"]}
    reply = await caller.get(f"/api/entities/{member['entityId']}", **place)
    assert reply.status == 200, reply.json
    return reply.json["definition"]


async def history_of(caller: As, install: dict[str, Any], **parameters: Any) -> list[dict[str, Any]]:
    """What happened to an install, the newest first."""
    reply = await caller.get(f"/api/integration-installs/{install['id']}/history", **parameters)
    assert reply.status == 200, reply.json
    return reply.json["data"]
