"""The calls on keys and sessions."""

from datetime import timedelta
from typing import Any

import pytest

from graft import clock
from tests.support.client import As
from tests.support.factories.integrations import integration, published, unlisted
from tests.support.world import World

PATH = "/api/api-keys"
FIELDS = {
    "id", "kind", "workspaceId", "userId", "tier", "name", "hint", "origins", "expiresAt", "lastUsedAt", "madeByKeyId",
    "createdBy", "deletedAt", "createdAt", "updatedAt",
}  # fmt: skip


def _secret(caller: As, tier: str = "editor", **fields: Any) -> dict[str, Any]:
    return {"kind": "secret", "workspaceId": caller.workspace_id, "tier": tier, "name": "a key", **fields}


async def _member(world: World, workspace_id: str, tier: str) -> tuple[As, str]:
    user_id = await world.user()
    await world.member(workspace_id, user_id, tier)
    return await world.session(user_id), user_id


async def test_the_token_is_in_one_reply_and_nowhere_else(world: World):
    alpha = await world.workspace("alpha")
    made = await alpha.post(PATH, _secret(alpha))
    assert made.status == 201
    assert set(made.json) == FIELDS | {"token"}
    token = made.json["token"]
    assert (token[:4], made.json["hint"]) == ("sec_", f"sec_…{token[-4:]}")
    read = await alpha.get(f"{PATH}/{made.json['id']}")
    assert (set(read.json), read.statements) == (FIELDS, 1)
    page = await alpha.get(PATH)
    assert (len(page.json["data"]), page.statements) == (2, 1)
    assert all(set(row) == FIELDS for row in page.json["data"])
    rows = await world.owner.fetch("select t.*::text as row from api_keys t union all select t.*::text from events t")
    assert not any(token in row["row"] or token[4:34] in row["row"] for row in rows)
    body = {"workspaceId": alpha.workspace_id, "slug": "demo", "name": "Demo"}
    assert (await As(world, token).post("/api/integrations", body)).status == 201


async def test_a_publishable_key_reads_what_is_public_or_unlisted_and_no_draft(world: World):
    alpha = await world.workspace("alpha")
    body = {"kind": "publishable", "workspaceId": alpha.workspace_id, "name": "browser"}
    made = await alpha.post(PATH, body)
    assert (made.json["tier"], made.json["token"][:4]) == ("viewer", "pub_")
    key = As(world, made.json["token"])
    assert (await key.get("/api/integrations")).status == 200
    draft = await integration(alpha)
    assert (await key.get(f"/api/integrations/{draft['id']}")).status == 404
    await published(alpha, draft["id"])
    await unlisted(alpha, draft["id"])
    assert (await key.get(f"/api/integrations/{draft['id']}")).status == 200
    for path in (PATH, "/api/workspaces", "/api/events", "/api/users", "/api/auth-states", "/api/permissions"):
        assert (await key.get(path)).status == 403
    refused = await alpha.post(PATH, {**body, "tier": "admin"})
    assert refused.problems == {("/tier", "publishable-is-viewer")}


async def test_only_a_platform_admin_makes_sessions(world: World):
    alpha, admin = await world.workspace("alpha"), await world.platform_admin()
    user, user_id = await _member(world, alpha.workspace_id, "admin")
    body = {"kind": "session", "userId": user_id, "name": "laptop"}
    for caller in (alpha, user):
        assert (await caller.post(PATH, body)).status == 403
    made = await admin.post(PATH, body)
    assert (made.status, made.json["workspaceId"], made.json["tier"]) == (201, None, None)
    session = As(world, made.json["token"])
    assert (await session.get(f"/api/users/{user_id}")).status == 200
    # a session does not lengthen its own life, and ends it as it likes
    path = f"{PATH}/{made.json['id']}"
    assert (await user.get(path)).json["hint"] == made.json["hint"]
    assert (await user.patch(path, {"expiresAt": None})).status == 403
    assert (await alpha.delete(path)).status == 404
    assert (await user.delete(path)).status == 200
    assert (await session.get(PATH)).status == 401
    for unknown in (user_id[:-4] + "0000", "nonsense"):
        assert (await admin.post(PATH, {**body, "userId": unknown})).problems == {("/userId", "unknown-user")}


