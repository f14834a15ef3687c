"""Which members an install takes, as what, and what they read as."""

from typing import Any

import pytest

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import definition_of, installed, members_of
from tests.support.factories.integrations import integration, manifest_member, offered, published, unlisted
from tests.support.world import World

pytestmark = pytest.mark.slow


async def assortment(world: World, **manifest: Any) -> tuple[As, As, dict[str, Any]]:
    """Author, user, and an integration with a member of each sort; its draft goes with it."""
    author, user = await world.workspace("author"), await world.workspace("user")
    inner = await entity(author, "schema", "inner", {"type": "string"})
    outer = await entity(author, "schema", "outer", {"items": inner["id"]})
    alone = await entity(author, "schema", "alone", {"type": "object"})
    plain = await entity(author, "function", "plain", {"text": "one"})
    needs = await entity(author, "function", "needs")
    clones = await entity(author, "function", "clones", {"in": outer["id"]})
    refers = await entity(author, "function", "refers", {"calls": plain["id"], "in": [inner["id"], alone["id"]]})
    basic = await entity(author, "agent", "basic")
    usual = await entity(author, "agent", "usual")
    members = [
        manifest_member(basic, required=True),
        manifest_member(usual, defaultEnabled=True),
        manifest_member(plain),
        manifest_member(needs, dependsOn=["plain"]),
        manifest_member(clones, forkOnInstall=True),
        manifest_member(refers),
    ]
    return author, user, await offered(author, "demo", members, manifest=manifest)


CLOSURE = {"schema:inner", "schema:outer", "schema:alone"}
DECLARED = {"basic", "usual", "plain", "needs", "clones", "refers"}


@pytest.mark.parametrize(
    ("body", "taken"),
    [
        ({}, {"basic", "usual"}),
        ({"memberPolicy": "auto_all"}, DECLARED | CLOSURE),
        ({"memberPolicy": "auto_defaults"}, {"basic", "usual"}),
        ({"memberPolicy": "manual"}, {"basic"}),
        ({"selectedMemberSlugs": []}, {"basic"}),
        ({"selectedMemberSlugs": ["needs"]}, {"basic", "needs", "plain"}),
        ({"selectedMemberSlugs": ["clones"]}, {"basic", "clones", "schema:outer", "schema:inner"}),
        ({"selectedMemberSlugs": ["refers"]}, {"basic", "refers", "plain", "schema:inner", "schema:alone"}),
        ({"selectedMemberSlugs": ["usual"], "memberPolicy": "auto_all"}, {"basic", "usual"}),
    ],
)
async def test_what_is_asked_for_comes_with_all_that_it_needs(body: dict[str, Any], taken: set[str], world: World):
    _, user, draft = await assortment(world)
    install = await installed(user, draft["id"], **body)
    assert set(await members_of(user, install)) == taken
    assert install["memberPolicy"] == body.get("memberPolicy", "auto_defaults")
    # only clones are grouped
    assert (install["solutionId"] is not None) == ("clones" in taken)


async def test_the_manifests_policy_holds_where_the_call_names_none(world: World):
    _, user, draft = await assortment(world, defaults={"memberPolicy": "manual"})
    install = await installed(user, draft["id"])
    assert (install["memberPolicy"], set(await members_of(user, install))) == ("manual", {"basic"})
    await user.delete(f"/api/integration-installs/{install['id']}")
    assert len(await members_of(user, await installed(user, draft["id"], memberPolicy="auto_all"))) == 9


async def test_every_unknown_slug_is_named_also_that_of_a_closure(world: World):
    _, user, draft = await assortment(world)
    body = {"workspaceId": user.workspace_id, "selectedMemberSlugs": ["plain", "no", "schema:inner"]}
    reply = await user.post(f"/api/integrations/{draft['id']}/install", body)
    assert (reply.status, reply.problems) == (
        400, {("/selectedMemberSlugs/1", "unknown-member"), ("/selectedMemberSlugs/2", "unknown-member")},
    )  # fmt: skip
    assert await world.owner.fetchval("select count(*) from installs") == 0


