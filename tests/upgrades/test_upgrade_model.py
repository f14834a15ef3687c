"""Random lives of an integration and an install of it, each step held to a model in plain dictionaries."""

import asyncio
import copy
import itertools
import os
import random
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support import database
from tests.support.client import As
from tests.support.database import Run
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed, members_of
from tests.support.factories.integrations import integration, manifest_member, offered, unlisted
from tests.support.world import World, running
from tests.upgrades import upgrade_model as model

pytestmark = pytest.mark.slow

EXAMPLES, STEPS = (500, 24) if os.environ.get("GRAFT_TORTURE") else (40, 16)
FUNCTIONS, SCHEMAS = 4, 4
VARIABLES = ("a", "b", "c")
VALUES = ("p", "q", 3, None)


class Author:
    """The source workspace: entities with a number, references and placeholders, and the drafts made of them.

    Three of its schemas have one slug: two of them are clones of another author's.
    """

    def __init__(self, caller: As, chance: random.Random) -> None:
        self.caller, self.chance = caller, chance
        self.entities: list[dict[str, Any]] = []
        self.state: list[dict[str, Any]] = []
        self.slugs: dict[int, str] = {}
        self.closure: dict[int, str] = {}
        self.flags: dict[int, dict[str, bool]] = {}
        self.published = 0
        self.fresh = itertools.count()

    async def begin(self, world: World) -> None:
        for at in range(FUNCTIONS + SCHEMAS):
            kind = "function" if at < FUNCTIONS else "schema"
            self._know(await entity(self.caller, kind, f"{kind[0]}{at}", _written(0, [])))
        other = await world.workspace("other")
        shared = await entity(other, "schema", self.entities[FUNCTIONS]["slug"], _written(0, []))
        member = manifest_member(shared, required=True, forkOnInstall=True)
        made = await offered(other, "shared", [member], manifest={"allowMultipleInstalls": True})
        for _ in range(2):
            clones = await members_of(self.caller, await installed(self.caller, made["id"]))
            self._know((await self.caller.get(f"/api/entities/{clones[shared['slug']]['entityId']}")).json)
        self.draft = await integration(self.caller, "lives")

    def _know(self, made: dict[str, Any]) -> None:
        self.slugs[len(self.entities)] = made["slug"]
        self.state.append({"n": 0, "refs": [], "uses": [], "name": made["name"], "source": made["defaultVersionId"]})
        self.entities.append(made)

    def kind(self, at: int) -> str:
        return self.entities[at]["kind"]

    async def publish(self) -> model.Version:
        """Change some entities, draw a manifest, publish; what the model knows of the version."""
        for at in range(len(self.entities)):
            if not self.published or self.chance.random() < 0.35:
                await self._change(at)
        declared, reached = self._draw()
        self._name(declared)
        flags = {at: self._flags(at) for at in sorted(declared)}
        depends = {at: [self.slugs[other] for other in sorted(declared) if other < at and self.chance.random() < 0.1]
                   for at in flags}  # fmt: skip
        members = [
            {"slug": self.slugs[at], "entityId": self.entities[at]["id"], "kind": self.kind(at),
             "forkOnInstall": flags[at]["fork"], "required": flags[at]["required"],
             "defaultEnabled": flags[at]["default"], "dependsOn": depends[at]}
            for at in flags
        ]  # fmt: skip
        variables = await self._publish(members, reached)
        await self._learn_closure(declared, reached)
        slugs = {at: self.slugs[at] if at in declared else self.closure[at] for at in reached}
        nothing: dict[str, Any] = dict.fromkeys(("fork", "required", "default"), False)
        return {
            "declared": variables,
            "members": {
                slugs[at]: {
                    **self.state[at], "entity": at, "kind": self.kind(at), **flags.get(at, nothing),
                    "depends": depends.get(at, []), "refs": [slugs[ref] for ref in self.state[at]["refs"]],
                }
                for at in sorted(reached)
            },
        }  # fmt: skip

    async def _change(self, at: int) -> None:
        chance, state = self.chance, self.state[at]
        schemas = range(FUNCTIONS, len(self.entities))
        targets = range(len(self.entities)) if at < FUNCTIONS else schemas
        new: dict[str, Any] = {
            "n": chance.randrange(4),
            "refs": sorted(chance.sample([*targets], chance.randrange(3))),
            "uses": [],
        }
        if at < FUNCTIONS + SCHEMAS:  # what a clone says is literal
            new["uses"] = [name for name in VARIABLES if chance.random() < 0.25]
        state.update(new)
        refs = [self.entities[ref]["id"] for ref in new["refs"]]
        body: dict[str, Any] = {"definition": _written(new["n"], refs, new["uses"])}
        if chance.random() < 0.2:
            state["name"] = body["name"] = f"name {next(self.fresh)}"
        reply = await self.caller.patch(f"/api/entities/{self.entities[at]['id']}", body)
        assert reply.status == 200, reply.json
        state["source"] = reply.json["defaultVersionId"]

    def _draw(self) -> tuple[set[int], set[int]]:
        """The entities that are declared members, and all that they reach: a function that is named is a member."""
        chance = self.chance
        declared = {at for at in range(len(self.entities)) if chance.random() < (0.6 if at < FUNCTIONS else 0.2)}
        pending, reached = list(declared), set(declared)
        while pending:
            more = set(self.state[pending.pop()]["refs"]) - reached
            reached |= more
            pending += more
        return declared | {at for at in reached if at < FUNCTIONS}, reached

    def _name(self, declared: set[int]) -> None:
        """Slugs of the declared: some change to new ones, to those of others that leave, or with each other."""
        chance = self.chance
        for at in sorted(declared):
            others = [other for other in declared if other != at]
            fate = chance.random()
            if fate < 0.05:
                self.slugs[at] = f"m{next(self.fresh)}"
            elif fate < 0.12:
                self.slugs[at] = chance.choice(self.entities)["slug"]
            elif fate < 0.2 and others:
                other = chance.choice(others)
                self.slugs[at], self.slugs[other] = self.slugs[other], self.slugs[at]
        used: set[str] = set()
        for at in sorted(declared):
            while self.slugs[at] in used:
                self.slugs[at] = f"m{next(self.fresh)}"
            used.add(self.slugs[at])

    def _flags(self, at: int) -> dict[str, bool]:
        names = ("fork", "required", "default")
        flags = self.flags.setdefault(at, {name: self.chance.random() < 0.6 for name in names})
        if self.chance.random() < 0.15:
            name = self.chance.choice(names)
            flags[name] = not flags[name]
        return {**flags}

    async def _publish(self, members: list[dict[str, Any]], reached: Iterable[int]) -> dict[str, Any]:
        """Publish with these members; the variables that the version declares, with their defaults."""
        used = {name for at in reached for name in self.state[at]["uses"]}
        declared = {name for name in VARIABLES if name in used or self.chance.random() < 0.5}
        variables: dict[str, Any] = {name: self.chance.choice(VALUES) for name in sorted(declared)}
        by_manifest = {name for name in variables if self.chance.random() < 0.3}
        properties = {
            name: {} if variables[name] is None or name in by_manifest else {"default": variables[name]}
            for name in variables
        }
        defaults = {name: variables[name] for name in by_manifest if variables[name] is not None}
        path = f"/api/integrations/{self.draft['id']}"
        patched = await self.caller.patch(path, {
            "manifest": {"members": members, "defaults": {"variables": defaults}},
            "variablesSchema": {"type": "object", "properties": properties},
        })  # fmt: skip
        assert patched.status == 200, patched.json
        self.published += 1
        reply = await self.caller.post(path + "/publish", {"version": f"{self.published}.0.0"})
        assert reply.status == 201, reply.json
        if self.published == 1:
            await unlisted(self.caller, self.draft["id"])
        return variables

    async def _learn_closure(self, declared: set[int], reached: set[int]) -> None:
        """Which slug each schema of the closure got: the one that it had, or one that no other one had."""
        preview = (await self.caller.get(f"/api/integrations/{self.draft['id']}/members")).json["members"]
        at_id = {made["id"]: at for at, made in enumerate(self.entities)}
        found = {at_id[member["entityId"]]: member["slug"] for member in preview if member["role"] == "closure"}
        assert found.keys() == reached - declared
        for at, slug in found.items():
            assert slug.split("-")[0] == f"schema:{self.entities[at]['slug']}"
            assert self.closure.get(at, slug) == slug
            assert all(slug != had for other, had in self.closure.items() if other != at)
        self.closure = found


