"""One install with a function of several places, some of which its workspace holds."""

from typing import Any

from tests.support.client import Reply
from tests.support.factories.entities import entity
from tests.support.factories.installs import definition_of, installed
from tests.support.factories.integrations import manifest_member, offered
from tests.support.world import World
from tests.upgrades.upgrade_life import CLONED, Life

WORD = {"type": "object", "properties": {"word": {"type": "string", "default": "hi"}}}
PARAMETERS = [{"in": "query", "name": "limit", "schema": {"type": "integer"}}, {"in": "path", "name": "id"}]
GIVEN: dict[str, Any] = {
    "summary": "Says ${variables.word}.", "note": "one", "parameters": PARAMETERS, "tags": ["a"], "deep": {"a": {"b": 1}}
}  # fmt: skip


class Held(Life):
    """A life whose function has a text of several places."""

    async def hold(self, *paths: str, slug: str = "greet", **more: Any) -> dict[str, Any]:
        reply = await self.held(*paths, slug=slug, **more)
        assert reply.status == 200, reply.json
        assert reply.json == await self.clone(slug)
        return reply.json

    async def held(self, *paths: str, slug: str = "greet", **more: Any) -> Reply:
        member = await self.clone(slug)
        return await self.user.patch(f"/api/integration-members/{member['id']}", {"heldPaths": list(paths), **more})

    async def read(self, slug: str = "greet") -> dict[str, Any]:
        return await definition_of(self.user, await self.clone(slug))

    async def edit(self, **changes: Any) -> None:
        """The clone with these keys; None takes one out."""
        text = {key: value for key, value in {**await self.read(), **changes}.items() if value is not None}
        reply = await self.user.patch(f"/api/entities/{(await self.clone())['entityId']}", {"definition": text})
        assert reply.status == 200, reply.json

    async def write(self, **changes: Any) -> None:
        """A next version of the function with these keys otherwise."""
        text = {key: value for key, value in {**GIVEN, **changes}.items() if value is not None}
        assert (await self.author.patch(self.source, {"definition": text})).status == 200
        await self.publish()

    async def state(self) -> tuple[bool, str | None, bool, list[str]]:
        member = await self.clone()
        return member["detached"], member["detachedBy"], member["edited"], member["heldPaths"]


async def held_life(world: World) -> Held:
    author, user = await world.workspace("author"), await world.workspace("user")
    greet = await entity(author, "function", "greet", GIVEN)
    draft = await offered(author, "demo", [manifest_member(greet, **CLONED)], variablesSchema=WORD)
    return Held(author, user, draft, await installed(user, draft["id"]))


async def operations(world: World) -> list[tuple[str, str | None]]:
    rows = await world.owner.fetch("select kind, reason from operations order by id")
    return [(row["kind"], row["reason"]) for row in rows if row["kind"] != "install"]
