"""Yanked versions: who gets them, who keeps them, which is current then, and who is told."""

import json
from typing import Any

import pytest

from tests.support.client import As, Reply
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed
from tests.support.factories.integrations import integration, manifest_member, published, unlisted
from tests.support.world import World

WHY = {"reason": "It loses mail."}


class Line:
    """An integration that its author publishes versions of."""

    def __init__(self, author: As, user: As, draft: dict[str, Any]) -> None:
        self.author, self.user, self.path = author, user, f"/api/integrations/{draft['id']}"
        self.id = draft["id"]
        self.versions: dict[str, str] = {}

    async def publish(self, *versions: str) -> None:
        for version in versions:
            self.versions[version] = (await published(self.author, self.id, version))["id"]

    async def yank(self, version: str, **body: Any) -> Any:
        reply = await self.author.post(f"/api/integration-versions/{self.versions[version]}/yank", WHY | body)
        assert reply.status == 200, reply.json
        return reply.json

    async def unyank(self, version: str) -> Reply:
        return await self.author.post(f"/api/integration-versions/{self.versions[version]}/unyank")

    async def current(self) -> str | None:
        return (await self.user.get(self.path)).json["currentVersion"]

    async def install(self, **body: Any) -> Reply:
        return await self.user.post(f"{self.path}/install", {"workspaceId": self.user.workspace_id, **body})


async def line(world: World, *versions: str) -> Line:
    author, user = await world.workspace("author"), await world.workspace("user")
    greet = await entity(author, "function", "greet")
    member = manifest_member(greet, required=True, forkOnInstall=True)
    draft = await integration(author, manifest={"members": [member], "allowMultipleInstalls": True})
    made = Line(author, user, draft)
    await made.publish(*versions)
    await unlisted(author, draft["id"])
    return made


async def test_new_installs_get_the_highest_version_that_is_not_yanked(world: World):
    it = await line(world, "1.0.0", "2.0.0-rc.1", "1.1.0")
    assert await it.current() == "1.1.0"
    shown = await it.yank("1.1.0")
    assert (shown["yanked"], shown["reason"], shown["currentVersion"]) == (True, "It loses mail.", "1.0.0")
    assert await it.current() == "1.0.0"
    assert (await it.install()).json["integrationVersionId"] == it.versions["1.0.0"]

    # a pre-release only while there is nothing else
    await it.yank("1.0.0")
    assert await it.current() == "2.0.0-rc.1"
    assert (await it.unyank("1.1.0")).json["currentVersion"] == "1.1.0"
    await it.publish("1.0.5")
    assert await it.current() == "1.1.0"


async def test_a_yanked_version_is_installed_where_its_id_is_named(world: World):
    it = await line(world, "1.0.0", "1.1.0")
    await it.yank("1.1.0")
    reply = await it.install(integrationVersionId=it.versions["1.1.0"])
    assert (reply.status, reply.json["integrationVersionId"]) == (201, it.versions["1.1.0"])


async def test_where_all_versions_are_yanked_nobody_new_gets_one_unasked(world: World):
    it = await line(world, "1.0.0")
    await it.yank("1.0.0")
    assert await it.current() is None
    refused = await it.install()
    assert (refused.status, refused.code) == (409, "version-yanked")
    assert (await it.install(integrationVersionId=it.versions["1.0.0"])).status == 201
    assert (await it.user.get(f"{it.path}/members")).json == {"members": []}

    # it was published, so it is seen by whom its authors choose
    for visibility in ("private", "unlisted"):
        reply = await it.author.post(f"{it.path}/visibility", {"visibility": visibility})
        assert reply.status == 200
    await it.publish("0.9.0")
    assert await it.current() == "0.9.0"


async def test_an_install_of_a_yanked_version_goes_on_and_upgrades_to_what_is_current(world: World):
    it = await line(world, "1.0.0", "1.1.0")
    ahead = await installed(it.user, it.id)
    await it.yank("1.1.0")
    path = f"/api/integration-installs/{ahead['id']}"
    empty = {"updated": [], "added": [], "removed": [], "skipped": []}
    assert (await it.user.get(f"{path}/members")).json["members"][0]["sourceMemberSlug"] == "greet"
    # never to a lower one, and nowhere where none is left
    assert (await it.user.post(f"{path}/upgrade")).json == empty
    await it.yank("1.0.0")
    assert (await it.user.post(f"{path}/upgrade")).json == empty
    assert (await it.user.get(path)).json["integrationVersionId"] == it.versions["1.1.0"]
    await it.publish("1.1.1")
    assert (await it.user.post(f"{path}/upgrade")).status == 200
    assert (await it.user.get(path)).json["integrationVersionId"] == it.versions["1.1.1"]


