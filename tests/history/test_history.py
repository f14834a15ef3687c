"""The history of an install: who did what, when and why, by operation and by member."""

from typing import Any

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import history_of, installed, members_of
from tests.support.factories.integrations import manifest_member, offered, published
from tests.support.world import World

CLONED = {"required": True, "forkOnInstall": True}


async def scene(world: World) -> tuple[As, As, dict[str, Any]]:
    """Author, user, and an install of two clones and a reference."""
    author, user = await world.workspace("author"), await world.workspace("user")
    made = [await entity(author, "function", slug, {"text": slug}) for slug in ("one", "two", "shown")]
    members = [manifest_member(found, **CLONED) for found in made[:2]] + [manifest_member(made[2], required=True)]
    draft = await offered(author, "demo", members)
    return author, user, await installed(user, draft["id"])


async def upgraded(author: As, user: As, install: dict[str, Any], version: str, **texts: str) -> dict[str, Any]:
    """A version with other texts, and the install in it."""
    for slug, text in texts.items():
        [found] = (await author.get("/api/entities", slug=slug, source="workspace")).json["data"]
        assert (await author.patch(f"/api/entities/{found['id']}", {"definition": {"text": text}})).status == 200
    await published(author, install["integrationId"], version)
    reply = await user.post(f"/api/integration-installs/{install['id']}/upgrade")
    assert reply.status == 200, reply.json
    return reply.json


async def in_full(caller: As, operation: dict[str, Any]) -> tuple[list[str], dict[str, list[str]]]:
    """What an operation did: to the install, and to its members by slug."""
    reply = await caller.get(f"/api/operations/{operation['id']}")
    assert reply.status == 200, reply.json
    assert {key: value for key, value in reply.json.items() if key not in {"install", "members"}} == operation
    return reply.json["install"], {member["slug"]: member["did"] for member in reply.json["members"]}


async def test_each_change_of_an_install_is_told_newest_first(world: World):
    author, user, install = await scene(world)
    members = await members_of(user, install)
    one, two = members["one"], members["two"]
    await user.patch(f"/api/entities/{one['entityId']}", {"definition": {"text": "mine"}})
    await user.patch(f"/api/entities/{two['entityId']}", {"name": "Second"})
    await upgraded(author, user, install, "2.0.0", two="new", shown="new")
    await user.delete(f"/api/entities/{two['entityId']}")
    await user.post(f"/api/entities/{two['entityId']}/restore")
    await user.post(f"/api/integration-members/{one['id']}/detach", {"detached": False})
    await user.delete(f"/api/integration-installs/{install['id']}")
    await user.post(f"/api/integration-installs/{install['id']}/restore")

    found = await history_of(user, install)
    assert [row["kind"] for row in found] == [
        "reinstate", "uninstall", "attach", "restore", "delete", "upgrade", "rename", "edit", "install"
    ]  # fmt: skip
    assert {row["createdBy"] for row in found} == {install["installedBy"]}
    assert {row["integrationInstallId"] for row in found} == {install["id"]}
    by_kind = {row["kind"]: row for row in found}
    assert by_kind["upgrade"]["counts"] == {"added": 0, "updated": 2, "removed": 0, "skipped": 0}
    assert by_kind["upgrade"]["fromVersionId"] == install["integrationVersionId"] != by_kind["upgrade"]["toVersionId"]
    assert by_kind["install"]["counts"] == {"added": 3, "updated": 0, "removed": 0, "skipped": 0}
    assert by_kind["uninstall"]["counts"] == {"added": 0, "updated": 0, "removed": 2, "skipped": 1}
    assert by_kind["edit"]["memberId"] == one["id"]
    assert {by_kind[kind]["memberId"] for kind in ("rename", "delete", "restore")} == {two["id"]}
    assert {by_kind[kind]["memberId"] for kind in ("install", "upgrade", "uninstall", "reinstate")} == {None}

    assert {kind: await in_full(user, row) for kind, row in by_kind.items()} == {
        "install": ([], {"one": ["added"], "two": ["added"], "shown": ["added"]}),
        "edit": ([], {"one": ["detached", "edited"]}),
        "rename": ([], {"two": ["renamed"]}),
        "upgrade": (["version"], {"two": ["updated"], "shown": ["updated"]}),
        "delete": ([], {"two": ["removed"]}),
        "restore": ([], {"two": ["restored"]}),
        "attach": ([], {"one": ["attached"]}),
        "uninstall": (["uninstalled"], {"two": ["removed"], "shown": ["removed"]}),
        "reinstate": (["reinstated"], {"two": ["restored"], "shown": ["restored"]}),
    }


