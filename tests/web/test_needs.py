"""Who cannot make a call anywhere is refused before its body is read."""

from collections.abc import AsyncIterator

import pytest

from graft import ids
from graft.app import ENDPOINTS
from graft.auth.caller import Caller, Tier
from graft.errors import Forbidden, NotFound
from graft.web.endpoint import Endpoint
from graft.web.needs import A_USER, ADMIN, EDITOR, EDITOR_OF_OBJECT, HIDDEN_BELOW_ADMIN, PLATFORM_ADMIN, Need
from tests.fours.table import FOURS
from tests.support.four import BELOW
from tests.support.world import World

# Who may make these depends on the object, or on what the body says.
_BY_OBJECT = {
    ("PATCH", "/api/users/{id}"),
    ("POST", "/api/publishers"),
    ("POST", "/api/integrations/{id}/review"),
}
WITH_BODY = [call for call in ENDPOINTS if call.body is not None or call.body_raw]


def _caller(kind: str, *tiers: Tier, platform_admin: bool = False) -> Caller:
    roles = {ids.new_id(): tier for tier in tiers}
    return Caller(ids.new_id(), "session" if kind == "session" else "secret", ids.new_id(), roles, platform_admin)


@pytest.mark.parametrize(
    ("need", "met"),
    [
        (EDITOR, "editor, session of an editor, platform admin"),
        (ADMIN, "platform admin"),
        (EDITOR_OF_OBJECT, "editor, session of an editor, session without a role, platform admin"),
        (HIDDEN_BELOW_ADMIN, "session of an editor, session without a role, platform admin"),
        (A_USER, "session of an editor, session without a role, platform admin"),
        (PLATFORM_ADMIN, "platform admin"),
    ],
)
def test_a_need_is_met_by_a_role_or_where_it_counts_by_what_a_user_may_have_been_granted(need: Need, met: str):
    callers = {
        "viewer": _caller("key", Tier.VIEWER),
        "editor": _caller("key", Tier.EDITOR),
        "session of an editor": _caller("session", Tier.VIEWER, Tier.EDITOR),
        "session without a role": _caller("session"),
        "platform admin": _caller("session", platform_admin=True),
    }
    assert [name for name, caller in callers.items() if need.met_by(caller)] == met.split(", ")


def test_whoever_has_no_role_is_told_of_no_workspace():
    stranger, viewer = _caller("session"), _caller("session", Tier.VIEWER)
    assert isinstance(EDITOR.refusal(stranger), NotFound)
    assert isinstance(EDITOR.refusal(viewer), Forbidden)
    assert isinstance(PLATFORM_ADMIN.refusal(stranger), Forbidden)
    assert isinstance(HIDDEN_BELOW_ADMIN.refusal(viewer), NotFound)


@pytest.mark.parametrize("call", WITH_BODY, ids=[f"{call.method} {call.path}" for call in WITH_BODY])
async def test_no_byte_of_a_body_is_read_for_who_is_one_tier_short(call: Endpoint, world: World):
    if (call.method, call.path) in _BY_OBJECT:
        assert call.needs is None
        return
    row = next(row for rows in FOURS.values() for row in rows if (row.method, row.path) == (call.method, call.path))
    short = await world.workspace("alpha", BELOW.get(row.need, "admin"))

    async def never() -> AsyncIterator[bytes]:
        raise AssertionError
        yield b""

    path = call.path.replace("{id}", f"{call.path_id if isinstance(call.path_id, str) else 'fun'}_{ids.new_id()}")
    reply = await short(call.method, path, content=never(), headers={"Content-Type": "application/json"})
    assert (reply.status, reply.code, reply.statements) == (*row.short, 0)
