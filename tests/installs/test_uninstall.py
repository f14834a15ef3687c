"""Uninstall, restore and purge: what the workspace made its own stays, and comes in again as it is."""

from typing import Any

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import definition_of, installed, members_of
from tests.support.factories.integrations import integration, manifest_member, offered, published
from tests.support.world import World

CLONED = {"required": True, "forkOnInstall": True}


def path_of(install: dict[str, Any], call: str = "") -> str:
    return f"/api/integration-installs/{install['id']}{call}"


async def chain(world: World) -> tuple[As, As, dict[str, Any]]:
    """Author, user, and an install of `top`, which names `middle`, which names a schema; and of `alone`."""
    author, user = await world.workspace("author"), await world.workspace("user")
    schema = await entity(author, "schema", "shape", {"n": "${variables.n}"})
    middle = await entity(author, "function", "middle", {"in": schema["id"], "n": "${variables.n}"})
    top = await entity(author, "function", "top", {"calls": middle["id"]})
    alone = await entity(author, "function", "alone")
    draft = await offered(
        author,
        "demo",
        [manifest_member(found, **CLONED) for found in (middle, top, alone)],
        variablesSchema={"type": "object", "properties": {"n": {"type": "integer"}}},
    )
    return author, user, await installed(user, draft["id"], variables={"n": 7})


async def test_what_a_kept_clone_reaches_stays_with_it_and_reads_as_it_did(world: World):
    _, user, install = await chain(world)
    members = await members_of(user, install)
    await user.post(f"/api/integration-members/{members['top']['id']}/detach", {"detached": True})
    before = {slug: await definition_of(user, member) for slug, member in members.items()}
    assert (await user.delete(path_of(install))).status == 200
    for slug in ("top", "middle", "schema:shape"):
        read = await user.get(f"/api/entities/{members[slug]['entityId']}")
        assert (read.json["deletedAt"], read.json["definition"]) == (None, before[slug])
    gone = await user.get(f"/api/entities/{members['alone']['entityId']}")
    assert gone.json["deletedAt"] is not None
    assert gone.json["retentionTier"] == "medium"
    assert (await user.delete(path_of(install, "/purge"))).status == 200
    for slug in ("top", "middle", "schema:shape"):
        assert await definition_of(user, members[slug]) == before[slug]
    assert (await user.get(f"/api/entities/{members['alone']['entityId']}")).status == 404


async def test_a_restored_install_is_what_it_was_and_an_upgrade_goes_on(world: World):
    author, user, install = await chain(world)
    members = await members_of(user, install)
    await user.patch(f"/api/entities/{members['top']['entityId']}", {"definition": {"mine": 1}})
    await user.delete(f"/api/entities/{members['alone']['entityId']}")
    before = (await user.get(path_of(install))).json, await members_of(user, install)
    await user.delete(path_of(install))
    listed = await user.get("/api/solutions")
    assert listed.json["data"] == []
    restored = await user.post(path_of(install, "/restore"))
    assert (restored.json, await members_of(user, install)) == before
    assert len((await user.get("/api/solutions")).json["data"]) == 1
    source = (await author.get("/api/entities", slug="middle")).json["data"][0]
    await author.patch(f"/api/entities/{source['id']}", {"definition": {"second": True}})
    await published(author, install["integrationId"], "2.0.0")
    upgraded = await user.post(path_of(install, "/upgrade"))
    assert (upgraded.json["updated"], upgraded.json["skipped"]) == (["middle"], [])
    assert await definition_of(user, members["top"]) == {"mine": 1}


