"""A key never outlives or outgrows the key that made it, and no token changes its own end."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from graft import clock
from tests.support.client import As, Reply
from tests.support.world import World

PATH = "/api/api-keys"


def _in(**passed: float) -> str:
    return (clock.now() + timedelta(**passed)).isoformat().replace("+00:00", "Z")


async def _made(world: World, caller: As, workspace: As, **fields: Any) -> tuple[As, dict[str, Any]]:
    body = {"kind": "secret", "workspaceId": workspace.workspace_id, "tier": "admin", "name": "k", **fields}
    reply = await caller.post(PATH, body)
    assert reply.status == 201, reply.json
    return As(world, reply.json["token"], workspace.workspace_id), reply.json


async def _lead(world: World, workspace: As) -> As:
    user_id = await world.user("lead")
    await world.member(workspace.workspace_id, user_id, "admin")
    return await world.session(user_id)


async def _works(key: As) -> bool:
    status = (await key.get("/api/workspaces")).status
    assert status in {200, 401}
    return status == 200


async def test_a_key_that_a_key_makes_names_it_and_one_of_a_session_names_none(world: World):
    alpha = await world.workspace("alpha")
    lead = await _lead(world, alpha)
    first, made = await _made(world, lead, alpha)
    _, child = await _made(world, first, alpha)
    assert (made["madeByKeyId"], child["madeByKeyId"]) == (None, made["id"])
    listed = (await lead.get(PATH, made_by_key_id=made["id"])).json["data"]
    assert [row["id"] for row in listed] == [child["id"]]


async def test_a_key_without_a_wish_ends_with_its_maker_and_a_later_end_is_refused(world: World):
    alpha = await world.workspace("alpha")
    lead = await _lead(world, alpha)
    first, made = await _made(world, lead, alpha, expiresAt=_in(hours=1))
    _, child = await _made(world, first, alpha)
    assert child["expiresAt"] == made["expiresAt"]
    sooner, _ = _in(minutes=1), None
    _, soon = await _made(world, first, alpha, expiresAt=sooner)
    assert soon["expiresAt"] < made["expiresAt"]
    body = {"kind": "publishable", "workspaceId": alpha.workspace_id, "name": "k", "expiresAt": _in(hours=2)}
    assert (await first.post(PATH, body)).problems == {("/expiresAt", "outlives-maker")}


async def _patch(caller: As, key: dict[str, Any], expires_at: str | None) -> Reply:
    return await caller.patch(f"{PATH}/{key['id']}", {"expiresAt": expires_at})


async def test_no_key_gives_an_end_after_its_own(world: World):
    alpha = await world.workspace("alpha")
    lead = await _lead(world, alpha)
    first, _ = await _made(world, lead, alpha, expiresAt=_in(hours=1))
    second, other = await _made(world, lead, alpha, expiresAt=_in(hours=2))
    # two keys cannot lengthen each other's life
    for wanted in (None, _in(hours=3)):
        assert (await _patch(first, other, wanted)).problems == {("/expiresAt", "outlives-maker")}
    assert (await _patch(first, other, _in(minutes=30))).status == 200
    assert (await _patch(lead, other, None)).json["expiresAt"] is None
    assert (await _works(second)) is True


async def test_a_key_never_comes_to_outlive_its_maker(world: World):
    alpha = await world.workspace("alpha")
    lead = await _lead(world, alpha)
    first, made = await _made(world, lead, alpha, expiresAt=_in(hours=2))
    second, child = await _made(world, first, alpha)
    _, grandchild = await _made(world, second, alpha)
    assert (await _patch(lead, child, None)).problems == {("/expiresAt", "outlives-maker")}
    assert (await _patch(lead, child, _in(hours=3))).problems == {("/expiresAt", "outlives-maker")}
    soon = (await _patch(lead, made, _in(hours=1))).json["expiresAt"]
    for below in (child, grandchild):
        assert (await lead.get(f"{PATH}/{below['id']}")).json["expiresAt"] == soon
    events = (await lead.get("/api/events", subject_id=grandchild["id"])).json["data"]
    assert (events[0]["type"], events[0]["data"]["with"]) == ("api_key.updated", made["id"])
    # further away again: what it made stays where it is
    assert (await _patch(lead, made, None)).status == 200
    assert (await lead.get(f"{PATH}/{child['id']}")).json["expiresAt"] == soon


@pytest.mark.parametrize("expires_at", [None, "2999-01-01T00:00:00Z", "soon"])
async def test_no_token_changes_its_own_end(expires_at: str | None, world: World):
    alpha, admin = await world.workspace("alpha"), await world.platform_admin()
    lead = await _lead(world, alpha)
    wanted = _in(minutes=5) if expires_at == "soon" else expires_at
    key, made = await _made(world, lead, alpha, expiresAt=_in(hours=1))
    [session] = (await admin.get(PATH, kind="session", user_id=(await admin.get("/api/me")).json["user"]["id"])).json[
        "data"
    ]
    for caller, own in ((key, made), (admin, session)):
        assert (await _patch(caller, own, wanted)).code == "forbidden"
        assert (await caller.patch(f"{PATH}/{own['id']}", {"name": "renamed"})).json["name"] == "renamed"


@pytest.mark.parametrize("tier", ["viewer", "editor", "admin"])
async def test_every_secret_key_revokes_itself(tier: str, world: World):
    alpha = await world.workspace("alpha")
    key, made = await _made(world, alpha, alpha, tier=tier)
    assert (await key.delete(f"{PATH}/{made['id']}")).status == 200
    assert not await _works(key)


async def test_a_publishable_key_revokes_nothing(world: World):
    alpha = await world.workspace("alpha")
    browser = await world.key(alpha.workspace_id, kind="publishable")
    [row] = (await alpha.get(PATH, kind="publishable")).json["data"]
    assert (await browser.delete(f"{PATH}/{row['id']}")).status == 403


async def test_what_a_key_made_is_revoked_with_it_over_all_generations(world: World):
    alpha = await world.workspace("alpha")
    lead = await _lead(world, alpha)
    line = [await _made(world, lead, alpha)]
    for _ in range(3):
        line.append(await _made(world, line[-1][0], alpha))
    aside, _ = await _made(world, line[0][0], alpha)
    revoked = await lead.delete(f"{PATH}/{line[1][1]['id']}")
    assert set(revoked.json["revokedKeys"]) == {made["id"] for _, made in line[2:]}
    assert [await _works(key) for key, _ in line] == [True, False, False, False]
    assert await _works(aside)
    events = (await lead.get("/api/events", subject_id=line[3][1]["id"])).json["data"]
    assert (events[0]["type"], events[0]["data"]) == ("api_key.deleted", {"with": line[1][1]["id"]})


async def test_a_line_of_keys_has_an_end(world: World):
    alpha = await world.workspace("alpha")
    key, _ = await _made(world, await _lead(world, alpha), alpha)
    for _ in range(7):
        key, _ = await _made(world, key, alpha)
    body = {"kind": "secret", "workspaceId": alpha.workspace_id, "tier": "viewer", "name": "k"}
    assert (await key.post(PATH, body)).code == "forbidden"


async def test_nothing_that_a_key_makes_while_it_is_revoked_is_left(world: World):
    alpha = await world.workspace("alpha")
    lead = await _lead(world, alpha)
    body = {"kind": "secret", "workspaceId": alpha.workspace_id, "tier": "admin", "name": "k"}
    for _ in range(5):
        key, made = await _made(world, lead, alpha)
        child, _ = await _made(world, key, alpha)
        replies = await asyncio.gather(
            *[child.post(PATH, body) for _ in range(3)],
            lead.delete(f"{PATH}/{made['id']}"),
            *[child.post(PATH, body) for _ in range(3)],
        )
        assert replies[3].status == 200
        for reply in replies:
            assert reply.status in {200, 201, 401}
            if reply.status == 201:
                assert not await _works(As(world, reply.json["token"]))


async def _member(world: World, workspace: As, tier: str = "admin") -> tuple[As, str]:
    user_id = await world.user("maker")
    await world.member(workspace.workspace_id, user_id, tier)
    session = await world.session(user_id)
    [row] = (await session.get("/api/workspace-members", user_id=user_id)).json["data"]
    return session, row["id"]


@pytest.mark.parametrize("revoke", [False, True])
@pytest.mark.parametrize("how", ["lowered", "removed", "deleted"])
async def test_who_goes_or_is_lowered_leaves_keys_that_are_named_and_ended_if_asked(
    how: str, revoke: bool, world: World
):
    alpha, beta, admin = await world.workspace("alpha"), await world.workspace("beta"), await world.platform_admin()
    session, member_id = await _member(world, alpha)
    user_id = (await session.get("/api/me")).json["user"]["id"]
    await world.member(beta.workspace_id, await world.user("other"), "admin")
    await world.member(beta.workspace_id, user_id, "admin")
    here, elsewhere = await _made(world, session, alpha), await _made(world, session, beta)
    below = await _made(world, here[0], alpha)
    await world.member(alpha.workspace_id, await world.user("stays"), "admin")
    others, _ = await _made(world, alpha, alpha)
    member, suffix = f"/api/workspace-members/{member_id}", "?revokeKeys=true" if revoke else ""
    if how == "lowered":
        done = await alpha.patch(member, {"tier": "viewer", "revokeKeys": revoke})
    else:
        done = await admin.delete((member if how == "removed" else f"/api/users/{user_id}") + suffix)
    assert done.status == 200, done.json

    made = [here, below, *([elsewhere] if how == "deleted" else [])]
    named, ended = ("revokedKeys", "keys") if revoke else ("keys", "revokedKeys")
    assert set(done.json[named]) == {key["id"] for _, key in made}
    assert done.json[ended] == []
    assert {await _works(key) for key, _ in made} == {not revoke}
    assert await _works(others)
    assert await _works(elsewhere[0]) == (not revoke or how != "deleted")
    if revoke:
        event = (await alpha.get("/api/events", subject_id=here[1]["id"])).json["data"][0]
        assert event["data"] == {"with": user_id if how == "deleted" else member_id}


async def test_a_member_who_leaves_ends_the_keys_they_made(world: World):
    alpha = await world.workspace("alpha")
    await world.member(alpha.workspace_id, await world.user("stays"), "admin")
    session, member_id = await _member(world, alpha)
    key, _ = await _made(world, session, alpha)
    left = await session.delete(f"/api/workspace-members/{member_id}?revokeKeys=true")
    assert (left.status, len(left.json["revokedKeys"])) == (200, 1)
    assert not await _works(key)


@pytest.mark.parametrize("tier", ["editor", "admin"])
async def test_a_higher_or_equal_tier_ends_nothing(tier: str, world: World):
    alpha = await world.workspace("alpha")
    session, member_id = await _member(world, alpha, "admin")
    key, _ = await _made(world, session, alpha)
    await world.owner.execute(
        "update workspace_members set tier = $2 where id = $1", member_id.removeprefix("wspmem_"), "editor"
    )
    done = await alpha.patch(f"/api/workspace-members/{member_id}", {"tier": tier, "revokeKeys": True})
    assert (done.json["keys"], done.json["revokedKeys"]) == ([], [])
    assert await _works(key)


async def test_an_expired_key_is_not_named(world: World):
    alpha = await world.workspace("alpha")
    await world.member(alpha.workspace_id, await world.user("stays"), "admin")
    session, member_id = await _member(world, alpha)
    _, made = await _made(world, session, alpha, expiresAt=_in(hours=1))
    await world.owner.execute(
        "update api_keys set expires_at = $2 where id = $1",
        made["id"].removeprefix("apikey_"),
        datetime(2020, 1, 1, tzinfo=UTC),
    )
    assert (await alpha.delete(f"/api/workspace-members/{member_id}")).json["keys"] == []
