"""What holds for every call there is: a new one is held to it without being named here."""

import msgspec
import pytest

from graft import ids
from graft.app import ENDPOINTS
from graft.web.endpoint import Endpoint
from tests.support.client import As
from tests.support.world import World

pytestmark = pytest.mark.slow

PREFIXES = (
    "int",
    "intver",
    "intins",
    "intmem",
    "intrev",
    "fun",
    "sch",
    "wsp",
    "usr",
    "ats",
    "per",
    "sol",
    "evt",
    "apikey",
)


def _name(call: Endpoint) -> str:
    return f"{call.method} {call.path}"


async def _ask(caller: As, call: Endpoint, path: str) -> int:
    needed = [field for field in msgspec.structs.fields(call.query) if field.required] if call.query else []
    # ids that nobody has either
    parameters = {field.encode_name: f"intver_{ids.new_id()}" for field in needed}
    reply = await caller(call.method, path, {} if call.body is not None else None, params=parameters)
    assert reply.headers["x-request-id"]
    return reply.status


async def test_nobody_comes_in_without_a_token(world: World):
    bad = As(world, "sec_" + "a" * 36)
    for call in ENDPOINTS:
        path = call.path.replace("{id}", "int_" + ids.new_id())
        before = len(world.statements)
        for caller in (world.stranger, bad):
            reply = await caller(call.method, path)
            assert (reply.status, reply.code) == (401, "unauthenticated"), _name(call)
            assert reply.headers["www-authenticate"] == "Bearer"
        assert len(world.statements) == before, _name(call)


@pytest.mark.parametrize("call", [call for call in ENDPOINTS if call.path_id is not None], ids=_name)
async def test_an_id_that_is_none_or_of_another_kind_is_not_found_without_a_query(call: Endpoint, world: World):
    alpha = await world.workspace("alpha")
    for wrong in ("nonsense", "int_", "zzz_" + "0" * 26, "int_" + "8" + "0" * 25):
        reply = await alpha(call.method, call.path.replace("{id}", wrong), {} if call.body is not None else None)
        assert (reply.status, reply.statements) == (404, 0)


@pytest.mark.parametrize(
    "call", [call for call in ENDPOINTS if call.path_id is not None and call.body is None], ids=_name
)
async def test_an_id_that_nobody_has_is_not_found(call: Endpoint, world: World):
    alpha = await world.workspace("alpha")
    statuses = {await _ask(alpha, call, call.path.replace("{id}", f"{prefix}_{ids.new_id()}")) for prefix in PREFIXES}
    assert statuses == {404}
