"""One author, one install: what tests of upgrades begin with."""

from typing import Any

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import definition_of, installed, members_of
from tests.support.factories.integrations import integration, manifest_member, offered, published
from tests.support.world import World

CLONED = {"required": True, "forkOnInstall": True}
NOTHING = {"updated": [], "added": [], "removed": [], "skipped": []}


class Life:
    """An author with a function of the name `greet` offered as a clone, and a workspace that has it."""

    def __init__(self, author: As, user: As, draft: dict[str, Any], install: dict[str, Any]) -> None:
        self.author, self.user, self.draft, self.install = author, user, draft, install
        self.path = f"/api/integration-installs/{install['id']}"
        self.source = f"/api/entities/{draft['manifest']['members'][0]['entityId']}"
        self.number = 1

    async def publish(self, text: str | None = None, **documents: Any) -> None:
        """A next version, with `greet` and these documents changed."""
        if text is not None:
            reply = await self.author.patch(self.source, {"definition": {"text": text}})
            assert reply.status == 200, reply.json
        if documents:
            reply = await self.author.patch(f"/api/integrations/{self.draft['id']}", documents)
            assert reply.status == 200, reply.json
        self.number += 1
        await published(self.author, self.draft["id"], f"{self.number}.0.0")

    async def upgrade(self, **body: Any) -> Any:
        reply = await self.user.post(self.path + "/upgrade", body or None)
        assert reply.status == 200, reply.json
        return reply.json

    async def refused(self, **body: Any) -> Any:
        before = (await self.user.get(self.path)).json, await self.members()
        reply = await self.user.post(self.path + "/upgrade", body or None)
        assert reply.status in {400, 409}
        assert ((await self.user.get(self.path)).json, await self.members()) == before
        return reply

    async def members(self) -> dict[str, dict[str, Any]]:
        return await members_of(self.user, self.install)

    async def clone(self, slug: str = "greet") -> dict[str, Any]:
        return (await self.members())[slug]

    async def text(self) -> Any:
        return (await definition_of(self.user, await self.clone()))["text"]


async def life(world: World, text: str = "one", variables: dict[str, Any] | None = None, **documents: Any) -> Life:
    author, user = await world.workspace("author"), await world.workspace("user")
    greet = await entity(author, "function", "greet", {"text": text})
    members = [manifest_member(greet, **CLONED), *documents.pop("members", [])]
    draft = await offered(author, "demo", members, **documents)
    return Life(author, user, draft, await installed(user, draft["id"], variables=variables or {}))


async def stored(world: World, clone: dict[str, Any]) -> bytes | None:
    """The bytes of a clone's own definition."""
    found = await world.owner.fetchval("select definition from entities where id = $1", clone["entityId"][4:])
    return None if found is None else bytes(found)


class Free:
    """An author who publishes whatever members a test wants, and a workspace that has what was published first."""

    def __init__(self, world: World, author: As, user: As, draft: dict[str, Any]) -> None:
        self.world, self.author, self.user, self.draft = world, author, user, draft
        self.install: dict[str, Any] = {}
        self.number = 0

    async def publish(self, *members: dict[str, Any], **documents: Any) -> None:
        manifest = {"members": list(members), **documents.pop("manifest", {})}
        reply = await self.author.patch(f"/api/integrations/{self.draft['id']}", {"manifest": manifest, **documents})
        assert reply.status == 200, reply.json
        self.number += 1
        await published(self.author, self.draft["id"], f"{self.number}.0.0")

    async def begin(self, *members: dict[str, Any], body: dict[str, Any] | None = None, **documents: Any) -> None:
        """Publish the first version, and install it."""
        await self.publish(*members, **documents)
        reply = await self.author.post(f"/api/integrations/{self.draft['id']}/visibility", {"visibility": "unlisted"})
        assert reply.status == 200
        self.install = await installed(self.user, self.draft["id"], **(body or {}))

    async def upgrade(self, **body: Any) -> Any:
        reply = await self.user.post(f"/api/integration-installs/{self.install['id']}/upgrade", body or None)
        assert reply.status == 200, reply.json
        return reply.json

    async def members(self) -> dict[str, dict[str, Any]]:
        return await members_of(self.user, self.install)

    async def id_of(self, slug: str) -> str:
        return (await self.members())[slug]["entityId"]

    async def read(self, entity_id: str) -> Any:
        reply = await self.user.get(f"/api/entities/{entity_id}")
        assert reply.status == 200, reply.json
        return reply.json

    async def text(self, entity_id: str) -> Any:
        return (await self.read(entity_id))["definition"]

    async def edit(self, entity_id: str, definition: Any) -> None:
        reply = await self.user.patch(f"/api/entities/{entity_id}", {"definition": definition})
        assert reply.status == 200, reply.json

    async def write(self, source: dict[str, Any], definition: Any) -> None:
        """The author's own entity."""
        reply = await self.author.patch(f"/api/entities/{source['id']}", {"definition": definition})
        assert reply.status == 200, reply.json


async def free(world: World) -> Free:
    author, user = await world.workspace("author"), await world.workspace("user")
    return Free(world, author, user, await integration(author))


def cloned(source: dict[str, Any], slug: str | None = None) -> dict[str, Any]:
    """The manifest's entry of an entity that becomes a clone."""
    return {**manifest_member(source, **CLONED), "slug": slug or source["slug"]}


def shown(source: dict[str, Any], slug: str | None = None) -> dict[str, Any]:
    """The manifest's entry of an entity that is a reference."""
    return {**manifest_member(source, required=True), "slug": slug or source["slug"]}
