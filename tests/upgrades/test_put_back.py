"""Before-images: whatever happens to installs, each operation's images restore the rows that it touched."""

import os
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from graft import clock
from graft.db.connection import WriteConnection
from graft.errors import Conflict
from graft.ids import Id
from graft.operations.before import decode
from graft.upgrades.put_back import put_back
from tests.support.world import World
from tests.upgrades.operations_life import begin

pytestmark = pytest.mark.slow

SEEDS = 10
ACTS = 2_000 if os.environ.get("GRAFT_TORTURE") else 200
KINDS = {"install", "upgrade", "edit", "rename", "detach", "attach", "delete", "restore", "uninstall", "reinstate"}
TABLES = ("installs", "install_members", "entities", "solutions")

Rows = dict[tuple[str, str], dict[str, Any]]


async def rows_of(world: World, workspace_id: str) -> Rows:
    """Every row that operations change, but for when it was written last."""
    found: Rows = {}
    for table in TABLES:
        for row in await world.owner.fetch(f"select * from {table} where workspace_id = $1", workspace_id):
            values: dict[str, Any] = {
                name: bytes(value) if name == "definition" and value is not None else value
                for name, value in row.items()
            }
            for name in ("pinned_ids", "import_key"):
                if name in values and values[name] is not None:
                    values[name] = bytes(values[name])
            values.pop("updated_at", None)
            found[table, row["id"]] = values
    return found


async def operations_of(world: World, workspace_id: str) -> list[Any]:
    return await world.owner.fetch("select * from operations where workspace_id = $1 order by id", workspace_id)


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_each_operation_is_undone_by_its_images(seed: int, world: World):
    person = await begin(world, seed)
    workspace_id = Id(person.caller.workspace_id.removeprefix("wsp_"))
    before: list[Rows] = []
    last = await rows_of(world, workspace_id)
    for _ in range(ACTS):
        status = await person.act()
        assert status < 500
        now = await rows_of(world, workspace_id)
        written = len(await operations_of(world, workspace_id)) - len(before)
        # a change is one operation, and what changes nothing is none
        assert written == (1 if now != last else 0), status
        before += [last] * written
        last = now

    operations = await operations_of(world, workspace_id)
    await undo_all(world, workspace_id, operations, before)
    assert Counter(row["kind"] for row in operations).keys() >= KINDS - {"reinstate", "uninstall", "restore"}


def of_install(values: dict[str, Any], operation: Any) -> bool:
    """Whether a row is a member or a clone of the operation's install."""
    return operation["install_id"] in {values.get("install_id"), values.get("origin_install_id")}


async def undo_all(world: World, workspace_id: Id, operations: list[Any], before: list[Rows]) -> None:
    """From the last to the first, each gives the rows that were there before it; nothing of it lasts."""
    undoing = world.owner.transaction()
    await undoing.start()
    db = WriteConnection(world.owner)
    now = clock.now()
    for at, (row, expected) in enumerate(zip(reversed(operations), reversed(before), strict=True)):
        moment = now + timedelta(milliseconds=at)
        await put_back(db, workspace_id, row["install_id"], decode(bytes(row["before"])), moment)
        if row["kind"] == "install":
            # an install is undone by an uninstallation; all that matters here is that it makes room
            await world.owner.execute("update installs set deleted_at = $1 where id = $2", moment, row["install_id"])
        found = await rows_of(world, workspace_id)
        for key, values in expected.items():
            assert found[key] == values, (row["kind"], key)
        # what came is gone
        came = [values for key, values in found.items() if key not in expected and of_install(values, row)]
        assert row["kind"] == "install" or all(values["deleted_at"] is not None for values in came)
    await undoing.rollback()


async def test_an_operation_of_before_there_were_images_says_so():
    with pytest.raises(Conflict) as refused:
        decode(b'{"variables": {}, "rebased": []}')
    assert refused.value.code == "not-undoable"
