"""What makes a plan stale: all that it read, and nothing else."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.plans.plan_life import outcomes, path_of, planned
from tests.support.factories.entities import entity
from tests.support.factories.integrations import published
from tests.support.world import World
from tests.upgrades.upgrade_life import Free, cloned, free

Change = Callable[[Free], Awaitable[Any]]
SCHEMA = {"type": "object", "properties": {"word": {"type": "string", "default": "a"}}}


async def _done(asked: Awaitable[Any]) -> None:
    reply = await asked
    assert reply.status in {200, 201}, reply.json


async def edit(it: Free) -> None:
    await it.edit(await it.id_of("a"), {"v": "mine"})


async def edit_again(it: Free) -> None:
    await it.edit(await it.id_of("b"), {"v": "mine again"})


async def rename(it: Free) -> None:
    await _done(it.user.patch(f"/api/entities/{await it.id_of('a')}", {"name": "ours"}))


async def delete(it: Free) -> None:
    await _done(it.user.delete(f"/api/entities/{await it.id_of('a')}"))


async def detach(it: Free) -> None:
    member = (await it.members())["a"]["id"]
    await _done(it.user.post(f"/api/integration-members/{member}/detach", {"detached": True}))


async def attach(it: Free) -> None:
    member = (await it.members())["b"]["id"]
    await _done(it.user.post(f"/api/integration-members/{member}/detach", {"detached": False}))


async def variables(it: Free) -> None:
    await _done(it.user.patch(path_of(it), {"variables": {"word": "b"}}))


async def policy(it: Free) -> None:
    await _done(it.user.patch(path_of(it), {"memberPolicy": "auto_all"}))


async def upgrade(it: Free) -> None:
    await it.upgrade()


async def uninstall_and_restore(it: Free) -> None:
    await _done(it.user.delete(path_of(it)))
    await _done(it.user.post(path_of(it) + "/restore"))


async def nothing(_it: Free) -> None:
    """Time goes by."""


async def publish(it: Free) -> None:
    await published(it.author, it.draft["id"], "3.0.0")


async def another_plan(it: Free) -> None:
    await planned(it, strategy="merge")


async def an_entity_of_its_own(it: Free) -> None:
    await entity(it.user, "function", "own", {"v": 1})


async def begun(world: World) -> Free:
    it = await free(world)
    a, b = [await entity(it.author, "function", slug, {"v": 1, "t": "${variables.word}"}) for slug in "ab"]
    await it.begin(cloned(a), cloned(b), variablesSchema=SCHEMA)
    await it.edit(await it.id_of("b"), {"v": "mine"})
    for source in (a, b):
        await it.write(source, {"v": 2, "t": "${variables.word}"})
    await it.publish(cloned(a), cloned(b))
    return it


@pytest.mark.parametrize(
    "change",
    [edit, edit_again, rename, delete, detach, attach, variables, policy, upgrade],
    ids=lambda one: one.__name__,
)
async def test_what_the_plan_read_has_moved(change: Change, world: World):
    it = await begun(world)
    plan = await planned(it)
    await change(it)
    members, texts = await it.members(), [await it.text(await it.id_of(slug)) for slug in "ab"]
    refused = await it.user.post(f"/api/upgrade-plans/{plan['id']}/apply")
    assert (refused.status, refused.code) == (409, "plan-stale"), refused.json
    assert (await it.members(), [await it.text(await it.id_of(slug)) for slug in "ab"]) == (members, texts)

    new = refused.json["plan"]
    assert (new["state"], new["to"], new["strategy"]) == ("open", plan["to"], plan["strategy"])
    assert (await it.user.get(f"/api/upgrade-plans/{new['id']}")).json == new
    by_call = await it.user.post(path_of(it) + "/upgrade", {"planId": new["id"]})
    assert by_call.status == 200, by_call.json
    assert (await it.user.get(f"/api/upgrade-plans/{plan['id']}")).json["state"] == "stale"


@pytest.mark.parametrize(
    "change",
    [nothing, publish, another_plan, an_entity_of_its_own, uninstall_and_restore],
    ids=lambda one: one.__name__,
)
async def test_what_the_plan_did_not_read_may_move(change: Change, world: World):
    it = await begun(world)
    plan = await planned(it)
    await change(it)
    assert outcomes(plan) == {"a": "update", "b": "skip"}
    assert (await it.user.post(f"/api/upgrade-plans/{plan['id']}/apply")).status == 200
    install = (await it.user.get(path_of(it))).json
    assert install["integrationVersionId"] == plan["to"]["integrationVersionId"]


async def test_why_there_can_be_no_new_plan_is_what_is_told_then(world: World):
    it = await begun(world)
    plan = await planned(it)
    await it.author.delete(f"/api/integrations/{it.draft['id']}")
    refused = await it.user.post(f"/api/upgrade-plans/{plan['id']}/apply")
    assert (refused.status, refused.code) == (409, "integration-deleted")


async def test_decisions_go_on_where_they_are_between_the_same_values(world: World):
    it = await free(world)
    a, b = [await entity(it.author, "function", slug, {"v": 1}) for slug in "ab"]
    await it.begin(cloned(a), cloned(b))
    for slug in "ab":
        await it.edit(await it.id_of(slug), {"v": 5})
    for source in (a, b):
        await it.write(source, {"v": 2})
    await it.publish(cloned(a), cloned(b))

    decided = {"a": {"/v": "mine"}, "b": {"/v": {"value": 7}}}
    plan = await planned(it, strategy="merge", resolutions=decided)
    assert outcomes(plan) == {"a": "merge", "b": "merge"}
    await it.edit(await it.id_of("b"), {"v": 6})
    refused = await it.user.post(f"/api/upgrade-plans/{plan['id']}/apply")
    assert refused.code == "plan-stale"
    new = refused.json["plan"]
    assert (new["resolutions"], outcomes(new)) == ({"a": {"/v": "mine"}}, {"a": "merge", "b": "conflict"})
    await it.edit(await it.id_of("a"), {"v": 2})  # what the version gives: no conflict is left there
    stale = await it.user.post(f"/api/upgrade-plans/{new['id']}/apply")
    assert stale.code == "plan-stale", stale.json
    newer = stale.json["plan"]
    assert (newer["resolutions"], outcomes(newer)) == ({}, {"a": "update", "b": "conflict"})
