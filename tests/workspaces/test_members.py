"""The calls on memberships."""

import asyncio

import pytest

from tests.support.client import As
from tests.support.world import World

PATH = "/api/workspace-members"


async def joined(world: World, workspace_id: str, tier: str) -> tuple[As, str, str]:
    """A user with this tier in the workspace: a session, the membership's id, the user's id."""
    user_id = await world.user()
    await world.member(workspace_id, user_id, tier)
    session = await world.session(user_id)
    rows = (await session.get(PATH, user_id=user_id, workspace_id=workspace_id)).json["data"]
    return session, rows[0]["id"], user_id


async def address(world: World, user_id: str) -> str:
    return str(await world.owner.fetchval("select email from users where id = $1", user_id.removeprefix("usr_")))


async def test_an_admin_adds_a_user_of_the_installation_by_address(world: World):
    alpha = await world.workspace("alpha")
    user_id = await world.user()
    email = (await address(world, user_id)).upper()
    made = await alpha.post(PATH, {"workspaceId": alpha.workspace_id, "email": email, "tier": "editor"})
    assert made.status == 201
    assert set(made.json) == {
        "id", "workspaceId", "userId", "tier", "createdBy", "deletedAt", "createdAt", "updatedAt",
    }  # fmt: skip
    assert (made.json["userId"], made.json["tier"]) == (user_id, "editor")
    read = await alpha.get(f"{PATH}/{made.json['id']}")
    assert (read.json, read.statements) == (made.json, 1)
    user = await world.session(user_id)
    assert (await user.get(f"/api/workspaces/{alpha.workspace_id}")).status == 200
    again = await alpha.post(PATH, {"workspaceId": alpha.workspace_id, "email": email, "tier": "admin"})
    assert (again.status, again.code) == (409, "already-member")


