"""What an upgrade or an uninstallation takes away: it reads as it did, and restored by hand it is the workspace's own."""

import asyncio

import pytest

from tests.support.factories.entities import entity
from tests.support.factories.installs import installed
from tests.support.world import World
from tests.upgrades.upgrade_life import Free, cloned, free, shown

pytestmark = pytest.mark.slow

WORDS = {"type": "object", "properties": {"n": {"type": "integer"}, "word": {"type": "string"}}}


async def of_two(it: Free) -> tuple[str, str]:
    """A clone `f` that its second version drops, with the schema and the variables that it asks for; their ids."""
    shape = await entity(it.author, "schema", "shape", {"type": "string", "title": "${variables.word}"})
    dropped = await entity(
        it.author, "function", "f", {"in": shape["id"], "n": "${variables.n}", "t": "x ${variables.n} y"}
    )
    stays = await entity(it.author, "function", "g", {"text": "g"})
    await it.begin(cloned(dropped), cloned(stays), variablesSchema=WORDS, body={"variables": {"n": 7, "word": "w"}})
    found = await it.id_of("f"), await it.id_of("schema:shape")
    await it.publish(cloned(stays), variablesSchema={"type": "object", "properties": {}})
    return found


async def test_a_removed_clone_reads_as_it_did(world: World):
    it = await free(world)
    removed, shape = await of_two(it)
    before = [await it.text(found) for found in (removed, shape)]
    assert before == [{"in": shape, "n": 7, "t": "x 7 y"}, {"type": "string", "title": "w"}]

    assert (await it.upgrade())["removed"] == ["f", "schema:shape"]
    assert [await it.text(found) for found in (removed, shape)] == before
    for found in (removed, shape):
        assert (await it.user.post(f"/api/entities/{found}/restore")).status == 200
    assert [await it.text(found) for found in (removed, shape)] == before


async def test_a_restored_clone_is_left_alone_when_its_slug_comes_back(world: World):
    it = await free(world)
    f, g = [await entity(it.author, "function", slug, {"text": slug}) for slug in "fg"]
    await it.begin(cloned(f), cloned(g))
    removed = await it.id_of("f")
    await it.publish(cloned(g))
    await it.upgrade()
    assert (await it.user.post(f"/api/entities/{removed}/restore")).status == 200
    restored = (await it.members())["f"]
    assert (restored["entityId"], restored["detachedBy"], restored["deletedAt"]) == (removed, "call", None)

    await it.edit(removed, {"text": "mine"})
    await it.publish(cloned(f), cloned(g))
    assert await it.upgrade() == {"updated": [], "added": [], "removed": [], "skipped": ["f"]}
    assert await it.text(removed) == {"text": "mine"}


async def test_a_restored_clone_is_kept_at_uninstall_and_purge(world: World):
    it = await free(world)
    removed, _ = await of_two(it)
    await it.upgrade()
    text = await it.text(removed)
    assert (await it.user.post(f"/api/entities/{removed}/restore")).status == 200
    path = f"/api/integration-installs/{it.install['id']}"
    assert (await it.user.delete(path)).status == 200
    assert (await it.read(removed))["deletedAt"] is None
    assert (await it.user.delete(path + "/purge")).status == 200
    kept = await it.read(removed)
    assert (kept["definition"], kept["integrationInstallId"]) == (text, None)


async def test_a_clone_restored_in_a_deleted_install_comes_back_with_it(world: World):
    it = await free(world)
    removed, _ = await of_two(it)
    await it.upgrade()
    path = f"/api/integration-installs/{it.install['id']}"
    assert (await it.user.delete(path)).status == 200
    assert (await it.user.post(f"/api/entities/{removed}/restore")).status == 200
    assert (await it.user.post(path + "/restore")).status == 200
    back = (await it.members())["f"]
    assert (back["entityId"], back["detachedBy"], back["deletedAt"]) == (removed, "call", None)


async def test_a_restored_clone_whose_slug_is_taken_stands_aside(world: World):
    it = await free(world)
    f, other = (
        await entity(it.author, "function", "f", {"v": 1}),
        await entity(it.author, "agent", "other", {"v": 2}),
    )
    await it.begin(cloned(f))
    removed = await it.id_of("f")
    await it.publish(cloned(other, "f"))
    assert await it.upgrade() == {"updated": [], "added": ["f"], "removed": ["f"], "skipped": []}
    assert (await it.user.post(f"/api/entities/{removed}/restore")).status == 200
    assert (await it.members()).keys() == {"f", "f~function"}
    assert await it.text(removed) == {"v": 1}


