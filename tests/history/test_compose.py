"""Images compose: what was before several operations is put back at once as by undoing one after the other."""

import os
from datetime import timedelta

import pytest

from graft import clock
from graft.db.connection import WriteConnection
from graft.ids import Id
from graft.operations.before import decode
from graft.operations.compose import compose
from graft.upgrades.put_back import put_back
from tests.support.world import World
from tests.upgrades.operations_life import begin
from tests.upgrades.test_put_back import Rows, of_install, operations_of, rows_of

pytestmark = pytest.mark.slow

SEEDS = 6
ACTS = 2_000 if os.environ.get("GRAFT_TORTURE") else 120


@pytest.mark.parametrize("seed", range(100, 100 + SEEDS))
async def test_several_operations_are_put_back_at_once(seed: int, world: World):
    person = await begin(world, seed)
    workspace_id = Id(person.caller.workspace_id.removeprefix("wsp_"))
    before: list[Rows] = []
    last = await rows_of(world, workspace_id)
    for _ in range(ACTS):
        assert await person.act() < 500
        now = await rows_of(world, workspace_id)
        if now != last:
            before.append(last)
        last = now

    operations = await operations_of(world, workspace_id)
    assert len(operations) == len(before)
    for at, (row, expected) in enumerate(zip(operations, before, strict=True)):
        if row["kind"] != "install" and at % 4 == seed % 4:
            since = [one for one in operations[at:] if one["install_id"] == row["install_id"]]
            composed = compose([decode(bytes(one["before"])) for one in since])
            undoing = world.owner.transaction()
            await undoing.start()
            # another one of the integration would be one too many
            others = "update installs set deleted_at = now() where id <> $1 and deleted_at is null"
            await world.owner.execute(others, row["install_id"])
            db = WriteConnection(world.owner)
            await put_back(db, workspace_id, row["install_id"], composed, clock.now() + timedelta(milliseconds=at))
            found = await rows_of(world, workspace_id)
            await undoing.rollback()
            for key, values in expected.items():
                if of_install(values, row):
                    assert found[key] == values, (row["kind"], key, [one["kind"] for one in since])
            came = [values for key, values in found.items() if key not in expected and of_install(values, row)]
            assert all(values["deleted_at"] is not None for values in came)
