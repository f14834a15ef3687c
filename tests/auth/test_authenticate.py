"""Who calls: from the header of a request to its caller, or 401."""

import pytest

from graft.auth.tokens import Kind, new_token
from tests.support.client import As
from tests.support.world import World

PATH = "/api/workspaces"


def _checksum_wrong() -> str:
    token = new_token("secret")
    return token[:-1] + ("0" if token[-1] != "0" else "1")


@pytest.mark.parametrize(
    "header",
    [
        None, "", "Bearer", "Bearer ", "Bearer nonsense", "Basic dXNlcjpwYXNz", f"Bearer {_checksum_wrong()}",
        f"Bearer {new_token('secret')} more", f"Token {new_token('secret')}", "Bearer sec_" + "é" * 36,
    ],
    # a name that is drawn anew would differ between the processes of one run
    ids=["none", "empty", "scheme", "blank", "nonsense", "basic", "checksum", "two", "other-scheme", "no-ascii"],
)  # fmt: skip
async def test_what_cannot_be_a_token_costs_no_query(header: str | None, world: World):
    before = len(world.statements)
    headers = {b"Authorization": header.encode()} if header is not None else {}
    for method, path in (("GET", PATH), ("POST", PATH), ("DELETE", f"{PATH}/wsp_x")):
        reply = await world.http.request(method, path, headers=headers)
        assert (reply.status_code, reply.json()["code"]) == (401, "unauthenticated")
        assert reply.headers["WWW-Authenticate"] == "Bearer"
    assert len(world.statements) == before


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (None, "there is no such header"),
        ("Basic dXNlcjpwYXNz", "the header has another scheme"),
        ("Bearer sec_cut", "It may be cut off or mistyped."),
        (f"Bearer {new_token('secret')}", "unknown, expired or revoked"),
    ],
    ids=["none", "basic", "cut", "unknown"],
)
async def test_a_refusal_tells_what_was_wrong_with_the_header(header: str | None, told: str, world: World):
    reply = await world.http.get(PATH, headers={"Authorization": header} if header else {})
    assert told in reply.json()["detail"]
    assert header is None or header.split()[1] not in reply.text


async def _refused(caller: As) -> None:
    for reply in (await caller.get(PATH), await caller.post(PATH, {"slug": "x", "name": "X"})):
        assert reply.status == 401
        assert reply.headers["WWW-Authenticate"] == "Bearer"


async def _change(world: World, statement: str) -> None:
    """By hand, a second ago."""
    await world.owner.execute(statement)
    world.callers.forget()


async def test_an_unknown_token_is_refused(world: World):
    await _refused(As(world, new_token("secret")))


@pytest.mark.parametrize(
    "statement",
    [
        "update api_keys set expires_at = now() - interval '1 second'",
        "update api_keys set deleted_at = now()",
        "update workspaces set deleted_at = now()",
    ],
)
@pytest.mark.parametrize("kind", ["secret", "publishable"])
async def test_a_key_ends_with_its_expiry_revocation_or_workspace(kind: Kind, statement: str, world: World):
    alpha = await world.workspace("alpha")
    key = await world.key(alpha.workspace_id, kind=kind)
    assert (await key.get("/api/integrations")).status == 200
    await _change(world, statement)
    assert (await key.get("/api/integrations")).status == 401
    await _refused(key)


async def test_a_key_that_has_not_expired_yet_is_good(world: World):
    alpha = await world.workspace("alpha")
    await _change(world, "update api_keys set expires_at = now() + interval '1 hour'")
    assert (await alpha.get(PATH)).status == 200


async def test_a_session_ends_with_its_user(world: World):
    session = await world.session(await world.user())
    assert (await session.get(PATH)).status == 200
    await _change(world, "update users set deleted_at = now()")
    await _refused(session)


async def test_a_workspaces_key_outlives_the_user_who_made_it(world: World):
    alpha = await world.workspace("alpha")
    await _change(world, "update users set deleted_at = now()")
    assert (await alpha.get(PATH)).status == 200


async def test_a_session_has_no_role_in_a_deleted_workspace_nor_by_an_ended_membership(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    user_id = await world.user()
    for workspace in (alpha, beta):
        await world.member(workspace.workspace_id, user_id, "viewer")
    session = await world.session(user_id)
    assert len((await session.get(PATH)).json["data"]) == 2
    await _change(world, "update workspaces set deleted_at = now() where slug = 'alpha'")
    assert [row["slug"] for row in (await session.get(PATH)).json["data"]] == ["beta"]
    await _change(world, "update workspace_members set deleted_at = now()")
    assert (await session.get(PATH)).json["data"] == []
    assert (await session.get(f"{PATH}/{beta.workspace_id}")).status == 404


async def test_a_key_made_by_a_platform_admin_is_no_platform_admin(world: World):
    alpha, admin = await world.workspace("alpha"), await world.platform_admin()
    body = {"kind": "secret", "workspaceId": alpha.workspace_id, "tier": "admin", "name": "k"}
    key = As(world, (await admin.post("/api/api-keys", body)).json["token"])
    assert (await key.post("/api/users", {"email": "x@example.com", "name": "X"})).status == 403
    assert len((await key.get("/api/users")).json["data"]) == 0


async def test_a_token_with_another_prefix_is_another_token(world: World):
    alpha = await world.workspace("alpha")
    assert alpha.token is not None
    await _refused(As(world, "tok_" + alpha.token[4:]))
