"""Plans of several installs: they move together or not at all, judged by the state after all of them."""

from typing import Any

from tests.plans.plan_life import outcomes
from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import definition_of, installed, members_of
from tests.support.factories.integrations import manifest_member, offered, published
from tests.support.world import World

CLONED = {"required": True, "forkOnInstall": True}


class Pair:
    """`app` needs `dep`: version 1 of it version 1, version 2 of it version 2; a workspace has version 1 of both."""

    def __init__(self, author: As, user: As, drafts: dict[str, Any], installs: dict[str, Any]) -> None:
        self.author, self.user, self.drafts, self.installs = author, user, drafts, installs

    async def plan(self, *names: str, **body: Any) -> Any:
        asked = [{"integrationInstallId": self.installs[name]["id"]} for name in names]
        request = {"workspaceId": self.user.workspace_id, "installs": asked, **body}
        return await self.user.post("/api/upgrade-plans", request)

    async def version(self, name: str) -> str:
        install = (await self.user.get(f"/api/integration-installs/{self.installs[name]['id']}")).json
        return (await self.user.get(f"/api/integration-versions/{install['integrationVersionId']}")).json["version"]

    async def clone(self, name: str) -> dict[str, Any]:
        return (await members_of(self.user, self.installs[name]))["f"]


async def pair(world: World) -> Pair:
    author, user = await world.workspace("author"), await world.workspace("user")
    drafts: dict[str, Any] = {}
    for name in ("dep", "app"):
        source = await entity(author, "function", f"{name}-f", {"v": 1})
        member = {**manifest_member(source, **CLONED), "slug": "f"}
        needs = {"dependencies": [{"integration": "author/dep", "range": "^1.0.0"}]} if name == "app" else {}
        drafts[name] = await offered(author, name, [member])
        if needs:
            await author.patch(f"/api/integrations/{drafts[name]['id']}", {"manifest": {"members": [member], **needs}})
            await published(author, drafts[name]["id"], "1.1.0")
    installs = {name: await installed(user, drafts[name]["id"]) for name in ("dep", "app")}
    for name in ("dep", "app"):
        member = drafts[name]["manifest"]["members"][0]
        await author.patch(f"/api/entities/{member['entityId']}", {"definition": {"v": 2}})
        needs = {"dependencies": [{"integration": "author/dep", "range": "^2.0.0"}]} if name == "app" else {}
        await author.patch(f"/api/integrations/{drafts[name]['id']}", {"manifest": {"members": [member], **needs}})
        await published(author, drafts[name]["id"], "2.0.0")
    return Pair(author, user, drafts, installs)


async def test_installs_whose_next_versions_need_each_other_move_together(world: World):
    it = await pair(world)
    assert ((await it.plan("dep")).code, (await it.plan("app")).code) == ("dependent-breaks", "dependency-missing")
    edited = await it.clone("dep")
    await it.user.patch(f"/api/entities/{edited['entityId']}", {"definition": {"v": 9}})

    reply = await it.plan("dep", "app")
    assert reply.status == 201, reply.json
    plan = reply.json
    assert (plan["integrationInstallId"], plan["from"]) == (None, None)
    assert [member["outcome"] for member in plan["members"]] == ["skip", "update"]
    assert plan["summary"]["skip"] == plan["summary"]["update"] == 1
    done = await it.user.post(f"/api/upgrade-plans/{plan['id']}/apply", {"reason": "both at once"})
    assert done.status == 200, done.json
    assert [await it.version(name) for name in ("dep", "app")] == ["2.0.0", "2.0.0"]
    texts = [await definition_of(it.user, await it.clone(name)) for name in ("dep", "app")]
    assert texts == [{"v": 9}, {"v": 2}]


async def test_one_that_cannot_move_keeps_all(world: World):
    it = await pair(world)
    plan = (await it.plan("dep", "app")).json
    await it.user.patch(f"/api/entities/{(await it.clone('app'))['entityId']}", {"definition": {"v": 9}})
    refused = await it.user.post(f"/api/upgrade-plans/{plan['id']}/apply")
    assert (refused.status, refused.code) == (409, "plan-stale")
    assert len(refused.json["plan"]["installs"]) == 2
    assert [await it.version(name) for name in ("dep", "app")] == ["1.0.0", "1.1.0"]


async def test_what_a_body_names_wrongly_is_told_with_its_place(world: World):
    it = await pair(world)
    known = {"integrationInstallId": it.installs["dep"]["id"]}
    request = {"workspaceId": it.user.workspace_id, "installs": [known, known, {"integrationInstallId": "intins_x"}]}
    assert (await it.user.post("/api/upgrade-plans", request)).problems == {
        ("/installs/1/integrationInstallId", "repeated-install"),
        ("/installs/2/integrationInstallId", "unknown-install"),
    }
    for more, problem in (
        ({"integrationVersionId": "intver_x"}, ("/installs/0/integrationVersionId", "unknown-version")),
        ({"variables": {"x": 1}}, ("/installs/0/variables/x", "unknown-variable")),
    ):
        body = {"installs": [{**known, **more}, {"integrationInstallId": it.installs["app"]["id"]}]}
        reply = await it.user.post("/api/upgrade-plans", {"workspaceId": it.user.workspace_id, **body})
        assert reply.problems == {problem}
    stranger = await world.workspace("stranger")
    assert (await stranger.post("/api/upgrade-plans", request)).status == 404
    body = {"workspaceId": stranger.workspace_id, "installs": [known]}
    assert (await stranger.post("/api/upgrade-plans", body)).problems == {
        ("/installs/0/integrationInstallId", "unknown-install")
    }


async def test_a_slug_that_several_installs_have_is_named_by_its_id(world: World):
    it = await pair(world)
    for name in ("dep", "app"):
        await it.user.patch(f"/api/entities/{(await it.clone(name))['entityId']}", {"definition": {"v": 9}})
    plan = (await it.plan("dep", "app", strategy="merge")).json
    assert outcomes(plan) == {"f": "conflict"}
    path = f"/api/upgrade-plans/{plan['id']}/resolve"
    ambiguous = await it.user.post(path, {"resolutions": {"f": {"/v": "theirs"}}})
    assert ambiguous.problems == {("/resolutions/f", "ambiguous-member")}
    app = (await it.clone("app"))["id"]
    decided = await it.user.post(path, {"resolutions": {app: {"/v": "theirs"}}})
    assert decided.status == 201, decided.json
    assert sorted(member["outcome"] for member in decided.json["members"]) == ["conflict", "update"]
