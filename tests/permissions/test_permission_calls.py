"""The calls on grants, and that nobody gives what they do not have."""

import pytest

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.integrations import integration
from tests.support.world import World

PATH = "/api/permissions"
TIERS = ("viewer", "editor", "admin")


async def _given(caller: As, object_id: str, subject_id: str | None, tier: str = "viewer"):
    reply = await caller.post(PATH, {"entityId": object_id, "subjectId": subject_id, "tier": tier})
    assert reply.status == 201, reply.json
    return reply.json


async def _member(world: World, workspace_id: str, tier: str) -> tuple[As, str]:
    user_id = await world.user()
    await world.member(workspace_id, user_id, tier)
    return await world.session(user_id), user_id


async def test_a_grant_opens_a_private_integration_until_it_is_taken(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    draft = await integration(alpha)
    path = f"/api/integrations/{draft['id']}"
    assert (await beta.get(path)).status == 404
    made = await _given(alpha, draft["id"], beta.workspace_id)
    assert made | {"id": "", "createdBy": "", "createdAt": "", "updatedAt": ""} == {
        "id": "", "entityId": draft["id"], "workspaceId": alpha.workspace_id, "subjectId": beta.workspace_id,
        "tier": "viewer", "createdBy": "", "deletedAt": None, "createdAt": "", "updatedAt": "",
    }  # fmt: skip
    assert (await beta.get(path)).status == 200
    read = await alpha.get(f"{PATH}/{made['id']}")
    assert (read.json, read.statements) == (made, 1)
    assert (await beta.patch(path, {"name": "X"})).status == 403
    raised = await alpha.patch(f"{PATH}/{made['id']}", {"tier": "editor"})
    assert raised.json["tier"] == "editor"
    assert (await beta.patch(path, {"name": "X"})).status == 200
    assert (await alpha.delete(f"{PATH}/{made['id']}")).json == {"success": True}
    assert (await beta.get(path)).status == 404
    assert (await alpha.delete(f"{PATH}/{made['id']}")).status == 404
    assert (await alpha.patch(f"{PATH}/{made['id']}", {"tier": "viewer"})).code == "deleted"
    types = [event["type"] for event in (await alpha.get("/api/events", subject_id=made["id"])).json["data"]]
    assert types == ["permission.deleted", "permission.updated", "permission.created"]


async def test_a_grant_on_an_entity_names_its_kind(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    agent = await entity(alpha, "agent", "helper")
    made = await _given(alpha, agent["id"], beta.workspace_id, "editor")
    assert made["entityId"] == agent["id"]
    assert (await beta.patch(f"/api/entities/{agent['id']}", {"name": "X"})).status == 200
    other_kind = agent["id"].replace("agt_", "fun_")
    reply = await alpha.post(PATH, {"entityId": other_kind, "subjectId": beta.workspace_id, "tier": "viewer"})
    assert reply.problems == {("/entityId", "unknown-object")}


async def test_a_subject_has_one_grant_on_an_object(world: World):
    alpha = await world.workspace("alpha")
    draft, user_id = await integration(alpha), await world.user()
    for subject_id in (user_id, None):
        made = await _given(alpha, draft["id"], subject_id)
        again = await alpha.post(PATH, {"entityId": draft["id"], "subjectId": subject_id, "tier": "viewer"})
        assert (again.status, again.code) == (409, "already-granted")
        await alpha.delete(f"{PATH}/{made['id']}")
        await _given(alpha, draft["id"], subject_id)


async def test_what_a_body_names_and_the_caller_cannot_see_is_as_if_it_were_not_there(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    foreign, agent = await integration(beta), await entity(beta, "agent", "helper")
    body = {"subjectId": None, "tier": "viewer"}
    for hidden in (foreign["id"], agent["id"]):
        unseen = await alpha.post(PATH, {**body, "entityId": hidden})
        absent = await alpha.post(PATH, {**body, "entityId": hidden[:-4] + "0000"})
        assert unseen.status == absent.status == 400
        assert unseen.problems == {("/entityId", "unknown-object")}
        assert {**unseen.json, "requestId": ""} == {**absent.json, "requestId": ""}
    assert (await alpha.post(PATH, {**body, "entityId": "x"})).problems == {("/entityId", "unknown-object")}
    own = await integration(alpha)
    gone = await world.user()
    await world.owner.execute("update users set deleted_at = now() where id = $1", gone.removeprefix("usr_"))
    for subject_id in (gone, beta.workspace_id[:-4] + "0000", "usr_x", own["id"]):
        reply = await alpha.post(PATH, {"entityId": own["id"], "subjectId": subject_id, "tier": "viewer"})
        assert reply.problems == {("/subjectId", "unknown-subject")}
    reply = await alpha.post(PATH, {"entityId": own["id"], "tier": "viewer"})
    assert reply.problems == {("/subjectId", "missing-key")}


async def test_everybody_is_a_viewer_and_nothing_more(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    draft = await integration(alpha)
    for tier in ("editor", "admin"):
        reply = await alpha.post(PATH, {"entityId": draft["id"], "subjectId": None, "tier": tier})
        assert reply.problems == {("/tier", "public-is-viewer")}
    made = await _given(alpha, draft["id"], None)
    assert (await alpha.patch(f"{PATH}/{made['id']}", {"tier": "editor"})).problems == {("/tier", "public-is-viewer")}
    assert (await beta.get(f"/api/integrations/{draft['id']}")).status == 200
    # it opens the id and makes nothing appear in a list
    assert (await beta.get("/api/integrations")).json["data"] == []
    assert (await beta.get(PATH)).json["data"] == []


async def test_a_deleted_object_takes_no_new_grant(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    draft = await integration(alpha)
    made = await _given(alpha, draft["id"], beta.workspace_id)
    await alpha.delete(f"/api/integrations/{draft['id']}")
    reply = await alpha.post(PATH, {"entityId": draft["id"], "subjectId": await world.user(), "tier": "viewer"})
    assert (reply.status, reply.code) == (409, "deleted")
    assert (await alpha.delete(f"{PATH}/{made['id']}")).status == 200


async def test_the_four(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    draft = await integration(alpha)
    user, user_id = await _member(world, beta.workspace_id, "admin")
    made = await _given(alpha, draft["id"], user_id, "editor")
    path = f"{PATH}/{made['id']}"
    assert (await world.stranger.get(path)).status == 401
    for reply in (await beta.get(path), await beta.patch(path, {"tier": "admin"}), await beta.delete(path)):
        assert reply.status == 404
    # the subject sees its own grant, and cannot raise it
    assert (await user.get(path)).json == made
    assert (await user.patch(path, {"tier": "admin"})).status == 403
    assert (await user.delete(path)).status == 403


@pytest.mark.parametrize("tier", ["viewer", "editor"])
async def test_who_is_no_admin_of_an_object_gives_nothing_on_it(tier: str, world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    draft, agent = await integration(alpha), await entity(alpha, "agent", "helper")
    grant = await _given(alpha, draft["id"], await world.user(), "viewer")
    member, _ = await _member(world, alpha.workspace_id, tier)
    grantee_id = await world.user()
    grantee = await world.session(grantee_id)
    for object_id in (draft["id"], agent["id"]):
        await _given(alpha, object_id, grantee_id, tier)
        await _given(alpha, object_id, beta.workspace_id, tier)
    for caller in (member, await world.key(alpha.workspace_id, tier), grantee, beta):
        for object_id in (draft["id"], agent["id"]):
            for given in TIERS:
                body = {"entityId": object_id, "subjectId": grantee_id, "tier": given}
                assert (await caller.post(PATH, body)).status == 403
        for reply in (
            await caller.patch(f"{PATH}/{grant['id']}", {"tier": "admin"}),
            await caller.delete(f"{PATH}/{grant['id']}"),
        ):
            assert reply.status == 404


async def test_an_admin_by_a_grant_gives_grants_on_that_object_alone(world: World):
    alpha = await world.workspace("alpha")
    draft, other = await integration(alpha, "demo"), await integration(alpha, "other")
    user_id = await world.user()
    user, third_id = await world.session(user_id), await world.user()
    own = await _given(alpha, draft["id"], user_id, "admin")
    elsewhere = await _given(alpha, other["id"], user_id, "viewer")
    made = await _given(user, draft["id"], third_id, "admin")
    assert {row["id"] for row in (await user.get(PATH)).json["data"]} == {own["id"], made["id"], elsewhere["id"]}
    assert (await user.delete(f"{PATH}/{made['id']}")).status == 200
    body = {"entityId": other["id"], "subjectId": third_id, "tier": "viewer"}
    assert (await user.post(PATH, body)).status == 403
    body = {"workspaceId": alpha.workspace_id, "tier": "viewer", "name": "k", "kind": "secret"}
    assert (await user.post("/api/api-keys", body)).status == 404


@pytest.mark.parametrize("role", TIERS)
@pytest.mark.parametrize("granted", TIERS)
async def test_through_a_workspace_a_grant_counts_as_far_as_the_role_there(granted: str, role: str, world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    for made in (await integration(alpha), await entity(alpha, "agent", "helper")):
        await _given(alpha, made["id"], beta.workspace_id, granted)
        path = f"/api/{'integrations' if made['id'].startswith('int_') else 'entities'}/{made['id']}"
        session, _ = await _member(world, beta.workspace_id, role)
        effective = min(TIERS.index(granted), TIERS.index(role))
        for caller in (session, await world.key(beta.workspace_id, role)):
            assert (await caller.get(path)).status == 200
            changes = (await caller.patch(path, {"name": "X"})).status
            gives = await caller.post(PATH, {"entityId": made["id"], "subjectId": await world.user(), "tier": "viewer"})
            assert changes == (200 if effective >= 1 else 403)
            assert gives.status == (201 if effective == 2 else 403)


async def test_the_list_shows_admins_all_and_subjects_their_own(world: World):
    alpha, beta, gamma = [await world.workspace(slug) for slug in ("alpha", "beta", "gamma")]
    draft = await integration(alpha)
    to_beta = await _given(alpha, draft["id"], beta.workspace_id)
    user_id = await world.user()
    to_user = await _given(alpha, draft["id"], user_id, "editor")
    to_all = await _given(alpha, draft["id"], None)

    async def listed(caller: As, **parameters: str) -> list[str]:
        reply = await caller.get(PATH, **parameters)
        assert (reply.status, reply.statements) == (200, 1)
        return [row["id"] for row in reply.json["data"]]

    assert await listed(alpha) == [to_all["id"], to_user["id"], to_beta["id"]]
    assert await listed(await world.key(alpha.workspace_id, "editor")) == []
    assert await listed(beta) == [to_beta["id"]]
    assert await listed(gamma) == []
    assert await listed(await world.session(user_id)) == [to_user["id"]]
    assert await listed(alpha, subject_id=user_id, tier="editor") == [to_user["id"]]
    assert await listed(alpha, entity_id=draft["id"], workspace_id=alpha.workspace_id) == await listed(alpha)
    assert await listed(beta, ids=f"{to_user['id']},{to_beta['id']}") == [to_beta["id"]]
    # through a workspace an admin's grant makes an admin only of whom is one there
    to_gamma = await _given(alpha, draft["id"], gamma.workspace_id, "admin")
    assert await listed(gamma) == await listed(alpha)
    assert await listed(await world.key(gamma.workspace_id, "editor")) == [to_gamma["id"]]
    await alpha.delete(f"{PATH}/{to_beta['id']}")
    assert await listed(beta, include_deleted="true") == []
    assert await listed(alpha, include_deleted="only") == [to_beta["id"]]


async def test_grants_of_a_deleted_workspace_open_nothing(world: World):
    alpha, beta, admin = await world.workspace("alpha"), await world.workspace("beta"), await world.platform_admin()
    draft = await integration(alpha)
    await _given(alpha, draft["id"], beta.workspace_id, "admin")
    session, _ = await _member(world, beta.workspace_id, "admin")
    assert (await session.get(f"/api/integrations/{draft['id']}")).status == 200
    await admin.delete(f"/api/workspaces/{beta.workspace_id}")
    assert (await session.get(f"/api/integrations/{draft['id']}")).status == 404
    assert (await session.get(PATH)).json["data"] == []
