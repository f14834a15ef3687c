"""Random states of an install: a plan writes itself alone, it says what its application does, and undo takes that back."""

import asyncio
import json
import os
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support import database
from tests.support.client import As
from tests.support.database import Run
from tests.support.factories.installs import definition_of, installed, members_of
from tests.support.world import World, running
from tests.upgrades.test_upgrade_model import VALUES, Author

pytestmark = pytest.mark.slow

EXAMPLES, ROUNDS = (200, 10) if os.environ.get("GRAFT_TORTURE") else (12, 4)
MOVES = ("update", "merge", "add", "remove")
TABLES = (
    "installs", "install_members", "entities", "entity_versions", "variable_states", "solutions", "operations",
    "events",
)  # fmt: skip


class User:
    """The installing workspace."""

    def __init__(self, world: World, caller: As, author: Author, chance: random.Random) -> None:
        self.world, self.caller, self.author, self.chance = world, caller, author, chance
        self.numbers = 0

    async def install(self) -> None:
        self.made = await installed(self.caller, self.author.draft["id"], memberPolicy="auto_all")
        self.path = f"/api/integration-installs/{self.made['id']}"

    async def members(self) -> dict[str, dict[str, Any]]:
        return {member["id"]: member for member in (await members_of(self.caller, self.made)).values()}

    async def texts(self) -> dict[str, Any]:
        return {
            member_id: await definition_of(self.caller, member) for member_id, member in (await self.members()).items()
        }

    async def act(self) -> None:
        """Something that a person does to a clone."""
        clones = [member for member in (await self.members()).values() if member["isClone"]]
        if not clones:
            return
        member = self.chance.choice(clones)
        path, detach = f"/api/entities/{member['entityId']}", f"/api/integration-members/{member['id']}/detach"
        if member["deletedAt"] is not None:
            await self.caller.post(path + "/restore")
            return
        match self.chance.choice(
            ["beside", "beside", "beside", "same", "same", "attach", "detach", "delete", "rename"]
        ):
            case "attach":
                reply = await self.caller.post(detach, {"detached": False})
            case "detach":
                reply = await self.caller.post(detach, {"detached": True})
            case "delete":
                reply = await self.caller.delete(path)
            case "rename":
                reply = await self.caller.patch(path, {"name": f"mine {self._number()}"})
            case how:
                text = await definition_of(self.caller, member)
                key = "n" if how == "same" else self.chance.choice(["x", "y"])
                reply = await self.caller.patch(path, {"definition": {**text, key: f"mine {self._number()}"}})
        assert reply.status == 200, reply.json

    def _number(self) -> int:
        self.numbers += 1
        return self.numbers

    async def plan(self, **body: Any) -> dict[str, Any]:
        reply = await self.caller.post(self.path + "/upgrade-plans", body)
        assert reply.status == 201, reply.json
        return reply.json

    async def fields(self, plan: dict[str, Any]) -> list[dict[str, Any]]:
        reply = await self.caller.get(f"/api/upgrade-plans/{plan['id']}/fields", limit=1000)
        assert reply.status == 200, reply.json
        assert not reply.json["pageInfo"]["hasNextPage"]
        return reply.json["data"]

    async def rows(self) -> list[Any]:
        """All rows that a plan could have written beside itself."""
        return [
            await self.world.owner.fetchval(f"select md5(string_agg(t::text, '|' order by t::text)) from {table} t")
            for table in TABLES
        ]


async def one_round(user: User, versions: list[str]) -> None:
    chance, caller = user.chance, user.caller
    body: dict[str, Any] = {"strategy": chance.choice(["reapply", "merge", "merge"])}
    if chance.random() < 0.4:
        body["integrationVersionId"] = chance.choice(versions)
    if chance.random() < 0.4:
        declared = (
            await caller.get(f"/api/integration-versions/{body.get('integrationVersionId', versions[-1])}")
        ).json
        names = declared["variablesSchemaSnapshot"]["properties"] if "variablesSchemaSnapshot" in declared else {}
        body["variables"] = {name: chance.choice(VALUES) for name in names}

    before = await user.rows()
    plan = await user.plan(**body)
    fields = await user.fields(plan)
    assert await user.rows() == before
    members, texts = await user.members(), await user.texts()
    done = await caller.post(f"/api/upgrade-plans/{plan['id']}/apply", {"reason": "a law"})
    assert done.status == 200, done.json
    await follows(user, plan, fields, members, texts, done.json["installs"][0])

    if done.json["installs"][0]["operationId"] is not None and await taken_back(user, members, texts):
        return
    again = await user.plan(strategy=body["strategy"], integrationVersionId=plan["to"]["integrationVersionId"])
    assert not [member for member in again["members"] if member["outcome"] in MOVES], again["members"]