async def test_a_restore_says_what_is_missing(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    base = await offered(author, "base", [])
    needs = {"dependencies": [{"integration": "author/base", "range": "^1"}]}
    top = await offered(author, "top", [], manifest=needs)
    under = await installed(user, base["id"])
    child = await installed(user, top["id"], parentInstallId=under["id"])
    await user.delete(path_of(child))
    await user.delete(path_of(under))
    orphan = await user.post(path_of(child, "/restore"))
    assert (orphan.status, orphan.code, orphan.json["missing"]) == (409, "parent-missing", [under["id"]])
    again = await installed(user, base["id"])
    taken = await user.post(path_of(under, "/restore"))
    assert (taken.status, taken.code) == (409, "already-installed")
    await user.delete(path_of(again))
    assert (await user.post(path_of(under, "/restore"))).status == 200
    assert (await user.post(path_of(child, "/restore"))).status == 200
    assert (await user.delete(path_of(under, "/purge"))).code == "not-deleted"


async def test_an_install_that_a_dependent_needs_stays(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    base = await offered(author, "base", [])
    needs = {"dependencies": [{"integration": "author/base", "range": "1.x || 3.x"}]}
    top = await offered(author, "top", [], manifest=needs)
    under, over = await installed(user, base["id"]), await installed(user, top["id"])
    refused = await user.delete(path_of(under))
    assert (refused.status, refused.code, refused.json["dependents"]) == (409, "dependent-breaks", ["author/top"])
    await user.delete(path_of(over))
    assert (await user.delete(path_of(under))).status == 200
    missing = await user.post(path_of(over, "/restore"))
    assert (missing.code, missing.json["missing"]) == ("dependency-missing", ["author/base 1.x || 3.x"])


async def test_a_purge_waits_for_the_deleted_children(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    base, top = await offered(author, "base", []), await offered(author, "top", [])
    under = await installed(user, base["id"])
    child = await installed(user, top["id"], parentInstallId=under["id"])
    for install in (child, under):
        assert (await user.delete(path_of(install))).status == 200
    assert (await user.delete(path_of(under, "/purge"))).code == "in-use"
    assert (await user.delete(path_of(child, "/purge"))).status == 200
    assert (await user.delete(path_of(under, "/purge"))).status == 200


async def test_kept_clones_of_one_slug_are_told_apart_when_the_install_is_purged(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    first = await offered(author, "first", [manifest_member(await entity(author, "function", "greet"), **CLONED)])
    # the author's own `greet` beside the clone of another author's
    other = await world.workspace("other")
    foreign = await offered(other, "foreign", [manifest_member(await entity(other, "function", "greet"), **CLONED)])
    clone = (await members_of(author, await installed(author, foreign["id"])))["greet"]
    second = {"slug": "second", "entityId": clone["entityId"], "kind": "function", **CLONED}
    manifest = {"members": [*first["manifest"]["members"], second]}
    await author.patch(f"/api/integrations/{first['id']}", {"manifest": manifest})
    await published(author, first["id"], "2.0.0")
    install = await installed(user, first["id"])
    members = await members_of(user, install)
    assert set(members) == {"greet", "second"}
    for slug, member in members.items():
        await user.patch(f"/api/entities/{member['entityId']}", {"definition": {"mine": slug}})
    await user.delete(path_of(install))
    assert (await user.delete(path_of(install, "/purge"))).status == 200
    kept = (await user.get("/api/entities")).json["data"]
    assert {found["definition"]["mine"] for found in kept} == {"greet", "second"}
    assert len({found["slug"] for found in kept}) == 2


async def test_a_clone_that_went_with_its_install_comes_back_with_it_alone(world: World):
    _, user, install = await chain(world)
    alone = (await members_of(user, install))["alone"]
    await user.delete(path_of(install))
    refused = await user.post(f"/api/entities/{alone['entityId']}/restore")
    assert (refused.status, refused.code) == (409, "deleted")
    await user.post(path_of(install, "/restore"))
    assert (await members_of(user, install))["alone"]["deletedAt"] is None


async def test_versions_go_when_the_last_that_is_based_on_them_goes(world: World):
    author, user, install = await chain(world)
    top = (await members_of(user, install))["top"]
    await user.patch(f"/api/entities/{top['entityId']}", {"definition": {"mine": 1}})
    await published(author, install["integrationId"], "2.0.0")
    await user.delete(path_of(install))
    await author.delete(f"/api/integrations/{install['integrationId']}")
    assert (await author.delete(f"/api/integrations/{install['integrationId']}/purge")).status == 200
    left = """select (select count(*) from integration_versions), (select count(*) from templates) > 0,
        (select count(*) from integrations)"""
    # the version that nothing ever used goes at once, the other with what is based on it
    assert await world.values(left) == (1, True, 1)
    assert (await user.delete(path_of(install, "/purge"))).status == 200
    assert await world.values(left) == (1, True, 1)
    assert await definition_of(user, top) == {"mine": 1}
    assert (await user.patch(f"/api/entities/{top['entityId']}", {"definition": {"mine": 2}})).status == 200
    await user.delete(f"/api/entities/{top['entityId']}")
    assert (await user.delete(f"/api/entities/{top['entityId']}/purge")).status == 200
    assert await world.values(left) == (0, False, 0)
    spent = await integration(author, "demo")
    reply = await author.post(f"/api/integrations/{spent['id']}/publish", {"version": "1.0.0"})
    assert reply.code == "version-exists"
