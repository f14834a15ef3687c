"""The largest bodies that each call takes hold the event loop no longer than small ones do."""

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from graft import ids
from graft.app import ENDPOINTS
from graft.config import Settings
from graft.web.endpoint import Endpoint
from tests.support.client import As, Reply
from tests.support.turns import short_turns
from tests.support.world import World

pytestmark = pytest.mark.slow

MIB = 1024 * 1024
JSON = {"Content-Type": "application/json"}
# What fills a body, over and over.
FILLINGS = ["[]", '""', "1", '{"a":1}', "[[1]]"]
WITH_JSON = [call for call in ENDPOINTS if call.body is not None]


def _limit(call: Endpoint) -> int:
    return call.body_limit(Settings(data_dir=Path("nowhere")))


def _filled(before: str, filling: str, after: str, size: int) -> bytes:
    times = (size - len(before) - len(after) - 2) // (len(filling) + 1)
    return f"{before}[{','.join([filling] * times)}]{after}".encode()


async def _asked(caller: As, call: Endpoint, content: bytes) -> Reply:
    path = call.path.replace("{id}", f"{call.path_id if isinstance(call.path_id, str) else 'fun'}_{ids.new_id()}")
    with short_turns():
        return await caller(call.method, path, content=content, headers=JSON)


@pytest.mark.parametrize("call", WITH_JSON, ids=[f"{call.method} {call.path}" for call in WITH_JSON])
async def test_a_body_full_of_what_is_no_key_holds_nobody_up(call: Endpoint, world: World):
    admin = await world.platform_admin()
    reply = await _asked(admin, call, _filled('{"nothing":', "[]", "}", _limit(call)))
    assert reply.status == 400


@pytest.mark.parametrize("filling", FILLINGS)
async def test_a_manifest_full_of_anything_holds_nobody_up(filling: str, world: World):
    alpha = await world.workspace("alpha")
    create = next(call for call in WITH_JSON if (call.method, call.path) == ("POST", "/api/integrations"))
    place = json.dumps({"workspaceId": f"wsp_{ids.new_id()}", "slug": "s", "name": "n"})[:-1]
    for before, after in ((place + ', "manifest": {"x-a": ', "}}"), (place + ', "manifest": ', "}")):
        reply = await _asked(alpha, create, _filled(before, filling, after, 8 * MIB))
        assert reply.status in {400, 404}


@pytest.mark.parametrize("filling", FILLINGS)
async def test_each_list_of_a_body_full_of_anything_holds_nobody_up(filling: str, world: World):
    admin = await world.platform_admin()
    for call in WITH_JSON:
        for field in msgspec.structs.fields(call.body or msgspec.Struct):
            if "list" in str(field.type) or "Any" in str(field.type):
                content = _filled(f'{{"{field.encode_name}": ', filling, "}", min(MIB, _limit(call)))
                assert (await _asked(admin, call, content)).status in {400, 404}, (call.path, field.name)


MEMBERS = {
    "members": [
        {
            "slug": f"m{number}",
            "entityId": f"fun_{ids.new_id()}",
            "kind": "function",
            "required": True,
            "forkOnInstall": True,
            "dependsOn": [f"m{(number * 7 + step) % 10_000}" for step in range(1, 20)],
        }
        for number in range(10_000)
    ]
}
_TEXTS = {f"w{number}": {"type": "string", "description": "x" * 20} for number in range(20)}
VARIABLES = {
    "type": "object",
    "properties": {f"v{number}": {"type": "object", "properties": _TEXTS} for number in range(3_000)},
}


@pytest.mark.parametrize(
    "documents", [{"manifest": MEMBERS}, {"variablesSchema": VARIABLES}], ids=["members", "variables"]
)
async def test_a_draft_of_the_largest_size_is_written_read_listed_and_changed_in_short_turns(
    documents: dict[str, Any], world: World
):
    alpha = await world.workspace("alpha")
    place = {"workspaceId": alpha.workspace_id, "slug": "s", "name": "n"}
    content = json.dumps(place | documents).encode()
    headers = JSON | {"Authorization": f"Bearer {alpha.token}"}
    with short_turns():
        made = await world.http.post("/api/integrations", content=content, headers=headers)
    assert made.status_code == 201
    path = f"/api/integrations/{made.json()['id']}"
    with short_turns():
        replies = [
            await world.http.get(path, headers=headers),
            await world.http.get("/api/integrations", headers=headers),
        ]
        replies.append(await world.http.patch(path, content=b'{"name": "m"}', headers=headers))
    assert [reply.status_code for reply in replies] == [200] * 3
    assert replies[0].json() | documents == replies[0].json()


async def test_others_are_answered_while_large_bodies_are_read(world: World):
    greedy, other = await world.workspace("greedy"), await world.workspace("other")
    content = json.dumps({"variablesSchema": VARIABLES}).encode()
    tasks = [asyncio.create_task(greedy("POST", "/api/integrations", content=content, headers=JSON)) for _ in range(3)]
    answered = 0
    while not all(task.done() for task in tasks):
        answered += (await other.get("/api/entities")).status == 200
    assert [(await task).status for task in tasks] == [400] * 3
    # three were read one after the other, and there was an answer while each of them was
    assert answered >= 3
