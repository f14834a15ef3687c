"""The calls on users."""

import asyncio

from tests.support.client import As
from tests.support.world import World

PATH = "/api/users"


async def _joined(world: World, workspace_id: str, tier: str = "viewer") -> tuple[As, str]:
    user_id = await world.user()
    await world.member(workspace_id, user_id, tier)
    return await world.session(user_id), user_id


async def test_a_platform_admin_makes_reads_and_changes_users(world: World):
    admin = await world.platform_admin()
    body = {"email": "Ada@example.com", "name": "Ada"}
    assert (await world.stranger.post(PATH, body)).status == 401
    for caller in (await world.session(await world.user()), await world.workspace("alpha")):
        assert (await caller.post(PATH, body)).status == 403
    made = await admin.post(PATH, body)
    assert made.status == 201
    assert set(made.json) == {
        "id", "email", "name", "platformAdmin", "createdBy", "deletedAt", "createdAt", "updatedAt",
    }  # fmt: skip
    path = f"{PATH}/{made.json['id']}"
    read = await admin.get(path)
    assert (read.json, read.statements) == (made.json, 1)
    taken = await admin.post(PATH, {"email": "ADA@example.com", "name": "Other"})
    assert (taken.status, taken.code) == (409, "email-taken")
    changed = await admin.patch(path, {"email": "ada@example.org", "platformAdmin": True})
    assert (changed.json["email"], changed.json["platformAdmin"]) == ("ada@example.org", True)
    wrong = await admin.post(PATH, {"email": "no address", "name": "", "platformAdmin": 1})
    assert {pointer for pointer, _ in wrong.problems} == {"/email", "/name", "/platformAdmin"}


