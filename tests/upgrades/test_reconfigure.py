"""What an install was given, changed at the version that it has: variables, auth state, policy, more members."""

from typing import Any

from graft import jsontext
from tests.support.client import Reply
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed
from tests.support.factories.integrations import manifest_member, offered
from tests.support.world import World
from tests.upgrades.upgrade_life import NOTHING, Life, life

SCHEMA = {"type": "object", "properties": {"word": {"type": "string", "default": "hi"}, "count": {"type": "integer"}}}


async def changed(it: Life, **body: Any) -> dict[str, Any]:
    reply = await it.user.patch(it.path, body)
    assert reply.status == 200, reply.json
    assert reply.json["install"] == (await it.user.get(it.path)).json
    return reply.json


def lists(reply: dict[str, Any]) -> dict[str, Any]:
    return {name: reply[name] for name in NOTHING}


async def origins(it: Life) -> dict[str, str]:
    return (await it.user.get(it.path + "/variable-origins")).json["variableOrigins"]


async def operations(world: World) -> list[tuple[str, str | None]]:
    rows = await world.owner.fetch("select kind, reason from operations order by id")
    return [(row["kind"], row["reason"]) for row in rows]


async def test_a_value_is_changed_and_taken_back_and_its_origin_is_told(world: World):
    it = await life(world, "${variables.word}!", variablesSchema=SCHEMA)
    assert await origins(it) == {"word": "default"}
    told = await changed(it, variables={"word": "hello"}, reason="Politer.")
    assert lists(told) == NOTHING | {"updated": ["greet"]}
    assert (await it.text(), await origins(it)) == ("hello!", {"word": "set"})
    assert told["install"]["lastUpgradedAt"] is None
    await changed(it, variables={"count": 2})
    assert await origins(it) == {"word": "set", "count": "set"}
    await changed(it, variables={"word": None})
    assert (await it.text(), await origins(it)) == ("hi!", {"word": "default", "count": "set"})
    assert await operations(world) == [
        ("install", None), ("reconfigure", "Politer."), ("reconfigure", None), ("reconfigure", None),
    ]  # fmt: skip


async def test_it_stays_at_its_version_while_a_newer_one_waits(world: World):
    it = await life(world, "${variables.word} one", variablesSchema=SCHEMA)
    await it.publish("${variables.word} two")
    assert lists(await changed(it, variables={"word": "hello"})) == NOTHING | {"updated": ["greet"]}
    assert await it.text() == "hello one"
    assert await it.upgrade() == NOTHING | {"updated": ["greet"]}
    assert await it.text() == "hello two"


async def test_wrong_values_are_refused_and_nothing_is_stored(world: World):
    it = await life(world, "${variables.word}!", variablesSchema=SCHEMA)
    before = await world.values("select count(*), max(updated_at) from installs")

    async def refused(**body: Any) -> Reply:
        return await it.user.patch(it.path, body)

    wrong = await refused(variables={"word": 1, "nothing": 2})
    assert (wrong.status, wrong.problems) == (
        400,
        {("/variables/word", "wrong-type"), ("/variables/nothing", "unknown-variable")},
    )
    unknown = await refused(selectedMemberSlugs=["greet", "nobody"])
    assert unknown.problems == {("/selectedMemberSlugs/1", "unknown-member")}
    assert (await refused(memberPolicy="none")).problems == {("/memberPolicy", "unknown-value")}
    assert (await refused(authStateId="ats_" + "0" * 26)).problems == {("/authStateId", "unknown-auth-state")}
    assert await world.values("select count(*), max(updated_at) from installs") == before
    assert await operations(world) == [("install", None)]


async def test_more_members_come_in_with_what_they_need_and_none_goes(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    made = {slug: await entity(author, "function", slug) for slug in ("base", "extra", "other", "spare")}
    members = [
        manifest_member(made["base"], required=True, forkOnInstall=True),
        manifest_member(made["extra"], forkOnInstall=True, dependsOn=["spare"]),
        manifest_member(made["other"]), manifest_member(made["spare"]),
    ]  # fmt: skip
    draft = await offered(author, "demo", members)
    it = Life(author, user, draft, await installed(user, draft["id"], selectedMemberSlugs=[]))
    assert lists(await changed(it, selectedMemberSlugs=["extra"])) == NOTHING | {"added": ["extra", "spare"]}
    assert lists(await changed(it, selectedMemberSlugs=["extra"])) == NOTHING
    assert (await it.members()).keys() == {"base", "extra", "spare"}

    # what the policy takes comes with later versions
    assert lists(await changed(it, memberPolicy="auto_all")) == NOTHING
    assert (await it.user.get(it.path)).json["memberPolicy"] == "auto_all"
    late = await entity(author, "function", "late")
    await it.publish(manifest={"members": [*members, manifest_member(late)]})
    assert await it.upgrade() == NOTHING | {"added": ["late"]}


async def test_credentials_are_exchanged(world: World):
    it = await life(world)
    body = {"workspaceId": it.user.workspace_id, "name": "n", "type": "api_key", "credentials": {"apiKey": "k" * 20}}
    state = (await it.user.post("/api/auth-states", body)).json["id"]
    assert lists(await changed(it, authStateId=state)) == NOTHING
    assert (await it.user.get(it.path)).json["authStateId"] == state


async def test_it_works_where_the_integration_is_deleted_or_not_seen_any_more(world: World):
    it = await life(world, "${variables.word}!", variablesSchema=SCHEMA)
    draft = f"/api/integrations/{it.draft['id']}"
    await it.author.post(f"{draft}/visibility", {"visibility": "private"})
    await changed(it, variables={"word": "unseen"})
    assert await it.text() == "unseen!"
    await it.author.delete(draft)
    await changed(it, variables={"word": "deleted"})
    assert await it.text() == "deleted!"


async def test_what_changes_nothing_writes_nothing_and_a_deleted_install_is_refused(world: World):
    it = await life(world, "${variables.word}!", variablesSchema=SCHEMA)
    rows = "select (select count(*) from events), (select count(*) from operations), (select max(updated_at) from installs)"
    before = await world.values(rows)
    assert lists(await changed(it)) == NOTHING
    assert lists(await changed(it, memberPolicy=it.install["memberPolicy"], selectedMemberSlugs=["greet"])) == NOTHING
    assert await world.values(rows) == before
    await it.user.delete(it.path)
    refused = await it.user.patch(it.path, {"variables": {"word": "late"}})
    assert (refused.status, refused.code) == (409, "deleted")


async def test_the_event_says_which_fields_of_the_install_changed(world: World):
    it = await life(world, "${variables.word}!", variablesSchema=SCHEMA)
    await changed(it, variables={"word": "hello"}, memberPolicy="manual")
    found = await world.owner.fetchval("select data from events where type = 'integration_install.reconfigured'")
    assert found is not None
    assert jsontext.decode(bytes(found)) == {
        "fields": ["variables_id", "member_policy"], "updated": 1, "added": 0, "removed": 0, "skipped": 0,
    }  # fmt: skip