async def test_the_reach_of_a_yank_is_the_active_installs_that_its_reader_sees(world: World):
    it = await line(world, "1.0.0", "1.1.0")
    here, there = await installed(it.author, it.id), await installed(it.user, it.id)
    gone = await installed(it.user, it.id)
    await it.user.delete(f"/api/integration-installs/{gone['id']}")

    def reach(shown: Any) -> tuple[int, list[tuple[str, str]]]:
        found = [(one["integrationInstallId"], one["workspaceId"]) for one in shown["installs"]]
        return shown["installCount"], found

    assert reach(await it.yank("1.1.0")) == (1, [(here["id"], it.author.workspace_id)])
    path = f"/api/integration-versions/{it.versions['1.1.0']}/yank"
    assert reach((await it.user.get(path)).json) == (1, [(there["id"], it.user.workspace_id)])
    everything = await (await world.platform_admin()).get(path)
    assert reach(everything.json)[0] == 2
    stranger = await world.workspace("stranger")
    assert reach((await stranger.get(path)).json) == (0, [])


async def test_a_yank_names_its_replacement_and_may_be_said_again(world: World):
    it = await line(world, "1.0.0", "1.1.0")
    assert (await it.yank("1.0.0"))["replacementVersionId"] is None
    shown = await it.yank("1.0.0", reason="Fixed.", replacementVersionId=it.versions["1.1.0"])
    assert (shown["reason"], shown["replacementVersionId"]) == ("Fixed.", it.versions["1.1.0"])
    # saying the same changes nothing
    again = await it.yank("1.0.0", reason="Fixed.", replacementVersionId=it.versions["1.1.0"])
    assert again == shown
    events = (await it.author.get("/api/events", filter='{"type": {"startsWith": "integration.version_"}}')).json[
        "data"
    ]
    assert [event["data"].get("replacementVersionId") for event in events] == [it.versions["1.1.0"], None]
    assert all(event["data"]["version"] == "1.0.0" and event["subjectId"] == it.id for event in events)


async def test_what_cannot_replace_a_version_is_refused(world: World):
    it = await line(world, "1.0.0")
    foreign = await published(it.author, (await integration(it.author, "other"))["id"])
    path = f"/api/integration-versions/{it.versions['1.0.0']}/yank"
    wrong = {it.versions["1.0.0"]: "invalid-value", foreign["id"]: "unknown-version"}
    for version_id, code in wrong.items():
        reply = await it.author.post(path, WHY | {"replacementVersionId": version_id})
        assert (reply.status, reply.problems) == (400, {("/replacementVersionId", code)})
    assert (await it.author.post(path, {"reason": ""})).problems == {("/reason", "invalid-value")}
    assert (await it.author.get(path)).json["yanked"] is False


async def test_what_is_not_yanked_is_not_unyanked_and_a_deleted_integration_keeps_its_yanks(world: World):
    it = await line(world, "1.0.0")
    refused = await it.unyank("1.0.0")
    assert (refused.status, refused.code) == (409, "not-yanked")
    await it.author.delete(it.path)
    reply = await it.author.post(f"/api/integration-versions/{it.versions['1.0.0']}/yank", WHY)
    assert (reply.status, reply.code) == (409, "deleted")


@pytest.mark.parametrize("yanked", [True, False])
async def test_a_list_of_versions_tells_those_that_are_yanked_apart(yanked: bool, world: World):
    it = await line(world, "1.0.0", "1.1.0")
    asked = {"integration_id": it.id, "filter": json.dumps({"yanked": yanked})}
    before = (await it.user.get("/api/integration-versions", **asked)).json["pageInfo"]["total"]
    assert before == (0 if yanked else 2)
    await it.yank("1.0.0")
    found = (await it.user.get("/api/integration-versions", **asked)).json
    assert [row["version"] for row in found["data"]] == (["1.0.0"] if yanked else ["1.1.0"])
    assert found["pageInfo"]["total"] == 1


async def test_a_purge_takes_the_yanks_of_versions_that_nobody_names(world: World):
    it = await line(world, "1.0.0", "1.1.0")
    await it.yank("1.0.0", replacementVersionId=it.versions["1.1.0"])
    await it.author.delete(it.path)
    assert (await it.author.delete(f"{it.path}/purge")).status == 200
    assert await world.values(
        "select (select count(*) from version_yanks), (select count(*) from integration_versions)"
    ) == (0, 0)
