"""What installs need of each other, and what is refused for it."""

from typing import Any

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed
from tests.support.factories.integrations import integration, manifest_member, offered, published, unlisted
from tests.support.world import World


def needs(name: str, span: str, *, optional: bool = False) -> dict[str, Any]:
    return {"dependencies": [{"integration": name, "range": span, "optional": optional}]}


async def versions(author: As, slug: str, *manifests: dict[str, Any]) -> dict[str, Any]:
    """A draft without members, published as 1.0.0; the other manifests are for `next_version`."""
    made = await integration(author, slug, manifest={"members": [], **manifests[0]})
    await published(author, made["id"])
    await unlisted(author, made["id"])
    return made


async def next_version(author: As, draft: dict[str, Any], version: str, **manifest: Any) -> None:
    await author.patch(f"/api/integrations/{draft['id']}", {"manifest": {"members": [], **manifest}})
    await published(author, draft["id"], version)


def path(install: dict[str, Any], rest: str = "") -> str:
    return f"/api/integration-installs/{install['id']}{rest}"


async def test_an_optional_dependency_blocks_nothing(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    base = await versions(author, "base", {})
    top = await versions(author, "top", needs("author/base", "^1", optional=True))
    under, _ = await installed(user, base["id"]), await installed(user, top["id"])
    await next_version(author, base, "2.0.0")
    assert (await user.post(path(under, "/upgrade"))).status == 200
    assert (await user.delete(path(under))).status == 200


async def test_installs_that_need_each_other_go_together(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    one, two = await versions(author, "one", {}), await versions(author, "two", {})
    first, second = await installed(user, one["id"]), await installed(user, two["id"])
    for draft, install, other in ((one, first, "two"), (two, second, "one")):
        await next_version(author, draft, "2.0.0", **needs(f"author/{other}", "*"))
        assert (await user.post(path(install, "/upgrade"))).status == 200
    under = await installed(user, (await offered(author, "child", []))["id"], parentInstallId=second["id"])

    refused = await user.delete(path(first))
    assert (refused.status, refused.json["dependents"]) == (409, ["author/two"])
    assert (await user.delete(path(first) + "?withDependents=true")).status == 200
    for install in (first, second, under):
        assert (await user.get(path(install))).json["deletedAt"] is not None
    events = (await user.get("/api/events", type="integration_install.deleted")).json["data"]
    assert {event["subjectId"] for event in events} == {install["id"] for install in (first, second, under)}


async def test_a_missing_dependency_says_what_is_there_and_does_not_fit(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    base = await versions(author, "base", {})
    top = await versions(author, "top", needs("author/base", "^2"))
    await installed(user, base["id"])
    refused = await user.post(f"/api/integrations/{top['id']}/install", {"workspaceId": user.workspace_id})
    assert (refused.status, refused.code) == (409, "dependency-missing")
    assert (refused.json["missing"], refused.json["unfit"]) == (["author/base ^2"], ["author/base 1.0.0"])


async def test_several_installs_stay_when_a_version_allows_one(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    draft = await versions(author, "many", {"allowMultipleInstalls": True})
    both = [await installed(user, draft["id"]) for _ in range(2)]
    await next_version(author, draft, "2.0.0")
    for install in both:
        assert (await user.post(path(install, "/upgrade"))).status == 200
    third = await user.post(f"/api/integrations/{draft['id']}/install", {"workspaceId": user.workspace_id})
    assert (third.status, third.code) == (409, "already-installed")
    assert set(third.json["installs"]) == {install["id"] for install in both}


async def test_a_restoration_names_the_install_that_is_in_its_way(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    draft = await versions(author, "demo", {})
    first = await installed(user, draft["id"])
    await user.delete(path(first))
    again = await installed(user, draft["id"])
    refused = await user.post(path(first, "/restore"))
    assert (refused.status, refused.code, refused.json["installs"]) == (409, "already-installed", [again["id"]])


async def test_a_version_without_auth_lets_its_auth_state_go(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    draft = await offered(author, "demo", [], authConfig={"type": "api_key"})
    state = await user.post(
        "/api/auth-states",
        {"workspaceId": user.workspace_id, "name": "k", "type": "api_key", "credentials": {"apiKey": "secret"}},
    )
    assert state.status == 201, state.json
    install = await installed(user, draft["id"], authStateId=state.json["id"])
    await author.patch(f"/api/integrations/{draft['id']}", {"authConfig": {"type": "none"}})
    await published(author, draft["id"], "2.0.0")
    assert (await user.post(path(install, "/upgrade"))).status == 200
    assert (await user.get(path(install))).json["authStateId"] is None
    assert (await user.delete(f"/api/auth-states/{state.json['id']}")).status == 200


async def test_what_is_not_seen_is_absent_before_any_lock(world: World):
    author, stranger = await world.workspace("author"), await world.workspace("stranger")
    draft = await integration(author, "hidden")
    holding = world.owner.transaction()
    await holding.start()
    for table, row in (("integrations", draft["id"][4:]), ("workspaces", author.workspace_id[4:])):
        await world.owner.execute(f"select 1 from {table} where id = $1 for update", row)
    for workspace in (author.workspace_id, stranger.workspace_id):
        reply = await stranger.post(f"/api/integrations/{draft['id']}/install", {"workspaceId": workspace})
        assert (reply.status, reply.code) == (404, "not-found")
    await holding.rollback()


async def test_what_others_name_is_told_when_it_goes(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    function = await entity(author, "function", "y", {"v": 1})
    draft = await offered(author, "demo", [manifest_member(function, required=True, forkOnInstall=True)])
    install = await installed(user, draft["id"])
    clone = (await user.get(path(install, "/members"))).json["members"][0]["entityId"]
    own = await entity(user, "agent", "own", {"calls": clone})
    await next_version(author, draft, "2.0.0")
    assert (await user.post(path(install, "/upgrade"))).json["removed"] == ["y"]
    event = (await user.get("/api/events", type="integration_install.upgraded")).json["data"][0]
    assert event["data"]["stillNamed"] == {"y": [own["id"]]}
