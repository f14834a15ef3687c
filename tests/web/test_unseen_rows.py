"""What a caller does not see costs and waits as what is not there: sight is asked in what fetches, before any lock."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest

from graft import ids
from graft.auth.authenticate import _CALLER, _HOLD
from graft.db.tables import REFERENCE, TENANT
from tests.fours.table import FOURS
from tests.fours.test_fours import SCENES
from tests.support.client import As, Reply
from tests.support.factories.entities import entity
from tests.support.factories.integrations import integration, manifest_member, published, unlisted
from tests.support.four import Four
from tests.support.world import World

pytestmark = pytest.mark.slow

# Who waits for the locks that the test holds waits longer.
SECONDS = 30

NAMING = [
    (name, row)
    for name, rows in FOURS.items()
    for row in rows
    if not row.is_list and ("{id}" in row.path or "<" in f"{row.body}{row.query}")
]


def absent(scene: Mapping[str, str]) -> dict[str, str]:
    """The same names with ids that nobody has."""
    return {
        name: value if "@" in value else f"{value.partition('_')[0]}_{ids.new_id()}" for name, value in scene.items()
    }


# What says who somebody is: who gives or takes rights holds it.
OWN = {
    "api_keys": "workspace_id is distinct from $1",
    "users": "id not in (select user_id from api_keys where workspace_id = $1)",
}


async def hold_everything(world: World, caller: As) -> None:
    """Inside a transaction of the owner's: whoever takes a lock on any row waits, but on the caller's key and user."""
    for table in (*REFERENCE, *TENANT):
        if table in OWN:
            others = f"select 1 from {table} where {OWN[table]} for update"
            await world.owner.execute(others, caller.workspace_id[4:])
        else:
            await world.owner.execute(f"select 1 from {table} for update")


def size(value: Any) -> int:
    match value:
        case msgspec.Raw():
            return len(bytes(value))
        case bytes() | str():
            return len(value)
        case list() | tuple():
            return sum(map(size, value))
        case _:
            return 0 if value is None else 1


async def fetched(world: World, asked: Sequence[tuple[str, Sequence[Any]]]) -> tuple[int, int]:
    """How many rows and bytes these statements get; the owner, who holds all rows, waits for none."""
    found = [row for statement, values in asked for row in await world.owner.fetch(statement, *values)]
    return len(found), sum(size(tuple(row)) for row in found)


async def ask(world: World, caller: As, call: Four, scene: Mapping[str, str]) -> tuple[Reply, tuple[int, int]]:
    before = len(world.statements)
    async with asyncio.timeout(SECONDS):
        reply = await caller(*call.asked(scene))
    asked = list(zip(world.statements[before:], world.values_of[before:], strict=True))
    return reply, await fetched(world, [found for found in asked if found[0] not in (_CALLER, _HOLD)])


@pytest.mark.parametrize(("name", "call"), NAMING, ids=str)
async def test_what_is_not_seen_costs_and_waits_as_what_is_not_there(name: str, call: Four, world: World):
    alpha, other = await world.workspace("alpha"), await world.workspace("other")
    scene = await SCENES[name](world, alpha)
    await _fatten(world)
    async with world.owner.transaction():
        await hold_everything(world, other)
        unseen, cost = await ask(world, other, call, scene)
        unknown, least = await ask(world, other, call, absent(scene))
    assert (unseen.status, unseen.code) == (unknown.status, unknown.code) == call.unseen
    assert unseen.statements == unknown.statements
    assert cost == least


async def _fatten(world: World) -> None:
    """Give what may be large some size, so that who fetches it is seen to."""
    await world.owner.execute("""update integrations set manifest = '{"x-a": "much much much"}'""")


CHANGES = [
    ("PATCH", "/api/integrations/{id}", {"name": "mine"}),
    ("DELETE", "/api/integrations/{id}", None),
    ("POST", "/api/integrations/{id}/restore", None),
    ("DELETE", "/api/integrations/{id}/purge", None),
    ("POST", "/api/integrations/{id}/publish", {"version": "2.0.0"}),
    ("POST", "/api/integrations/{id}/visibility", {"visibility": "private"}),
    ("POST", "/api/integrations/{id}/review", {"approve": True, "reason": "fine"}),
    ("POST", "/api/permissions", {"entityId": "{id}", "subjectId": None, "tier": "viewer"}),
]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES, ids=str)
async def test_who_may_not_change_an_integration_does_not_wait_for_it(
    method: str, path: str, body: dict[str, Any] | None, world: World
):
    author, reader = await world.workspace("author"), await world.workspace("reader")
    function = await entity(author, "function", "greet")
    draft = await integration(author, manifest={"members": [manifest_member(function)]})
    await published(author, draft["id"])
    await unlisted(author, draft["id"])
    sent = body and {key: draft["id"] if value == "{id}" else value for key, value in body.items()}
    async with world.owner.transaction():
        await hold_everything(world, reader)
        async with asyncio.timeout(SECONDS):
            reply = await reader(method, path.replace("{id}", draft["id"]), sent)
    assert (reply.status, reply.code) == (403, "forbidden")
