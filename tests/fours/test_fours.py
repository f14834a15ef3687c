"""Every call there is begins with the same four: a new one fails here until its row stands in the table."""

from collections.abc import Awaitable, Callable

import pytest

from graft.app import ENDPOINTS
from tests.fours.table import FOURS
from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import history_of, installed, members_of
from tests.support.factories.integrations import integration, manifest_member, published
from tests.support.factories.integrations import unlisted as unlist
from tests.support.four import Four, hold
from tests.support.scene import scene_of
from tests.support.world import World

pytestmark = pytest.mark.slow

Scene = dict[str, str]


def test_each_call_has_its_row_and_no_row_lacks_its_call():
    rows = {(row.method, row.path) for rows in FOURS.values() for row in rows}
    assert rows == {(call.method, call.path) for call in ENDPOINTS}


def test_a_row_promises_the_status_of_its_call():
    statuses = {(call.method, call.path): {call.status, *call.also.values()} for call in ENDPOINTS}
    for row in [row for rows in FOURS.values() for row in rows]:
        assert row.status in statuses[row.method, row.path], row


async def _entities(world: World, alpha: As) -> Scene:
    """An entity of its own, and a schema to name."""
    made, schema = await entity(alpha, "function", "own"), await entity(alpha, "schema", "shape")
    return {"entities": made["id"], "workspace": alpha.workspace_id, "schema": schema["id"]}


async def _versions(world: World, alpha: As) -> Scene:
    """A published integration whose draft has moved on: a function that names a schema."""
    schema = await entity(alpha, "schema", "shape")
    function = await entity(alpha, "function", "greet", {"in": schema["id"]})
    draft = await integration(alpha, manifest={"members": [manifest_member(function)]})
    version = await published(alpha, draft["id"])
    await alpha.patch(f"/api/entities/{function['id']}", {"definition": {"in": schema["id"], "text": "new"}})
    return {"integrations": draft["id"], "integration-versions": version["id"], "slug": "greet"}


async def _installs(world: World, alpha: As) -> Scene:
    """An install that another author's version 2 waits for, and a second integration of theirs."""
    author = await world.workspace("author")
    function = await entity(author, "function", "greet", {"text": "one"})
    manifest = {"members": [manifest_member(function, required=True, forkOnInstall=True)]}
    drafts = [await integration(author, slug, manifest=manifest) for slug in ("demo", "second")]
    for draft in drafts:
        await published(author, draft["id"])
        await unlist(author, draft["id"])
    install = await installed(alpha, drafts[0]["id"])
    await author.patch(f"/api/entities/{function['id']}", {"definition": {"text": "two"}})
    await published(author, drafts[0]["id"], "2.0.0")
    return {
        "workspace": alpha.workspace_id,
        "integrations": drafts[1]["id"],
        "integration-installs": install["id"],
        "integration-members": (await members_of(alpha, install))["greet"]["id"],
        "solutions": install["solutionId"],
        "operations": (await history_of(alpha, install))[0]["id"],
    }


async def _plans(world: World, alpha: As) -> Scene:
    """The same, with a plan of that upgrade."""
    scene = await _installs(world, alpha)
    plan = await alpha.post(f"/api/integration-installs/{scene['integration-installs']}/upgrade-plans")
    return {**scene, "upgrade-plans": plan.json["id"]}


SCENES: dict[str, Callable[[World, As], Awaitable[Scene]]] = {
    "entities": _entities,
    "versions": _versions,
    "installs": _installs,
    "plans": _plans,
    "all": scene_of,
}


@pytest.mark.parametrize(("name", "call"), [(name, row) for name, rows in FOURS.items() for row in rows], ids=str)
async def test_the_four(name: str, call: Four, world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    await hold(world, call, await SCENES[name](world, alpha), alpha, beta)
