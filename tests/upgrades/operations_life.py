"""A workspace in which anything happens to installs: random versions of an author, random acts of a person."""

import random
from dataclasses import dataclass, field
from typing import Any

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.integrations import integration, published, unlisted
from tests.support.world import World

SCHEMA: dict[str, Any] = {"type": "object", "properties": {name: {"type": "string"} for name in ("word", "host")}}
WORDS = ("a", "b", "c")


@dataclass
class Author:
    """Two integrations over the same entities, published again and again."""

    caller: As
    chance: random.Random
    entities: list[dict[str, Any]] = field(default_factory=list)
    drafts: list[str] = field(default_factory=list)
    versions: int = 0

    async def begin(self) -> None:
        for at in range(6):
            self.entities.append(await entity(self.caller, "function" if at < 4 else "schema", f"e{at}", {"n": 0}))
        for slug in ("one", "two"):
            made = await integration(self.caller, slug, variablesSchema=SCHEMA)
            self.drafts.append(made["id"])
            await self.publish(made["id"])
            await unlisted(self.caller, made["id"])

    async def publish(self, draft: str) -> None:
        for at, one in enumerate(self.entities):
            if self.chance.random() < 0.4:
                targets = self.entities if at < 4 else self.entities[4:]
                named = [found["id"] for found in self.chance.sample(targets, self.chance.randrange(3)) if found != one]
                text = self.chance.choice(["${variables.word}", "of ${variables.host}", "plain"])
                body: dict[str, Any] = {"definition": {"n": self.chance.randrange(3), "text": text, "names": named}}
                if self.chance.random() < 0.3:
                    body |= {"name": f"name {self.chance.randrange(9)}", "description": self.chance.choice(WORDS)}
                assert (await self.caller.patch(f"/api/entities/{one['id']}", body)).status == 200
        schema = SCHEMA | {"properties": {**SCHEMA["properties"], "host": {"default": self.chance.choice(WORDS)}}}
        drawn = {"manifest": {"members": await self._members()}, "variablesSchema": schema}
        assert (await self.caller.patch(f"/api/integrations/{draft}", drawn)).status == 200
        self.versions += 1
        await published(self.caller, draft, f"{self.versions}.0.0")

    async def _members(self) -> list[dict[str, Any]]:
        """Some of the entities with all functions that they name, under slugs that change now and then."""
        wanted = {one["id"] for one in self.entities if self.chance.random() < 0.6}
        texts = {}
        for one in self.entities:
            reply = await self.caller.get(f"/api/entities/{one['id']}")
            texts[one["id"]] = reply.json["definition"].get("names", [])
        pending = list(wanted)
        reached = set(wanted)
        while pending:
            more = [named for named in texts[pending.pop()] if named not in reached]
            reached |= set(more)
            pending += more
        wanted |= {found for found in reached if found.startswith("fun_")}
        members = []
        for one in self.entities:
            if one["id"] in wanted:
                slug = one["slug"] if self.chance.random() < 0.8 else f"{one['slug']}-{self.chance.randrange(3)}"
                flags = {"forkOnInstall": self.chance.random() < 0.7, "defaultEnabled": True}
                members.append({"slug": slug, "entityId": one["id"], "kind": one["kind"], **flags})
        return members


@dataclass
class Person:
    """Who installs, edits, detaches, deletes, restores and upgrades."""

    caller: As
    chance: random.Random
    author: Author
    installs: list[dict[str, Any]] = field(default_factory=list)
    texts: int = 0

    async def act(self) -> int:
        """Do something; the status of the reply, which may be a refusal."""
        deleted = [found for found in self.installs if found["gone"]]
        living = [found for found in self.installs if not found["gone"]]
        if not living and not deleted:
            return await self._install()
        if deleted and self.chance.random() < 0.3:
            found = self.chance.choice(deleted)
            reply = await self.caller.post(f"/api/integration-installs/{found['id']}/restore")
            found["gone"] = reply.status != 200
            return reply.status
        if not living or self.chance.random() < 0.05:
            return await self._install()
        found = self.chance.choice(living)
        draw = self.chance.random()
        if draw < 0.05:
            reply = await self.caller.delete(f"/api/integration-installs/{found['id']}")
            found["gone"] = reply.status == 200
            return reply.status
        if draw < 0.3:
            return await self._upgrade(found)
        return await self._touch(found)

    async def _install(self) -> int:
        draft = self.chance.choice(self.author.drafts)
        body = {"workspaceId": self.caller.workspace_id, "variables": self._variables()}
        reply = await self.caller.post(f"/api/integrations/{draft}/install", body)
        if reply.status == 201:
            self.installs.append({"id": reply.json["id"], "draft": draft, "gone": False})
        return reply.status

    async def _upgrade(self, found: dict[str, Any]) -> int:
        if self.chance.random() < 0.8:
            await self.author.publish(found["draft"])
        body = {"variables": self._variables()} if self.chance.random() < 0.4 else None
        return (await self.caller.post(f"/api/integration-installs/{found['id']}/upgrade", body)).status

    def _variables(self) -> dict[str, Any]:
        return {name: self.chance.choice([*WORDS, None]) for name in ("word", "host") if self.chance.random() < 0.5}

    async def _touch(self, found: dict[str, Any]) -> int:
        """Something that a person does to a clone, also to one that an upgrade removed."""
        clones = [row for row in (await self._clones(found)) if row["integrationInstallId"] == found["id"]]
        if not clones:
            return 0
        clone = self.chance.choice(clones)
        path = f"/api/entities/{clone['id']}"
        if clone["deletedAt"] is not None:
            return (await self.caller.post(path + "/restore")).status
        act = self.chance.choice(["edit", "edit", "revert", "rename", "detach", "attach", "delete"])
        if act == "delete":
            return (await self.caller.delete(path)).status
        if act in {"detach", "attach"}:
            member = f"/api/integration-members/intmem_{clone['id'].partition('_')[2]}/detach"
            return (await self.caller.post(member, {"detached": act == "detach"})).status
        return (await self.caller.patch(path, await self._change(act, path, clones))).status

    async def _change(self, act: str, path: str, clones: list[dict[str, Any]]) -> dict[str, Any]:
        if act == "rename":
            return {"name": self.chance.choice(WORDS), "description": self.chance.choice([*WORDS, None])}
        if act == "revert":
            return {"definition": (await self.caller.get(path + "/versions", limit=50)).json["data"][-1]["definition"]}
        self.texts += 1
        named = [other["id"] for other in clones if self.chance.random() < 0.2 and other["deletedAt"] is None]
        return {"definition": {"n": self.texts, "names": named}}

    async def _clones(self, found: dict[str, Any]) -> list[dict[str, Any]]:
        parameters = {"source": "workspace", "include_deleted": "true", "limit": 100}
        return (await self.caller.get("/api/entities", **parameters)).json["data"]


async def begin(world: World, seed: int) -> Person:
    """A person in a workspace of their own, beside an author."""
    chance = random.Random(seed)
    author = Author(await world.workspace("author"), chance)
    await author.begin()
    return Person(await world.workspace("user"), chance, author)