async def test_users_are_seen_by_themselves_and_by_fellow_members(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    one, one_id = await _joined(world, alpha.workspace_id)
    two, two_id = await _joined(world, alpha.workspace_id)
    lonely_id = await world.user()
    lonely = await world.session(lonely_id)

    async def seen(caller: As) -> list[str]:
        reply = await caller.get(PATH)
        assert reply.statements == 1
        return [row["id"] for row in reply.json["data"]]

    assert await seen(one) == await seen(alpha) == [two_id, one_id]
    assert await seen(lonely) == [lonely_id]
    assert await seen(beta) == []
    assert (await two.get(f"{PATH}/{one_id}")).status == 200
    hidden, absent = await beta.get(f"{PATH}/{one_id}"), await beta.get(f"{PATH}/{one_id[:-4]}0000")
    assert hidden.status == absent.status == 404
    assert {**hidden.json, "requestId": ""} == {**absent.json, "requestId": ""}


async def test_a_user_changes_their_own_name_and_nothing_else(world: World):
    alpha = await world.workspace("alpha")
    one, one_id = await _joined(world, alpha.workspace_id, "admin")
    two, two_id = await _joined(world, alpha.workspace_id)
    assert (await one.patch(f"{PATH}/{one_id}", {"name": "New"})).json["name"] == "New"
    for caller, user_id, body in (
        (one, one_id, {"platformAdmin": True}),
        (one, one_id, {"name": "X", "email": "new@example.com"}),
        (one, two_id, {"name": "X"}),
        (alpha, one_id, {"name": "X"}),
    ):
        assert (await caller.patch(f"{PATH}/{user_id}", body)).status == 403
    assert (await one.delete(f"{PATH}/{two_id}")).status == 403
    assert (await one.delete(f"{PATH}/{one_id}")).status == 403
    beta = await world.workspace("beta")
    assert (await beta.patch(f"{PATH}/{one_id}", {"name": "X"})).status == 404
    assert (await beta.delete(f"{PATH}/{one_id}")).status == 404
    # a key made by a user is not that user
    made = await one.post(
        "/api/api-keys", {"kind": "secret", "workspaceId": alpha.workspace_id, "tier": "admin", "name": "k"}
    )
    key = As(world, made.json["token"])
    assert (await key.patch(f"{PATH}/{one_id}", {"name": "X"})).status == 403
    assert (await two.get(f"{PATH}/{one_id}")).json["name"] == "New"


async def test_a_deleted_user_has_no_session_and_no_role(world: World):
    alpha, admin = await world.workspace("alpha"), await world.platform_admin()
    session, user_id = await _joined(world, alpha.workspace_id)
    email = (await session.get(f"{PATH}/{user_id}")).json["email"]
    assert (await admin.delete(f"{PATH}/{user_id}")).json == {"success": True, "keys": [], "revokedKeys": []}
    assert (await session.get(PATH)).status == 401
    assert (await alpha.get("/api/workspace-members")).json["data"] == []
    assert (await alpha.get(f"{PATH}/{user_id}")).status == 404
    assert (await admin.get(f"{PATH}/{user_id}")).json["deletedAt"] is not None
    assert (await admin.delete(f"{PATH}/{user_id}")).status == 404
    assert (await admin.patch(f"{PATH}/{user_id}", {"name": "X"})).code == "deleted"
    sessions = await admin.get("/api/api-keys", user_id=user_id, include_deleted="only")
    assert [row["kind"] for row in sessions.json["data"]] == ["session"]
    # the address is free again
    assert (await admin.post(PATH, {"email": email, "name": "Other"})).status == 201
    events = (await alpha.get("/api/events")).json["data"]
    assert [(event["type"], event["data"]) for event in events] == [("workspace_member.deleted", {"userId": user_id})]


async def test_the_last_admin_of_a_workspace_is_not_deleted(world: World):
    alpha, admin = await world.workspace("alpha"), await world.platform_admin()
    _, lead_id = await _joined(world, alpha.workspace_id, "admin")
    reply = await admin.delete(f"{PATH}/{lead_id}")
    assert (reply.status, reply.code, reply.json["workspaces"]) == (409, "last-admin", [alpha.workspace_id])
    await _joined(world, alpha.workspace_id, "admin")
    assert (await admin.delete(f"{PATH}/{lead_id}")).status == 200


async def test_two_admins_deleted_at_once_leave_one(world: World):
    admin = await world.platform_admin()
    for round_ in range(5):
        alpha = await world.workspace(f"alpha{round_}")
        (_, one_id), (_, two_id) = [await _joined(world, alpha.workspace_id, "admin") for _ in range(2)]
        replies = await asyncio.gather(admin.delete(f"{PATH}/{one_id}"), admin.delete(f"{PATH}/{two_id}"))
        assert sorted(reply.status for reply in replies) == [200, 409]


async def test_a_deletion_waits_for_a_removal_under_way(world: World):
    alpha, admin = await world.workspace("alpha"), await world.platform_admin()
    (_, one_id), (_, two_id) = [await _joined(world, alpha.workspace_id, "admin") for _ in range(2)]
    workspace_id, two = alpha.workspace_id.removeprefix("wsp_"), two_id.removeprefix("usr_")
    async with world.owner.transaction():
        # as `delete_member` does in another process
        await world.owner.execute("select 1 from workspaces where id = $1 for no key update", workspace_id)
        await world.owner.execute("update workspace_members set deleted_at = now() where user_id = $1", two)
        deletion = asyncio.create_task(admin.delete(f"{PATH}/{one_id}"))
        done, _ = await asyncio.wait([deletion], timeout=0.3)
        assert not done
    reply = await deletion
    assert (reply.status, reply.code) == (409, "last-admin")


async def test_the_last_platform_admin_stays(world: World):
    first_id, second_id = [await world.user("admin", platform_admin=True) for _ in range(2)]
    first, second = await world.session(first_id), await world.session(second_id)
    assert (await first.patch(f"{PATH}/{second_id}", {"platformAdmin": False})).status == 200
    assert (await second.get(f"{PATH}/{first_id}")).status == 404
    for reply in (
        await first.delete(f"{PATH}/{first_id}"),
        await first.patch(f"{PATH}/{first_id}", {"platformAdmin": False}),
    ):
        assert (reply.status, reply.code) == (409, "last-platform-admin")


async def test_of_two_platform_admins_who_delete_each_other_at_once_one_stays(world: World):
    for _ in range(5):
        ids = [await world.user("admin", platform_admin=True) for _ in range(2)]
        one, two = [await world.session(user_id) for user_id in ids]
        replies = await asyncio.gather(
            one.delete(f"{PATH}/{ids[1]}"), two.patch(f"{PATH}/{ids[0]}", {"platformAdmin": False})
        )
        assert [reply.status for reply in replies].count(200) == 1
        left = "select count(*) from users where platform_admin and deleted_at is null"
        assert await world.owner.fetchval(left) == 1
        await world.owner.execute("update users set platform_admin = false")
