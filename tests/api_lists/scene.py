"""A publisher, an installer and what passes between them, for the tests of lists."""

from dataclasses import dataclass
from typing import Any

from tests.support.client import As, Reply
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed
from tests.support.factories.integrations import integration, manifest_member, published, unlisted
from tests.support.world import World


@dataclass(frozen=True)
class Scene:
    """`alpha` has published `demo` as 1.0.0; `beta` has installed it: `shown` as a reference, `given` as a clone."""

    alpha: As
    beta: As
    shown: dict[str, Any]
    given: dict[str, Any]
    demo: dict[str, Any]
    version: dict[str, Any]
    install: dict[str, Any]


async def scene(world: World) -> Scene:
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    shown = await entity(alpha, "function", "shown", {"text": "${variables.word} one"})
    given = await entity(alpha, "agent", "given", {"calls": shown["id"]})
    documents = {
        "manifest": {
            "members": [
                manifest_member(shown, required=True),
                manifest_member(given, required=True, forkOnInstall=True),
            ]
        },
        "variablesSchema": {"type": "object", "properties": {"word": {"type": "string", "default": "hello"}}},
    }
    demo = await integration(alpha, "demo", **documents)
    version = await published(alpha, demo["id"])
    await unlisted(alpha, demo["id"])
    install = await installed(beta, demo["id"])
    return Scene(alpha, beta, shown, given, demo, version, install)


async def published_public(world: World, caller: As, slug: str, version: str = "1.0.0") -> dict[str, Any]:
    """An integration of the caller's workspace without members that stands in everybody's list."""
    made = await integration(caller, slug)
    await published(caller, made["id"], version)
    await caller.post(f"/api/integrations/{made['id']}/visibility", {"visibility": "public"})
    admin = await world.platform_admin()
    reply = await admin.post(f"/api/integrations/{made['id']}/review", {"approve": True, "reason": "good"})
    assert reply.status == 200, reply.json
    return made


def named(reply: Reply, key: str = "slug") -> list[str]:
    """What a page lists, by one key; its total is as many."""
    assert reply.status == 200, reply.json
    found = [row[key] for row in reply.json["data"]]
    assert reply.json["pageInfo"]["total"] == len(found)
    return found
