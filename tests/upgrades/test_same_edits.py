"""Which edits a version gives as well: what is compared, and how little it takes."""

import tracemalloc

from tests.support.factories.entities import entity
from tests.support.world import World
from tests.upgrades.upgrade_life import cloned, free

X = {"type": "object", "properties": {"x": {"type": "string"}}}


async def test_an_edit_is_not_compared_with_what_would_read_too_large(world: World):
    it = await free(world)
    long = await entity(it.author, "function", "long", {"l": ["${variables.x}"] * 300})
    await it.begin(cloned(long), variablesSchema=X, body={"variables": {"x": "a"}})
    await it.edit(await it.id_of("long"), {"mine": True})

    tracemalloc.start()
    try:
        # it would read as 60 MB
        reply = await it.upgrade(variables={"x": "b" * 200_000})
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (reply["updated"], reply["skipped"]) == ([], [])
    assert peak < 30_000_000


async def test_an_edit_that_the_next_values_give_as_well_is_attached(world: World):
    it = await free(world)
    says = await entity(it.author, "function", "says", {"x": "${variables.x}"})
    await it.begin(cloned(says), variablesSchema=X, body={"variables": {"x": "a"}})
    await it.edit(await it.id_of("says"), {"x": "b"})
    # versions of before have templates whose measure was not stored
    await world.owner.execute("update templates set size = null, variable_uses = null")

    assert (await it.upgrade(variables={"x": "b"}))["updated"] == ["says"]
    assert (await it.members())["says"]["detached"] is False
