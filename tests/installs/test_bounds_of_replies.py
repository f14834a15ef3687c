"""What lists of members and events name is bounded, however much there is to name."""

import pytest

from graft.installs import uninstall
from graft.upgrades import move
from tests.support.factories.entities import entity
from tests.support.world import World
from tests.upgrades.upgrade_life import cloned, free

NAMES = [f"v{at}" for at in range(150)]


async def test_a_member_that_lacks_many_variables_is_told_a_hundred(world: World):
    it = await free(world)
    lacking = await entity(it.author, "schema", "lacking", {name: f"${{variables.{name}}}" for name in NAMES})
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in NAMES}}
    await it.begin(cloned(lacking), variablesSchema=schema)
    config = (await it.members())["lacking"]["config"]
    assert config["state"] == "incomplete"
    assert len({*config["missing"]}) == 100
    assert {*config["missing"]} < {f"variables.{name}" for name in NAMES}


async def test_an_event_names_so_many_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(uninstall, "MOST_NAMED", 2)
    monkeypatch.setattr(move, "MOST_NAMED", 2)
    it = await free(world)
    made = [await entity(it.author, "schema", slug) for slug in ("a", "b", "c", "d")]
    await it.begin(*map(cloned, made))
    members = await it.members()
    named = [members[slug]["entityId"] for slug in ("a", "b", "c")]
    await entity(it.user, "schema", "own", {"all": named})
    await it.publish(cloned(made[3]))
    assert (await it.upgrade())["removed"] == ["a", "b", "c"]
    for slug in ("a", "b", "c"):
        await it.user.post(f"/api/entities/{members[slug]['entityId']}/restore")
    await it.user.delete(f"/api/integration-installs/{it.install['id']}")

    events = (await it.user.get("/api/events")).json["data"]
    data = {event["type"]: event["data"] for event in events}
    assert sum(map(len, data["integration_install.upgraded"]["stillNamed"].values())) == 2
    assert len(data["integration_install.deleted"]["kept"]) == 2