async def test_every_kind_says_what_it_lacks_and_what_it_cannot_have(world: World):
    alpha = await world.workspace("alpha")
    past = (clock.now() - timedelta(seconds=1)).isoformat()
    wrong = await alpha.post(PATH, {"kind": "secret", "name": "k", "userId": "usr_x", "expiresAt": past})
    assert wrong.problems == {
        ("/workspaceId", "missing-key"), ("/tier", "missing-key"), ("/userId", "not-allowed"),
        ("/expiresAt", "in-the-past"),
    }  # fmt: skip
    wrong = await alpha.post(PATH, {"kind": "session", "name": "k", "workspaceId": "wsp_x", "tier": "viewer"})
    assert wrong.problems == {
        ("/userId", "missing-key"), ("/workspaceId", "not-allowed"), ("/tier", "not-allowed"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        ("2020-01-01T00:00:00Z", "in-the-past"),
        ("9999-12-31T23:59:59-10:00", "out-of-range"),
        ("0001-01-01T00:00:00+10:00", "out-of-range"),
        ("2999-01-01T00:00:00", "invalid-value"),
        ("tomorrow", "invalid-value"),
        (4102444800, "wrong-type"),
    ],
)
async def test_an_expiry_is_a_moment_to_come(moment: object, code: str, world: World):
    alpha = await world.workspace("alpha")
    made = await alpha.post(PATH, _secret(alpha, expiresAt=moment))
    assert (made.status, made.problems) == (400, {("/expiresAt", code)})
    key = (await alpha.post(PATH, _secret(alpha))).json
    changed = await alpha.patch(f"{PATH}/{key['id']}", {"expiresAt": moment})
    assert (changed.status, changed.problems) == (400, {("/expiresAt", code)})


async def test_a_key_is_renamed_and_given_another_expiry(world: World):
    alpha = await world.workspace("alpha")
    made = await alpha.post(PATH, _secret(alpha, expiresAt="2999-01-01T01:00:00+01:00"))
    assert made.json["expiresAt"] == "2999-01-01T00:00:00.000000Z"
    path = f"{PATH}/{made.json['id']}"
    changed = await alpha.patch(path, {"name": "new", "expiresAt": None})
    assert (changed.json["name"], changed.json["expiresAt"]) == ("new", None)
    await world.owner.execute(
        "update api_keys set expires_at = now() where id = $1", made.json["id"].removeprefix("apikey_")
    )
    assert (await As(world, made.json["token"]).get(PATH)).status == 401


async def test_a_revoked_key_is_refused_at_once(world: World):
    alpha = await world.workspace("alpha")
    made = await alpha.post(PATH, _secret(alpha))
    key, path = As(world, made.json["token"]), f"{PATH}/{made.json['id']}"
    assert (await key.get("/api/workspaces")).status == 200
    assert (await alpha.delete(path)).json == {"success": True, "revokedKeys": []}
    assert (await key.get("/api/workspaces")).status == 401
    assert (await alpha.delete(path)).status == 404
    assert (await alpha.patch(path, {"name": "x"})).code == "deleted"
    assert [row["id"] for row in (await alpha.get(PATH, include_deleted="only")).json["data"]] == [made.json["id"]]
    events = (await alpha.get("/api/events", subject_id=made.json["id"])).json["data"]
    assert [event["type"] for event in events] == ["api_key.deleted", "api_key.created"]


async def test_keys_are_an_admins_matter(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    made = (await alpha.post(PATH, _secret(alpha, "viewer"))).json
    path = f"{PATH}/{made['id']}"
    assert (await world.stranger.post(PATH, _secret(alpha))).status == 401
    for reply in (
        await beta.get(path),
        await beta.patch(path, {"name": "x"}),
        await beta.delete(path),
        await beta.post(PATH, _secret(alpha)),
    ):
        assert reply.status == 404
    editor, _ = await _member(world, alpha.workspace_id, "editor")
    for tier in ("viewer", "editor", "admin"):
        for caller in (editor, await world.key(alpha.workspace_id, "editor")):
            assert (await caller.post(PATH, _secret(alpha, tier))).status == 403
    assert (await editor.get(path)).status == 404
    assert (await editor.delete(path)).status == 404
    # a key sees itself, does not change itself, and may end itself
    viewer = As(world, made["token"])
    assert [row["id"] for row in (await viewer.get(PATH)).json["data"]] == [made["id"]]
    # as for every key below admin, before the body is read
    assert (await viewer.patch(path, {"name": "x"})).status == 404
    assert (await viewer.delete(path)).status == 200


async def test_the_list_has_shorthands_and_never_widens(world: World):
    alpha, beta, admin = await world.workspace("alpha"), await world.workspace("beta"), await world.platform_admin()
    await alpha.post(PATH, _secret(alpha, "viewer", name="Robot"))
    names = [row["name"] for row in (await alpha.get(PATH, tier="viewer", kind="secret", name="rob")).json["data"]]
    assert names == ["Robot"]
    assert (await alpha.get(PATH, workspace_id=beta.workspace_id)).json["data"] == []
    assert (await alpha.get(PATH, kind="session")).json["data"] == []
    assert len((await admin.get(PATH)).json["data"]) == 4
    session, _ = await _member(world, alpha.workspace_id, "viewer")
    assert [row["kind"] for row in (await session.get(PATH)).json["data"]] == ["session"]
    # a key is not the user who made it: it does not see that user's sessions
    lead, _ = await _member(world, alpha.workspace_id, "admin")
    key = As(world, (await lead.post(PATH, _secret(alpha, "admin"))).json["token"])
    assert (await key.get(PATH, kind="session")).json["data"] == []