async def test_two_that_are_restored_at_once_get_a_slug_each(world: World):
    waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    it = await free(world)
    function = await entity(it.author, "function", "f", {"v": 1})
    agent = await entity(it.author, "agent", "other", {"v": 2})
    stays = await entity(it.author, "function", "g", {})
    await it.begin(cloned(function), cloned(stays))
    removed = [await it.id_of("f")]
    await it.publish(cloned(agent, "f"), cloned(stays))
    await it.upgrade()
    removed.append(await it.id_of("f"))
    await it.publish(cloned(stays))
    await it.upgrade()

    async with world.owner.transaction():
        await world.owner.execute("select 1 from install_members for update")
        both = asyncio.gather(*(it.user.post(f"/api/entities/{found}/restore") for found in removed))
        while (await world.values(waiting))[0] < 2:
            await asyncio.sleep(0.01)
            # a transaction reads the activity once
            await world.owner.execute("select pg_stat_clear_snapshot()")
    assert [reply.status for reply in await both] == [200, 200]
    assert len({"f", "f~function", "f~agent"} & (await it.members()).keys()) == 2


async def test_what_a_clone_restored_in_a_deleted_install_names_outlives_the_install(world: World):
    it = await free(world)
    inner = await entity(it.author, "schema", "inner", {"type": "${variables.word}"})
    shape = await entity(it.author, "schema", "shape", {"of": inner["id"]})
    f = await entity(it.author, "function", "f", {"in": shape["id"]})
    other = await entity(it.author, "function", "other", {})
    await it.begin(cloned(f), cloned(other), variablesSchema=WORDS, body={"variables": {"word": "w"}})
    clones = {slug: member["entityId"] for slug, member in (await it.members()).items()}
    path = f"/api/integration-installs/{it.install['id']}"
    assert (await it.user.delete(f"/api/entities/{clones['f']}")).status == 200
    assert (await it.user.delete(path)).status == 200
    assert (await it.user.post(f"/api/entities/{clones['f']}/restore")).status == 200

    assert (await it.user.delete(path + "/purge")).status == 200
    assert await it.text(clones["f"]) == {"in": clones["schema:shape"]}
    assert await it.text(clones["schema:shape"]) == {"of": clones["schema:inner"]}
    assert await it.text(clones["schema:inner"]) == {"type": "w"}
    assert (await it.user.get(f"/api/entities/{clones['other']}")).status == 404


async def test_a_deleted_install_shows_an_entity_only_where_no_other_does(world: World):
    it = await free(world)
    ref = await entity(it.author, "function", "ref", {"v": 1})
    calls = await entity(it.author, "function", "calls", {"calls": ref["id"]})
    await it.begin(cloned(calls), shown(ref))
    first = it.install["integrationVersionId"]
    await it.write(ref, {"v": 2})
    await it.publish(cloned(calls), shown(ref))
    await it.upgrade()
    await it.edit(await it.id_of("calls"), {"calls": ref["id"], "mine": True})
    assert (await it.user.delete(f"/api/integration-installs/{it.install['id']}")).status == 200
    assert await it.text(ref["id"]) == {"v": 2}

    older = await installed(it.user, it.draft["id"], integrationVersionId=first)
    read = await it.read(ref["id"])
    assert (read["definition"], read["integrationInstallId"]) == ({"v": 1}, older["id"])
    [listed] = (await it.user.get("/api/entities", ids=ref["id"])).json["data"]
    assert listed == read


async def test_a_clone_that_went_with_its_install_comes_back_with_it_alone(world: World):
    it = await free(world)
    f = await entity(it.author, "function", "f", {"v": 1})
    await it.begin(cloned(f))
    clone = await it.id_of("f")
    await it.user.delete(f"/api/integration-installs/{it.install['id']}")
    refused = await it.user.post(f"/api/entities/{clone}/restore")
    assert (refused.status, refused.code) == (409, "deleted")


async def test_uninstall_and_restore_leave_everything_as_it_was(world: World):
    it = await free(world)
    shape = await entity(it.author, "schema", "shape", {"type": "string"})
    calls = await entity(it.author, "function", "calls", {"in": shape["id"], "w": "${variables.word}"})
    seen = await entity(it.author, "function", "seen", {"w": "${variables.word}"})
    await it.begin(cloned(calls), shown(seen), variablesSchema=WORDS, body={"variables": {"word": "w"}})
    clone = await it.id_of("calls")
    await it.edit(clone, {"in": await it.id_of("schema:shape"), "calls": seen["id"]})
    before = await it.members(), await it.user.get("/api/entities")

    path = f"/api/integration-installs/{it.install['id']}"
    assert (await it.user.delete(path)).status == 200
    # what the kept clone names goes on resolving, the author's entity too
    kept = await it.text(clone)
    assert await it.text(kept["in"]) == {"type": "string"}
    assert await it.text(kept["calls"]) == {"w": "w"}

    assert (await it.user.post(path + "/restore")).status == 200
    after = await it.members(), await it.user.get("/api/entities")
    assert after[0] == before[0]
    rows = [{**row, "updatedAt": None} for row in after[1].json["data"]]
    assert rows == [{**row, "updatedAt": None} for row in before[1].json["data"]]