class Workspace:
    """The installing workspace: what the model says of each row, and the ids and texts that Graft gave it."""

    def __init__(self, caller: As, author: Author) -> None:
        self.caller, self.author, self.chance = caller, author, author.chance
        self.said: dict[tuple[str, str], Any] = {}
        self.edits = 0

    @property
    def rows(self) -> list[model.Row]:
        return self.made["rows"]

    @property
    def live(self) -> list[model.Row]:
        return [row for row in self.rows if not row["gone"]]

    async def install(self, version: model.Version) -> None:
        policy = self.chance.choice(["auto_all", "auto_defaults", "manual"])
        values = self._values(version)
        made = await installed(self.caller, self.author.draft["id"], memberPolicy=policy, variables=values)
        self.id = made["id"]
        self.made = model.install(version, policy, values)
        await self.compare()

    async def upgrade(self, version: model.Version) -> None:
        before = copy.deepcopy(self.made)
        body = self._values(version) if self.chance.random() < 0.4 else {}
        expected = model.upgrade(self.made, version, body)
        path = f"/api/integration-installs/{self.id}/upgrade"
        reply = await self.caller.post(path, {"variables": body} if body else None)
        assert (reply.status, reply.json) == (200, expected), (reply.json, expected, before, body, version)
        await self.compare()
        again = await self.caller.post(path)
        assert again.json == {name: [] for name in expected}, (expected, again.json, before, body, version)

    async def leave_and_come_back(self) -> None:
        """Uninstall, and restore: all reads as before meanwhile, and afterwards is as it was."""
        path = f"/api/integration-installs/{self.id}"
        assert (await self.caller.delete(path)).status == 200
        stays, entities = model.staying(self.rows), await self._entities()
        for row in self.rows:
            if row["clone"]:
                found = entities[row["wire"][1]]
                assert found["definition"] == self._definition(row["text"]), row
                assert (found["deletedAt"] is None) == (row["key"] in stays), row
            elif not row["gone"]:
                found = entities.get(row["wire"][1])
                assert (found is not None) == (row["key"] in stays), row
                assert found is None or found["definition"] == self._definition(row["text"]), row
        assert (await self.caller.post(path + "/restore")).status == 200
        await self.compare()

    def _values(self, version: model.Version) -> dict[str, Any]:
        return {name: self.chance.choice(VALUES) for name in version["declared"] if self.chance.random() < 0.5}

    # what Graft says

    async def compare(self) -> None:
        """The members that Graft lists are the model's, and all reads as the model says, also what is gone."""
        reply = await self.caller.get(f"/api/integration-installs/{self.id}/members")
        listed = {found["id"]: found for found in reply.json["members"]}
        new = {row["slug"]: row for row in self.live if "wire" not in row}
        for found in listed.values():
            known = {row["wire"][0] for row in self.rows if "wire" in row}
            if found["id"] not in known:
                new[found["sourceMemberSlug"]]["wire"] = (found["id"], found["entityId"])
        assert {row["wire"][0] for row in self.live} == listed.keys(), (listed, self.rows)
        for row in self.live:
            self._compare_member(row, listed[row["wire"][0]])
        entities = await self._entities()
        for row in self.rows:
            if row["clone"] or not row["gone"]:
                self._compare_text(row, entities[row["wire"][1]], listed.get(row["wire"][0]))
        row = self.chance.choice(self.live) if self.live else None
        if row is not None:
            place = {} if row["clone"] else {"integrationInstallId": self.id}
            alone = (await self.caller.get(f"/api/entities/{row['wire'][1]}", **place)).json
            assert alone["definition"] == self._definition(row["text"])

    async def _entities(self) -> dict[str, dict[str, Any]]:
        reply = await self.caller.get("/api/entities", include_deleted="true")
        return {found["id"]: found for found in reply.json["data"]}

    def _compare_member(self, row: model.Row, found: dict[str, Any]) -> None:
        slug = found["sourceMemberSlug"]
        assert slug.rstrip("~") == row["slug"].rstrip("~"), (row, slug)
        row["slug"] = slug
        assert row["wire"] == (found["id"], found["entityId"])
        said = (found["isClone"], found["kind"], found["name"], found["detachedBy"], found["edited"])
        assert said == (row["clone"], row["kind"], row["name"], row["detached"], model.edited(row)), (said, row)
        assert (found["deletedAt"] is not None) == row["dead"], row

    def _compare_text(self, row: model.Row, found: dict[str, Any], member: dict[str, Any] | None) -> None:
        expected = self._definition(row["text"])
        assert found["definition"] == expected, (row, found["definition"], expected, self.made)
        assert (found["deletedAt"] is not None) == (row["dead"] or row["gone"])
        there = {model.token(other) for other in self.live}
        row["dangling"] = {ref for ref in row["text"]["refs"] if ref in row.get("dangling", ())}
        if not row["gone"]:
            assert there | row["dangling"] >= set(row["text"]["refs"]), (row, self.made)
        version_id = found["defaultVersionId"]
        assert member is None or member["entityVersionId"] == version_id
        # one id never has two texts, and a text that moves with its version has a new id where it reads otherwise
        assert self.said.setdefault((found["id"], version_id), expected) == expected, row
        made_of = row["content"], None if row["clone"] else row["source"]
        was = row.get("read")
        if was is not None and not row["own"]:
            assert version_id != was["id"] if was["text"] != expected else True, (row, was)
            assert version_id == was["id"] if (was["text"], was["of"]) == (expected, made_of) else True, (row, was)
        row["read"] = None if row["own"] else {"id": version_id, "text": expected, "of": made_of}

    def _definition(self, text: model.Text) -> dict[str, Any]:
        clones = {row["key"]: row["wire"][1] for row in self.rows if "wire" in row}
        wire = {"clone": clones.get, "entity": lambda at: self.author.entities[at]["id"]}
        return {**text, "refs": [wire[kind](of) for kind, of in text["refs"]]}

    # what a person does

    async def act(self, latest: model.Version) -> None:
        """Something that a person does to a clone; `latest` is what is published by now."""
        clones = [row for row in self.rows if row["clone"]]
        if not clones:
            return
        row = self.chance.choice(clones)
        act = self.chance.choice(["edit", "edit", "edit back", "agree", "rename", "detach", "attach", "delete"])
        member, path = f"/api/integration-members/{row['wire'][0]}/detach", f"/api/entities/{row['wire'][1]}"
        if row["dead"] or row["gone"]:
            act = self.chance.choice(["restore"] if row["gone"] else ["restore", "attach", "detach"])
        texts: dict[str, Callable[[], model.Text | None]] = {
            "edit": self._new_text,
            "edit back": lambda: row["base"],
            "agree": lambda: self._text_of(row, latest),
        }
        if act in texts:
            await self._edit(row, path, texts[act]())
        else:
            await self._mark(act, row, member, path)
        await self.compare()

    async def _mark(self, act: str, row: model.Row, member: str, path: str) -> None:
        match act:
            case "rename":
                row["name"] = f"mine {next(self.author.fresh)}"
                reply = await self.caller.patch(path, {"name": row["name"]})
            case "detach":
                model.detach(row)
                reply = await self.caller.post(member, {"detached": True})
            case "attach":
                model.attach(row)
                reply = await self.caller.post(member, {"detached": False})
            case "delete":
                row["dead"] = True
                reply = await self.caller.delete(path)
            case _:
                if row["gone"]:
                    row["dangling"] = set(row["text"]["refs"])
                model.restore(self.made, row)
                reply = await self.caller.post(path + "/restore")
        assert reply.status == 200, reply.json

    async def _edit(self, row: model.Row, path: str, text: model.Text | None) -> None:
        """Give the clone this text, where all that it names is there."""
        there = {model.token(other) for other in self.live}
        if text is None or not there >= set(text["refs"]):
            return
        model.edit(row, text)
        reply = await self.caller.patch(path, {"definition": self._definition(text)})
        assert reply.status == 200, reply.json

    def _new_text(self) -> model.Text:
        self.edits += 1
        refs = [model.token(other) for other in self.live if self.chance.random() < 0.25]
        return {"n": f"edit {self.edits}", "refs": refs, "vals": []}

    def _text_of(self, row: model.Row, version: model.Version) -> model.Text | None:
        """What this version would give the clone."""
        decision = model.Decision(self.made, version, set())
        slug = next((slug for slug, found in decision.answer.items() if found is row), None)
        if slug is None:
            return None
        values = model.filled(version, model.kept_values(version, self.made["given"], {}))
        return model.rendered(version["members"][slug], values, decision.tokens(lambda _slug: ("fresh", 0)))