async def test_the_history_of_a_member_has_what_touched_it(world: World):
    author, user, install = await scene(world)
    members = await members_of(user, install)
    await user.patch(f"/api/entities/{members['one']['entityId']}", {"definition": {"text": "mine"}})
    [source] = (await author.get("/api/entities", slug="one", source="workspace")).json["data"]
    late = await entity(author, "function", "late", {"calls": source["id"]})
    draft = (await author.get(f"/api/integrations/{install['integrationId']}")).json
    more = [*draft["manifest"]["members"], manifest_member(late, **CLONED)]
    await author.patch(f"/api/integrations/{draft['id']}", {"manifest": {"members": more}})
    await upgraded(author, user, install, "2.0.0", two="new")
    members = await members_of(user, install)

    async def kinds(slug: str) -> list[str]:
        return [row["kind"] for row in await history_of(user, install, member_id=members[slug]["id"])]

    # what names a clone does not touch it
    assert await kinds("one") == ["edit", "install"]
    assert await kinds("two") == ["upgrade", "install"]
    assert await kinds("shown") == ["install"]
    assert await kinds("late") == ["upgrade"]
    await user.delete(f"/api/integration-installs/{install['id']}")
    assert await kinds("late") == ["uninstall", "upgrade"]
    assert [row["kind"] for row in await history_of(user, install, kind="edit")] == ["edit"]
    assert await history_of(user, install, member_id="intmem_01h455vb4pex5vsknk084sn02q") == []


async def test_a_page_of_history_goes_on_where_it_ended(world: World):
    _, user, install = await scene(world)
    clone = (await members_of(user, install))["one"]["entityId"]
    for at in range(5):
        await user.patch(f"/api/entities/{clone}", {"definition": {"at": at}})
    whole = [row["id"] for row in await history_of(user, install)]
    path, walked, cursor = f"/api/integration-installs/{install['id']}/history", list[str](), {}
    while True:
        page = (await user.get(path, limit=2, **cursor)).json
        walked += [row["id"] for row in page["data"]]
        assert page["pageInfo"]["total"] == 6
        if not page["pageInfo"]["hasNextPage"]:
            break
        cursor = {"after": page["pageInfo"]["endCursor"]}
    assert walked == whole
    assert (await user.get(path, memberId="x")).status == 400


async def test_a_stranger_sees_no_history(world: World):
    author, user, install = await scene(world)
    [operation] = await history_of(user, install)
    assert (await author.get(f"/api/integration-installs/{install['id']}/history")).status == 404
    assert (await author.get(f"/api/operations/{operation['id']}")).status == 404
    viewer = await world.user("viewer")
    await world.member(user.workspace_id, viewer, "viewer")
    assert (await in_full(user, operation))[1].keys() == {"one", "two", "shown"}


async def test_an_operation_without_images_is_listed_and_says_no_members(world: World):
    author, user, install = await scene(world)
    await upgraded(author, user, install, "2.0.0", one="new")
    old = "update operations set before = '{\"variables\": {}, \"rebased\": []}', counts = null where kind = 'upgrade'"
    await world.owner.execute(old)
    newest, oldest = await history_of(user, install)
    assert newest["counts"] == {"added": 0, "updated": 0, "removed": 0, "skipped": 0}
    assert await in_full(user, newest) == ([], {})
    assert await in_full(user, oldest) == ([], {})