async def test_a_closure_is_cloned_where_a_clone_reaches_it(world: World):
    author, user, draft = await assortment(world)
    everything = await members_of(user, await installed(user, draft["id"], memberPolicy="auto_all"))
    clones = {slug for slug, member in everything.items() if member["isClone"]}
    # `inner` is reached by a clone and by a reference
    assert clones == {"clones", "schema:outer", "schema:inner"}
    place = {slug: member["entityId"] for slug, member in everything.items()}
    assert await definition_of(user, everything["clones"]) == {"in": place["schema:outer"]}
    assert await definition_of(user, everything["schema:outer"]) == {"items": place["schema:inner"]}
    assert await definition_of(user, everything["refers"]) == {
        "calls": place["plain"],
        "in": [place["schema:inner"], place["schema:alone"]],
    }
    other = await world.workspace("other")
    part = await members_of(other, await installed(other, draft["id"], selectedMemberSlugs=["refers"]))
    assert not any(member["isClone"] for member in part.values())
    source = (await author.get("/api/entities", slug="inner")).json["data"][0]
    assert part["schema:inner"]["entityId"] == source["id"]


async def test_a_preview_says_what_an_install_takes_and_why(world: World):
    author, user, draft = await assortment(world)
    path = f"/api/integrations/{draft['id']}/members"
    entries = (await user.get(path)).json["members"]
    assert {entry["slug"] for entry in entries if entry["selected"]} == {"basic", "usual"}
    reasons = {entry["slug"]: entry["reason"] for entry in entries}
    assert (reasons["basic"], reasons["usual"], reasons["plain"]) == ("required", "default", "not-selected")
    assert {entry["slug"]: entry["role"] for entry in entries} == {
        **dict.fromkeys(DECLARED, "member"),
        **dict.fromkeys(CLOSURE, "closure"),
    }
    members = draft["manifest"]["members"]
    members[3]["required"] = True
    manifest = {"members": members, "defaults": {"memberPolicy": "auto_all"}}
    await author.patch(f"/api/integrations/{draft['id']}", {"manifest": manifest})
    drafted = (await author.get(path, draft="true")).json["members"]
    reasons = {entry["slug"]: entry["reason"] for entry in drafted}
    assert (reasons["needs"], reasons["plain"], reasons["schema:alone"]) == ("required", "policy", "reference")
    assert (await user.get(path)).json["members"] == entries


async def test_a_draft_previews_with_what_is_wrong_with_each_member(world: World):
    author = await world.workspace("author")
    good, gone = await entity(author, "function", "good"), await entity(author, "function", "gone")
    stray = await entity(author, "agent", "stray")
    naming = await entity(author, "function", "naming", {"use": stray["id"]})
    asking = await entity(author, "function", "asking", {"x": "${variables.no}"})
    await author.delete(f"/api/entities/{gone['id']}")
    members = [manifest_member(found, required=True) for found in (good, gone, naming, asking)]
    members.append({"slug": "none", "entityId": "fun_" + "0" * 26, "kind": "function", "dependsOn": ["nobody"]})
    draft = await integration(author, manifest={"members": members})
    reply = await author.get(f"/api/integrations/{draft['id']}/members")
    entries = {entry["slug"]: entry for entry in reply.json["members"]}
    assert set(entries) == {"good", "gone", "naming", "asking", "none"}
    assert {slug for slug, entry in entries.items() if entry["selected"]} == {"good"}
    assert entries["good"]["reason"] == "required"
    assert "deleted" in entries["gone"]["reason"]
    assert stray["id"] in entries["naming"]["reason"]
    assert "/use" in entries["naming"]["reason"]
    assert "variables.no" in entries["asking"]["reason"]
    assert "no such entity" in entries["none"]["reason"]


async def test_a_preview_is_of_one_version_or_of_the_draft(world: World):
    author, user, draft = await assortment(world)
    path = f"/api/integrations/{draft['id']}/members"
    first = (await author.get("/api/integration-versions", integration_id=draft["id"])).json["data"][0]
    both = await author.get(path, draft="true", integrationVersionId=first["id"])
    assert (both.status, both.problems) == (400, {("draft", "conflicting-parameters")})
    await author.patch(f"/api/integrations/{draft['id']}", {"manifest": {}})
    await published(author, draft["id"], "2.0.0")
    assert (await user.get(path)).json["members"] == []
    assert len((await user.get(path, integrationVersionId=first["id"])).json["members"]) == 9
    other = await offered(author, "other", [])
    foreign = (await author.get("/api/integration-versions", integration_id=other["id"])).json["data"][0]
    for version in (foreign["id"], "intver_" + "0" * 26, "nonsense"):
        assert (await user.get(path, integrationVersionId=version)).status == 404


