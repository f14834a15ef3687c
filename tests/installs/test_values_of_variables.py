"""Variables of an install: what was given, what was filled in, and which texts they move."""

from typing import Any

from tests.support.factories.entities import entity
from tests.support.world import World
from tests.upgrades.upgrade_life import CLONED, NOTHING, cloned, free, life, shown


def schema(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


async def test_a_default_follows_its_version_until_somebody_gives_a_value(world: World):
    it = await life(world, "${variables.h}", variablesSchema=schema(h={"type": "string", "default": "old"}))
    assert await it.text() == "old"
    await it.publish(variablesSchema=schema(h={"type": "string", "default": "new"}))
    assert await it.upgrade() == NOTHING | {"updated": ["greet"]}
    assert await it.text() == "new"
    # a value that the old default would be is refused, and nobody gave it
    await it.publish(variablesSchema=schema(h={"enum": ["newest"], "default": "newest"}))
    await it.upgrade()
    assert await it.text() == "newest"

    await it.publish(variablesSchema=schema(h={"type": "string", "default": "other"}))
    await it.upgrade(variables={"h": "mine"})
    await it.publish(variablesSchema=schema(h={"type": "string", "default": "yet another"}))
    assert await it.upgrade() == NOTHING
    assert await it.text() == "mine"


async def test_null_takes_a_value_back(world: World):
    properties = {"h": {"type": "string", "default": "filled"}, "x": {"type": "integer"}}
    it = await life(world, "${variables.h} ${variables.x}", {"h": "a", "x": 1}, variablesSchema=schema(**properties))
    assert await it.text() == "a 1"
    assert await it.upgrade(variables={"h": None, "x": None}) == NOTHING | {"updated": ["greet"]}
    assert await it.text() == "filled "
    assert (await it.user.get(it.path)).json["variables"] == {"h": "filled"}
    assert (await it.refused(variables={"nope": None})).problems == {("/variables/nope", "unknown-variable")}


async def test_what_reads_otherwise_has_another_version_and_is_updated(world: World):
    it = await free(world)
    asks = await entity(it.author, "function", "asks", {"h": "${variables.h}"})
    plain = await entity(it.author, "function", "plain", {"h": "same"})
    refers = await entity(it.author, "function", "refers", {"h": "x ${variables.h}"})
    members = [cloned(asks), cloned(plain), shown(refers)]
    await it.begin(*members, variablesSchema=schema(h={"type": "string"}), body={"variables": {"h": "one"}})
    first = {slug: found["entityVersionId"] for slug, found in (await it.members()).items()}

    assert await it.upgrade(variables={"h": "two"}) == NOTHING | {"updated": ["asks", "refers"]}
    second = {slug: found["entityVersionId"] for slug, found in (await it.members()).items()}
    assert {slug for slug in first if first[slug] != second[slug]} == {"asks", "refers"}
    versions = await it.user.get(f"/api/entities/{await it.id_of('asks')}/versions")
    assert [(row["id"], row["definition"]) for row in versions.json["data"]] == [(second["asks"], {"h": "two"})]

    # what reads the same is the same version again
    await it.upgrade(variables={"h": "one"})
    assert {slug: found["entityVersionId"] for slug, found in (await it.members()).items()} == first
    assert await it.upgrade(variables={"h": "one"}) == NOTHING


async def test_another_shape_of_a_member_moves_what_names_it(world: World):
    it = await free(world)
    shape = await entity(it.author, "schema", "s", {"type": "string"})
    names = await entity(it.author, "function", "f", {"in": shape["id"]})
    await it.begin(cloned(names), cloned(shape))
    before = (await it.members())["f"]
    await it.publish(cloned(names), shown(shape))
    assert await it.upgrade() == {"updated": ["f"], "added": ["s"], "removed": ["s"], "skipped": []}
    after = (await it.members())["f"]
    assert await it.text(after["entityId"]) == {"in": shape["id"]}
    assert after["entityVersionId"] != before["entityVersionId"]


async def test_a_kept_reference_reads_byte_for_byte_as_before(world: World):
    it = await free(world)
    refers = await entity(it.author, "function", "ref", {"n": "${variables.n}", "host": "https://${variables.h}/x"})
    names = await entity(it.author, "function", "f", {"calls": refers["id"]})
    both = schema(n={"type": "integer"}, h={"type": "string"})
    given = {"variables": {"n": 7, "h": "example.com"}}
    await it.begin(cloned(names), shown(refers), variablesSchema=both, body=given)
    clone = await it.id_of("f")
    await it.edit(clone, {"calls": refers["id"], "mine": True})
    before = await it.text(refers["id"])

    await it.publish(variablesSchema=schema(h={"type": "string"}))
    assert await it.upgrade(variables={"h": "other.org"}) == NOTHING | {"skipped": ["f", "ref"]}
    assert await it.text(refers["id"]) == before == {"n": 7, "host": "https://example.com/x"}
    # when nothing names it any more, it goes
    await it.user.post(f"/api/integration-members/intmem_{clone[4:]}/detach", {"detached": False})
    assert (await it.upgrade())["removed"] == ["f", "ref"]


async def test_an_install_ahead_of_its_integration_still_checks_what_is_given(world: World):
    it = await life(world, "${variables.h}", {"h": "a"}, variablesSchema=schema(h={"type": "string"}))
    reply = await it.author.post(f"/api/integrations/{it.draft['id']}/publish", {"version": "9.0.0-rc.1"})
    ahead = await it.user.post(
        f"/api/integrations/{it.draft['id']}/install",
        {"workspaceId": it.user.workspace_id, "integrationVersionId": reply.json["id"], "variables": {"h": "b"},
         "parentInstallId": it.install["id"]},
    )  # fmt: skip
    assert ahead.status == 201
    path = f"/api/integration-installs/{ahead.json['id']}/upgrade"
    assert (await it.user.post(path)).json == NOTHING
    wrong = await it.user.post(path, {"variables": {"nonsense": 1}, "authStateId": "ats_x"})
    assert (wrong.status, wrong.problems) == (400, {("/variables/nonsense", "unknown-variable")})
    assert (await it.user.post(path, {"variables": {"h": "c"}})).json == NOTHING | {"updated": ["greet"]}


async def test_what_would_read_too_large_is_refused_by_name(world: World):
    it = await free(world)
    asks = await entity(it.author, "function", "asks", {"l": ["${variables.x}"] * 2_000})
    members = [{**cloned(asks), **CLONED}]
    await it.begin(*members, variablesSchema=schema(x={"type": "string"}), body={"variables": {"x": "small"}})
    for call in ("install", "upgrade"):
        body: dict[str, Any] = {"variables": {"x": "y" * 400_000}}
        if call == "install":
            other = await world.workspace("other")
            body["workspaceId"] = other.workspace_id
            reply = await other.post(f"/api/integrations/{it.draft['id']}/install", body)
        else:
            reply = await it.user.post(f"/api/integration-installs/{it.install['id']}/upgrade", body)
        assert (reply.status, reply.problems) == (400, {("/variables/x", "definition-too-large")})
        assert "asks" in reply.json["errors"][0]["detail"]
    assert (await it.text(await it.id_of("asks")))["l"][:1] == ["small"]