def _written(n: int, refs: list[str], uses: Iterable[str] = ()) -> dict[str, Any]:
    names = [f"${{variables.{name}}}" for name in uses]
    return {"n": n, "refs": refs, "vals": [*names, *(f"<{name}>" for name in names)]}


async def live(url: str, app_role: str, seed: int) -> None:
    chance = random.Random(seed)
    async with running(url, app_role) as world:
        author = Author(await world.workspace("author"), chance)
        await author.begin(world)
        user = Workspace(await world.workspace("user"), author)
        version = await author.publish()
        await user.install(version)
        for _ in range(STEPS):
            match chance.choice(["publish"] * 4 + ["act"] * 11 + ["upgrade"] * 4 + ["away"]):
                case "publish":
                    version = await author.publish()
                case "act":
                    await user.act(version)
                case "away":
                    await user.leave_and_come_back()
                case _:
                    await user.upgrade(version)
        await user.upgrade(version)


@pytest.mark.usefixtures("_template")
@given(seed=st.integers(0, 2**32))
# a seed cannot be made simpler
@settings(
    max_examples=EXAMPLES,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_an_upgrade_does_what_the_model_says(server_url: str, run: Run, seed: int):
    with (
        database.made(server_url, run, template=run.template) as url,
        asyncio.Runner() as runner,
    ):
        runner.run(live(url, run.app_role, seed))
