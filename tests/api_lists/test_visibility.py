"""Who finds what in the lists of integrations, versions, installs, solutions and reviews, and what of it they read."""

import json
from pathlib import Path
from typing import Any

from tests.api_lists.scene import named, published_public, scene
from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed
from tests.support.factories.integrations import integration, manifest_member, published, unlisted
from tests.support.world import World, running

INTEGRATIONS, VERSIONS = "/api/integrations", "/api/integration-versions"
INSTALLS, ENTITIES, REVIEWS = "/api/integration-installs", "/api/entities", "/api/integration-reviews"
SOLUTIONS, SOLUTION_MEMBERS = "/api/solutions", "/api/solution-members"
SECRET = {"x-note": "a draft nobody else has seen"}


async def _private_with_install(alpha: As, beta: As, world: World, slug: str = "held") -> tuple[str, dict[str, Any]]:
    """An integration that beta sees by its install alone, and the install."""
    made = await integration(alpha, slug)
    await published(alpha, made["id"])
    await world.grant(made["id"], beta.workspace_id, "viewer", alpha.workspace_id)
    install = await installed(beta, made["id"])
    await world.owner.execute("delete from permissions where object_id = $1", made["id"].removeprefix("int_"))
    return made["id"], install


async def test_a_private_one_that_is_installed_is_listed_as_it_was_installed(world: World):
    alpha, beta, guest = [await world.workspace(slug) for slug in ("alpha", "beta", "guest")]
    made, install = await _private_with_install(alpha, beta, world)
    await alpha.patch(f"{INTEGRATIONS}/{made}", {"manifest": {**SECRET, "members": []}})
    await published(alpha, made, "1.1.0")
    row = (await beta.get(INTEGRATIONS)).json["data"][0]
    assert (row["slug"], row["currentVersion"], row["manifest"]) == ("held", "1.1.0", {})
    assert (await beta.get(f"{INTEGRATIONS}/{made}")).json == row
    assert named(await beta.get(VERSIONS), "version") == ["1.0.0"]
    assert named(await beta.get(VERSIONS, integration_id=made), "version") == ["1.0.0"]
    for path in (INTEGRATIONS, VERSIONS):
        assert named(await guest.get(path)) == []
    await beta.delete(f"{INSTALLS}/{install['id']}")
    for path in (INTEGRATIONS, VERSIONS):
        assert named(await beta.get(path)) == []