async def test_a_user_that_the_admin_does_not_see_is_like_one_that_does_not_exist(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    lead, _, lead_id = await joined(world, alpha.workspace_id, "admin")
    _, _, colleague_id = await joined(world, alpha.workspace_id, "viewer")
    hidden = await world.user()
    await world.member(beta.workspace_id, lead_id, "admin")

    async def add(**user: str):
        return await lead.post(PATH, {"workspaceId": beta.workspace_id, "tier": "viewer", **user})

    unseen, absent = await add(userId=hidden), await add(userId=hidden[:-4] + "0000")
    assert unseen.status == 400
    assert unseen.problems == absent.problems == {("/userId", "unknown-user")}
    assert {**unseen.json, "requestId": ""} == {**absent.json, "requestId": ""}
    assert (await add(userId="usr_nonsense")).problems == {("/userId", "unknown-user")}
    assert (await add(email="nobody@example.com")).problems == {("/email", "unknown-user")}
    assert (await add()).problems == {("/userId", "one-of")}
    assert (await add(userId=colleague_id, email="x@example.com")).problems == {("/userId", "one-of")}
    assert (await add(userId=colleague_id)).status == 201


async def test_only_admins_give_roles(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    _, member_id, user_id = await joined(world, alpha.workspace_id, "viewer")
    path = f"{PATH}/{member_id}"
    body = {"workspaceId": alpha.workspace_id, "email": await address(world, await world.user()), "tier": "viewer"}
    assert (await world.stranger.post(PATH, body)).status == 401
    for reply in (
        await beta.post(PATH, body),
        await beta.get(path),
        await beta.patch(path, {"tier": "viewer"}),
        await beta.delete(path),
    ):
        assert reply.status == 404
    editor, own_id, _ = await joined(world, alpha.workspace_id, "editor")
    assert (await editor.get(path)).json["userId"] == user_id
    for caller in (editor, await world.key(alpha.workspace_id, "editor")):
        for reply in (
            await caller.post(PATH, body),
            await caller.patch(path, {"tier": "editor"}),
            await caller.delete(path),
            await caller.patch(f"{PATH}/{own_id}", {"tier": "admin"}),
        ):
            assert reply.status == 403


async def test_a_change_of_tier_and_a_removal_count_at_once(world: World):
    alpha = await world.workspace("alpha")
    session, member_id, _ = await joined(world, alpha.workspace_id, "viewer")
    body = {"workspaceId": alpha.workspace_id, "slug": "demo", "name": "Demo"}
    assert (await session.post("/api/integrations", body)).status == 403
    changed = await alpha.patch(f"{PATH}/{member_id}", {"tier": "editor"})
    assert changed.json["tier"] == "editor"
    assert (await session.post("/api/integrations", body)).status == 201
    assert (await alpha.delete(f"{PATH}/{member_id}")).json == {"success": True, "keys": [], "revokedKeys": []}
    assert (await session.get(f"/api/workspaces/{alpha.workspace_id}")).status == 404
    assert (await alpha.delete(f"{PATH}/{member_id}")).status == 404
    assert (await alpha.patch(f"{PATH}/{member_id}", {"tier": "admin"})).code == "deleted"
    assert (await alpha.get(f"{PATH}/{member_id}")).json["deletedAt"] is not None
    events = (await alpha.get("/api/events", subject_id=member_id)).json["data"]
    assert [event["type"] for event in events] == ["workspace_member.deleted", "workspace_member.updated"]


async def test_a_removed_user_can_be_added_again(world: World):
    alpha = await world.workspace("alpha")
    _, member_id, user_id = await joined(world, alpha.workspace_id, "viewer")
    await alpha.delete(f"{PATH}/{member_id}")
    body = {"workspaceId": alpha.workspace_id, "email": await address(world, user_id), "tier": "viewer"}
    assert (await alpha.post(PATH, body)).status == 201


async def test_everybody_may_leave(world: World):
    alpha = await world.workspace("alpha")
    session, member_id, _ = await joined(world, alpha.workspace_id, "viewer")
    assert (await session.delete(f"{PATH}/{member_id}")).status == 200
    assert (await session.get(f"/api/workspaces/{alpha.workspace_id}")).status == 404


@pytest.mark.parametrize("way", ["lower", "remove", "leave"])
async def test_the_last_admin_stays(way: str, world: World):
    alpha = await world.workspace("alpha")
    session, member_id, user_id = await joined(world, alpha.workspace_id, "admin")
    # a deleted user and an ended membership are no admins
    _, _, other_id = await joined(world, alpha.workspace_id, "admin")
    await world.owner.execute("update users set deleted_at = now() where id = $1", other_id.removeprefix("usr_"))
    _, ended_id, _ = await joined(world, alpha.workspace_id, "admin")
    await alpha.delete(f"{PATH}/{ended_id}")
    await joined(world, alpha.workspace_id, "editor")
    path = f"{PATH}/{member_id}"
    reply = await {
        "lower": lambda: alpha.patch(path, {"tier": "editor"}),
        "remove": lambda: alpha.delete(path),
        "leave": lambda: session.delete(path),
    }[way]()
    assert (reply.status, reply.code) == (409, "last-admin")
    assert (await alpha.get(path)).json["tier"] == "admin"
    assert (await (await world.session(user_id)).get(path)).status == 200


async def test_of_two_admins_who_remove_each_other_at_once_one_stays(world: World):
    for round_ in range(5):
        alpha = await world.workspace(f"alpha{round_}")
        one, one_id, _ = await joined(world, alpha.workspace_id, "admin")
        two, two_id, _ = await joined(world, alpha.workspace_id, "admin")
        replies = await asyncio.gather(
            one.delete(f"{PATH}/{two_id}"), two.patch(f"{PATH}/{one_id}", {"tier": "viewer"})
        )
        assert sorted(reply.status for reply in replies) in ([200, 409], [200, 403], [200, 404])
        admins = (await alpha.get(PATH, workspace_id=alpha.workspace_id, tier="admin")).json["data"]
        assert len(admins) == 1


async def test_a_removal_waits_for_another_one_under_way(world: World):
    alpha = await world.workspace("alpha")
    _, one_id, _ = await joined(world, alpha.workspace_id, "admin")
    _, two_id, _ = await joined(world, alpha.workspace_id, "admin")
    workspace_id, two = alpha.workspace_id.removeprefix("wsp_"), two_id.removeprefix("wspmem_")
    async with world.owner.transaction():
        # as `delete_member` does in another process
        await world.owner.execute("select 1 from workspaces where id = $1 for no key update", workspace_id)
        await world.owner.execute("update workspace_members set deleted_at = now() where id = $1", two)
        removal = asyncio.create_task(alpha.delete(f"{PATH}/{one_id}"))
        done, _ = await asyncio.wait([removal], timeout=0.3)
        assert not done
    reply = await removal
    assert (reply.status, reply.code) == (409, "last-admin")


async def test_the_list_holds_the_members_of_the_callers_workspaces(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    _, first, _ = await joined(world, alpha.workspace_id, "viewer")
    _, second, _ = await joined(world, alpha.workspace_id, "admin")
    _, foreign, _ = await joined(world, beta.workspace_id, "viewer")
    page = await alpha.get(PATH)
    assert ([row["id"] for row in page.json["data"]], page.statements) == ([second, first], 1)
    assert [row["id"] for row in (await alpha.get(PATH, tier="viewer")).json["data"]] == [first]
    assert (await alpha.get(PATH, workspace_id=beta.workspace_id)).json["data"] == []
    assert (await alpha.get(PATH, ids=foreign)).json["data"] == []
    await alpha.delete(f"{PATH}/{first}")
    assert [row["id"] for row in (await alpha.get(PATH, include_deleted="only")).json["data"]] == [first]