async def test_a_reference_shows_what_was_published_there(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    source = await entity(author, "function", "greet", {"text": "one ${variables.word}"})
    schema = {"type": "object", "properties": {"word": {"type": "string"}}}
    manifest = {"members": [manifest_member(source, required=True)], "allowMultipleInstalls": True}
    draft = await integration(author, manifest=manifest, variablesSchema=schema)
    first = await published(author, draft["id"])
    await unlisted(author, draft["id"])
    await author.patch(
        f"/api/entities/{source['id']}",
        {"definition": {"text": "two ${variables.word}"}, "name": "Second", "description": "Later."},
    )
    await published(author, draft["id"], "2.0.0")
    await author.patch(f"/api/entities/{source['id']}", {"definition": {"text": "for the author alone"}})
    new = await installed(user, draft["id"], variables={"word": "b"})
    old = await installed(user, draft["id"], variables={"word": "a"}, integrationVersionId=first["id"])
    path = f"/api/entities/{source['id']}"
    seen = (await user.get(path)).json
    assert (seen["name"], seen["description"], seen["definition"]) == ("Second", "Later.", {"text": "two b"})
    pinned = (await user.get(path, integrationInstallId=old["id"])).json
    assert (pinned["name"], pinned["definition"]) == ("greet", {"text": "one a"})
    assert (await user.get(path, integrationInstallId="intins_" + "0" * 26)).status == 404
    await user.delete(f"/api/integration-installs/{new['id']}")
    assert (await user.get(path)).json["definition"] == {"text": "one a"}
    assert (await author.get(path)).json["definition"] == {"text": "for the author alone"}


async def test_several_installs_need_a_manifest_that_allows_them_or_another_parent(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    single, many = (
        await offered(author, "single", []),
        await offered(author, "many", [], manifest={"allowMultipleInstalls": True}),
    )
    _, parent = [await installed(user, many["id"]) for _ in range(2)]
    await installed(user, single["id"])
    await installed(user, single["id"], parentInstallId=parent["id"])
    for extra in ({}, {"parentInstallId": parent["id"]}):
        body = {"workspaceId": user.workspace_id, **extra}
        reply = await user.post(f"/api/integrations/{single['id']}/install", body)
        assert (reply.status, reply.code) == (409, "already-installed")


async def test_ids_of_the_body_that_one_cannot_see_are_told_like_unknown_ones(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    draft, other = await offered(author, "demo", []), await offered(author, "other", [])
    hidden = await integration(author, "hidden")
    foreign = await installed(author, other["id"])
    credentials = {"apiKey": "k" * 20}
    state = await author.post(
        "/api/auth-states",
        {"workspaceId": author.workspace_id, "name": "n", "type": "api_key", "credentials": credentials},
    )
    version = await published(author, hidden["id"])

    async def told(**named: str) -> Any:
        body = {"workspaceId": user.workspace_id, **named}
        reply = await user.post(f"/api/integrations/{draft['id']}/install", body)
        assert reply.status == 400
        return reply.json["errors"]

    for key, real, prefix in (
        ("parentInstallId", foreign["id"], "intins"),
        ("authStateId", state.json["id"], "ats"),
        ("integrationVersionId", version["id"], "intver"),
    ):
        found = await told(**{key: real})
        assert found == await told(**{key: f"{prefix}_{'0' * 26}"}) == await told(**{key: "nonsense"})
        assert found[0]["pointer"] == f"/{key}"
    for workspace in (author.workspace_id, "wsp_" + "0" * 26, "nonsense"):
        reply = await user.post(f"/api/integrations/{draft['id']}/install", {"workspaceId": workspace})
        assert reply.status == 404