async def test_only_editors_find_the_draft_in_the_list(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    made = await published_public(world, alpha, "public")
    documents: dict[str, Any] = {"manifest": SECRET, "variablesSchema": SECRET, "authConfig": {"type": "none"}}
    never = await integration(alpha, "never", **documents)
    await alpha.patch(f"{INTEGRATIONS}/{made['id']}", documents)
    await world.grant(never["id"], beta.workspace_id, "viewer", alpha.workspace_id)
    viewer = await world.key(alpha.workspace_id, "viewer")
    for caller in (beta, viewer):
        rows = (await caller.get(INTEGRATIONS)).json["data"]
        assert [row["slug"] for row in rows] == ["never", "public"]
        assert [row[key] for row in rows for key in documents] == [{}] * 6
    browser = await world.key(alpha.workspace_id, "viewer", kind="publishable")
    [row] = (await browser.get(INTEGRATIONS)).json["data"]
    assert (row["slug"], [row[key] for key in documents]) == ("public", [{}] * 3)
    editor = await world.key(alpha.workspace_id, "editor")
    granted = await world.session(await _granted_user(world, alpha, made["id"], "editor"))
    admin = await world.platform_admin()
    for caller in (editor, granted, admin):
        row = next(row for row in (await caller.get(INTEGRATIONS)).json["data"] if row["slug"] == "public")
        assert {key: row[key] for key in documents} == documents


async def _granted_user(world: World, owner: As, object_id: str, tier: str) -> str:
    user = await world.user()
    await world.grant(object_id, user, tier, owner.workspace_id)
    return user


async def test_versions_stand_where_their_integration_does(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    public = await published_public(world, alpha, "public")
    await published(alpha, public["id"], "2.0.0-rc.1")
    linked = await integration(alpha, "linked")
    await published(alpha, linked["id"], "3.0.0")
    await unlisted(alpha, linked["id"])
    opened = await integration(alpha, "opened")
    await published(alpha, opened["id"], "4.0.0")
    await world.grant(opened["id"], None, "viewer", alpha.workspace_id)
    hidden = await integration(alpha, "hidden")
    await published(alpha, hidden["id"], "5.0.0")
    browser = await world.key(beta.workspace_id, "viewer", kind="publishable")
    for caller, by_everybodys_grant in ((beta, ["4.0.0"]), (browser, [])):
        assert named(await caller.get(VERSIONS), "version") == ["2.0.0-rc.1", "1.0.0"]
        assert named(await caller.get(VERSIONS, version="1.0.0"), "version") == ["1.0.0"]
        assert named(await caller.get(VERSIONS, integration_id=linked["id"]), "version") == ["3.0.0"]
        assert named(await caller.get(VERSIONS, integration_id=opened["id"]), "version") == by_everybodys_grant
        for nothing in (hidden["id"], "int_" + "0" * 26, linked["id"].replace("int_", "intver_"), ""):
            assert named(await caller.get(VERSIONS, integration_id=nothing)) == []
    assert len(named(await alpha.get(VERSIONS), "version")) == 5
    assert named(await alpha.get(VERSIONS, published_by=hidden["createdBy"], version="5.0.0"), "version") == ["5.0.0"]
    assert len(named(await (await world.platform_admin()).get(VERSIONS), "version")) == 5


async def test_versions_of_a_deleted_integration_are_for_its_workspace_and_for_who_has_them(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    public = await published_public(world, alpha, "public")
    await installed(beta, public["id"])
    await alpha.delete(f"{INTEGRATIONS}/{public['id']}")
    stranger = await world.workspace("stranger")
    for parameters, has in (({}, []), ({"integration_id": public["id"]}, ["1.0.0"])):
        assert named(await beta.get(VERSIONS, **parameters), "version") == has
        assert named(await stranger.get(VERSIONS, **parameters)) == []
        assert named(await alpha.get(VERSIONS, **parameters), "version") == ["1.0.0"]
    gone = await integration(alpha, "gone")
    await published(alpha, gone["id"])
    await installed(alpha, gone["id"])
    install = (await alpha.get(INSTALLS)).json["data"][0]
    await alpha.delete(f"{INSTALLS}/{install['id']}")
    await alpha.delete(f"{INTEGRATIONS}/{gone['id']}")
    await alpha.delete(f"{INTEGRATIONS}/{gone['id']}/purge")
    assert named(await alpha.get(VERSIONS, integration_id=gone["id"])) == []
    assert named(await alpha.get(INTEGRATIONS, include_deleted="true")) == ["public"]


async def test_installs_and_solutions_are_their_workspaces(world: World):
    found = await scene(world)
    viewer, admin = await world.key(found.beta.workspace_id, "viewer"), await world.platform_admin()
    for path in (INSTALLS, SOLUTIONS, SOLUTION_MEMBERS):
        whole = (await found.beta.get(path)).json
        assert len(whole["data"]) == 1
        assert (await viewer.get(path)).json["data"] == (await admin.get(path)).json["data"] == whole["data"]
        assert (await found.alpha.get(path)).json["data"] == []
    install = (await found.beta.get(INSTALLS)).json["data"][0]
    assert install == found.install
    for parameter, key in (
        ("workspace_id", "workspaceId"),
        ("integration_id", "integrationId"),
        ("integration_version_id", "integrationVersionId"),
        ("member_policy", "memberPolicy"),
        ("solution_id", "solutionId"),
        ("installed_by", "installedBy"),
    ):
        assert named(await found.beta.get(INSTALLS, **{parameter: install[key]}), "id") == [install["id"]]
    child = await installed(found.beta, found.demo["id"], parentInstallId=install["id"])
    assert named(await found.beta.get(INSTALLS, parent_install_id=install["id"]), "id") == [child["id"]]
    assert named(await found.beta.get(INSTALLS), "id") == [child["id"], install["id"]]


async def test_uninstalling_takes_install_solution_and_members_out_of_the_lists(world: World):
    found = await scene(world)
    solution = f"{SOLUTIONS}/{found.install['solutionId']}"
    one = await found.beta.get(solution)
    assert (one.status, one.statements) == (200, 1)
    assert (await found.beta.get(SOLUTIONS)).json["data"] == [one.json]
    await found.beta.delete(f"{INSTALLS}/{found.install['id']}")
    for path in (INSTALLS, SOLUTIONS, SOLUTION_MEMBERS):
        assert named(await found.beta.get(path)) == []
    assert named(await found.beta.get(INSTALLS, include_deleted="only", retention_tier="medium"), "id")
    assert named(await found.beta.get(SOLUTIONS, include_deleted="true"), "name") == ["demo"]
    assert (await found.beta.get(solution)).json["deletedAt"] is not None
    await found.beta.post(f"{INSTALLS}/{found.install['id']}/restore")
    assert named(await found.beta.get(SOLUTION_MEMBERS), "name") == ["given"]


async def test_a_solutions_members_are_its_living_clones(world: World):
    found = await scene(world)
    await installed(found.beta, found.demo["id"], parentInstallId=found.install["id"])
    of_one = {"solution_id": found.install["solutionId"]}
    rows = (await found.beta.get(SOLUTION_MEMBERS, **of_one)).json["data"]
    assert len(rows) == 1
    row = rows[0]
    assert (row["solutionId"], row["kind"], row["name"]) == (found.install["solutionId"], "agent", "given")
    assert row["id"].split("_") == ["solmem", row["entityId"].removeprefix("agt_")]
    assert named(await found.beta.get(SOLUTION_MEMBERS, entity_id=row["entityId"]), "id") == [row["id"]]
    await found.beta.delete(f"{ENTITIES}/{row['entityId']}")
    assert named(await found.beta.get(SOLUTION_MEMBERS, **of_one)) == []
    assert len(named(await found.beta.get(SOLUTION_MEMBERS), "id")) == 1


async def test_reviews_are_seen_by_those_of_the_workspace_and_by_platform_admins(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    approved = await published_public(world, alpha, "approved")
    waiting = await integration(alpha, "waiting")
    await published(alpha, waiting["id"])
    await alpha.post(f"{INTEGRATIONS}/{waiting['id']}/visibility", {"visibility": "public"})
    await world.grant(waiting["id"], beta.workspace_id, "admin", alpha.workspace_id)
    viewer = await world.key(alpha.workspace_id, "viewer")
    for caller in (alpha, viewer, await world.platform_admin()):
        reply = await caller.get(REVIEWS)
        assert named(reply, "state") == ["pending", "approved"]
        assert reply.statements == 1
        assert named(await caller.get(REVIEWS, state="pending"), "integrationId") == [waiting["id"]]
        assert named(await caller.get(REVIEWS, integration_id=approved["id"]), "reason") == ["good"]
    assert named(await beta.get(REVIEWS)) == []
    assert (await alpha.get(REVIEWS, state="lost")).problems == {("state", "unknown-value")}


async def test_deleted_entities_are_listed_on_demand_to_their_own_workspace(world: World):
    found = await scene(world)
    own = await entity(found.beta, "schema", "own")
    await found.beta.delete(f"{ENTITIES}/{own['id']}")
    assert named(await found.beta.get(ENTITIES)) == ["given", "shown"]
    assert named(await found.beta.get(ENTITIES, include_deleted="only")) == ["own"]
    assert named(await found.beta.get(ENTITIES, include_deleted="true")) == ["own", "given", "shown"]
    assert named(await found.beta.get(ENTITIES, include_deleted="only", retention_tier="medium")) == ["own"]
    assert named(await found.beta.get(ENTITIES, include_deleted="true", source="integration")) == ["shown"]
    admin = await world.platform_admin()
    assert sorted(named(await admin.get(ENTITIES))) == ["given", "given", "shown"]


async def test_entities_of_a_kind_of_ones_own_are_listed_like_any(database_url: str, app_role: str, data_dir: Path):
    kinds = data_dir / "kinds.toml"
    kinds.write_text('[dashboard]\nprefix = "dsh"\n[dashboard.schema]\ntype = "object"\n')
    async with running(database_url, app_role, kinds_file=kinds) as world:
        alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
        made = await entity(alpha, "dashboard", "board")
        demo = await integration(alpha, manifest={"members": [manifest_member(made, required=True)]})
        await published(alpha, demo["id"])
        await unlisted(alpha, demo["id"])
        await installed(beta, demo["id"])
        for caller in (alpha, beta):
            assert named(await caller.get(ENTITIES, kind="dashboard"), "id") == [made["id"]]
            assert named(await caller.get(ENTITIES, kind="agent"), "id") == []
            assert named(await caller.get(ENTITIES, ids=f"x,{made['id']},int_{'0' * 26}"), "id") == [made["id"]]


async def test_everything_wrong_with_the_parameters_is_told_at_once(world: World):
    alpha = await world.workspace("alpha")
    wrong = [("source", "here"), ("source", "there"), ("limit", "0"), ("nonsense", "1"), ("filter", "[]")]
    reply = await alpha("GET", ENTITIES, params=wrong)
    assert reply.status == 400
    assert reply.problems == {
        ("source", "unknown-value"),
        ("source", "repeated-parameter"),
        ("limit", "out-of-range"),
        ("nonsense", "unknown-parameter"),
        ("filter", "wrong-type"),
    }
    for path, field in ((ENTITIES, "definition"), (INTEGRATIONS, "manifest"), (INSTALLS, "variables")):
        reply = await alpha.get(path, filter=json.dumps({field: {}, "AND": [{field: "x"}, {"base_id": 1}]}))
        assert {code for _, code in reply.problems} == {"not-filterable", "unknown-field"}


async def test_a_cursor_is_good_for_its_list_its_options_and_its_entity_alone(world: World):
    found = await scene(world)
    cursor = (await found.beta.get(ENTITIES)).json["pageInfo"]["endCursor"]
    assert (await found.beta.get(ENTITIES, after=cursor)).status == 200
    for path, parameters in (
        (ENTITIES, {"source": "workspace"}),
        (ENTITIES, {"integration_install_id": found.install["id"]}),
        (INSTALLS, {}),
        (f"{ENTITIES}/{found.shown['id']}/versions", {}),
    ):
        assert (await found.beta.get(path, after=cursor, **parameters)).code == "invalid-cursor"
    versions = f"{ENTITIES}/{found.shown['id']}/versions"
    cursor = (await found.beta.get(versions)).json["pageInfo"]["endCursor"]
    assert (await found.beta.get(versions, after=cursor)).status == 200
    clone = (await found.beta.get(SOLUTION_MEMBERS)).json["data"][0]["entityId"]
    assert (await found.beta.get(f"{ENTITIES}/{clone}/versions", after=cursor)).code == "invalid-cursor"