async def follows(
    user: User,
    plan: dict[str, Any],
    fields: list[dict[str, Any]],
    members: dict[str, Any],
    texts: dict[str, Any],
    done: dict[str, Any],
) -> None:
    """What is there now is what the plan said."""
    told = {member["memberId"]: member for member in plan["members"]}
    by_outcome = {name: sorted(m["slug"] for m in told.values() if m["outcome"] == name) for name in plan["summary"]}
    assert done["updated"] == sorted(by_outcome["update"] + by_outcome["merge"])
    assert done["skipped"] == sorted(by_outcome["skip"] + by_outcome["conflict"])
    assert (done["added"], done["removed"]) == (by_outcome["add"], by_outcome["remove"])
    now, read = await user.members(), await user.texts()
    gone = {member_id for member_id, member in told.items() if member["outcome"] == "remove"}
    come = {member_id for member_id, member in told.items() if member["outcome"] == "add"}
    assert now.keys() == (members.keys() - gone) | come
    assert {m: now[m]["entityId"] for m in told.keys() - gone} == {m: told[m]["entityId"] for m in told.keys() - gone}

    results: dict[str, dict[str, Any]] = {}
    for field in fields:
        # of what waits for a decision the fields say what comes of it then
        if told[field["memberId"]]["outcome"] == "conflict":
            continue
        results.setdefault(field["memberId"], {})[field["pointer"]] = field
    for member_id in now.keys() & members.keys():
        expected = dict(texts[member_id])
        for pointer, field in results.get(member_id, {}).items():
            if "result" in field:
                expected[pointer[1:]] = field["result"]
            else:
                expected.pop(pointer[1:], None)
        assert read[member_id] == expected, _explained(
            told.get(member_id), results.get(member_id), texts[member_id], expected, read[member_id]
        )


async def taken_back(user: User, members: dict[str, Any], texts: dict[str, Any]) -> bool:
    """Undone, all is as it was before; undone again, as it was after. Whether it is left undone."""
    after = await user.members(), await user.texts()
    for left_undone, expected in ((True, (members, texts)), (False, after)):
        reply = await user.caller.post(user.path + "/undo")
        assert reply.status == 200, reply.json
        found = await user.members(), await user.texts()
        assert found == expected, _explained(reply.json, *found, *expected)
        if left_undone and user.chance.random() < 0.5:
            return True
    return False


def _explained(*found: Any) -> str:
    return "  ".join(json.dumps(one) for one in found)


async def live(url: str, app_role: str, seed: int) -> None:
    chance = random.Random(seed)
    async with running(url, app_role) as world:
        author = Author(await world.workspace("author"), chance)
        await author.begin(world)
        user = User(world, await world.workspace("user"), author, chance)
        await author.publish()
        await user.install()
        for _ in range(ROUNDS):
            for _ in range(chance.randrange(1, 6)):
                await user.act()
            if chance.random() < 0.8:
                await author.publish()
            listed = await author.caller.get(
                "/api/integration-versions", integration_id=author.draft["id"], orderBy='[{"version": "asc"}]'
            )
            await one_round(user, [version["id"] for version in listed.json["data"]])


@pytest.mark.usefixtures("_template")
@given(seed=st.integers(0, 2**32))
# a seed cannot be made simpler
@settings(
    max_examples=EXAMPLES,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
def test_a_plan_writes_itself_alone_is_what_its_application_does_and_is_taken_back(
    server_url: str, run: Run, seed: int
):
    with (
        database.made(server_url, run, template=run.template) as url,
        asyncio.Runner() as runner,
    ):
        runner.run(live(url, run.app_role, seed))
