"""Plans of one install, made and done."""

from typing import Any

from tests.upgrades.upgrade_life import Free, Life


def path_of(it: Free | Life) -> str:
    return f"/api/integration-installs/{it.install['id']}"


async def planned(it: Free | Life, **body: Any) -> dict[str, Any]:
    reply = await it.user.post(path_of(it) + "/upgrade-plans", body or None)
    assert reply.status == 201, reply.json
    return reply.json


async def applied(it: Free | Life, plan: dict[str, Any], **body: Any) -> dict[str, Any]:
    reply = await it.user.post(f"/api/upgrade-plans/{plan['id']}/apply", body or None)
    assert reply.status == 200, reply.json
    return reply.json


def outcomes(plan: dict[str, Any]) -> dict[str, str]:
    return {member["slug"]: member["outcome"] for member in plan["members"]}
