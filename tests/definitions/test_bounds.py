"""What a clone from before there was a bound reads as, and that values of variables are fetched once for many clones."""

from typing import Any

import pytest

from graft import ids
from graft.definitions.queries import select_to_read
from graft.definitions.render import reader
from graft.templates import TemplateCache
from tests.support.factories.entities import entity
from tests.support.factories.integrations import integration, manifest_member, published
from tests.support.world import World
from tests.upgrades.upgrade_life import Free, cloned, free

pytestmark = pytest.mark.slow

MANY = {"all": ["${variables.x}"] * 100, "in": "a ${variables.x} b", "text": "$${variables.x}"}
SCHEMA = {"type": "object", "properties": {"x": {"type": "string"}}}
OPEN = {**MANY, "text": "${variables.x}"}


async def _overgrown(world: World) -> tuple[Free, str]:
    """A clone that would read as 20 MB, of an install whose values no check has seen."""
    it = await free(world)
    many = await entity(it.author, "schema", "many", MANY)
    await it.begin(cloned(many), variablesSchema=SCHEMA, body={"variables": {"x": "y"}})
    large = "json_build_object('x', repeat('y', 200000))"
    await world.owner.execute(f"update variable_states set filled = {large}, given = {large}")
    return it, await it.id_of("many")


async def test_it_reads_with_its_variables_open_by_itself_in_lists_and_as_a_version(world: World):
    it, clone = await _overgrown(world)
    assert await it.text(clone) == OPEN
    listed = await it.user.get("/api/entities")
    assert [row["definition"] for row in listed.json["data"]] == [OPEN]
    versions = await it.user.get(f"/api/entities/{clone}/versions")
    assert [row["definition"] for row in versions.json["data"]] == [OPEN]


async def test_it_is_detached_and_edited_as_it_reads(world: World):
    it, clone = await _overgrown(world)
    member = (await it.members())["many"]
    assert (await it.user.post(f"/api/integration-members/{member['id']}/detach", {"detached": True})).status == 200
    assert await it.text(clone) == OPEN
    await it.edit(clone, {"small": True})
    assert await it.text(clone) == {"small": True}
    assert (await it.members())["many"]["edited"]
    await it.edit(clone, OPEN)
    assert not (await it.members())["many"]["edited"]


async def test_it_is_published_as_it_reads(world: World):
    it, clone = await _overgrown(world)
    member = {"id": clone, "slug": "many", "kind": "schema"}
    draft = await integration(it.user, "copy", manifest={"members": [manifest_member(member, required=True)]})
    await published(it.user, draft["id"])
    body: dict[str, Any] = {"workspaceId": it.user.workspace_id}
    assert (await it.user.post(f"/api/integrations/{draft['id']}/install", body)).status == 201


async def test_smaller_values_make_it_whole_again(world: World):
    it, clone = await _overgrown(world)
    await it.upgrade(variables={"x": "z"})
    assert await it.text(clone) == {"all": ["z"] * 100, "in": "a z b", "text": "${variables.x}"}


async def test_of_many_clones_that_read_with_one_state_one_carries_it(world: World):
    it = await free(world)
    made = [await entity(it.author, "schema", slug, {"of": slug, "x": "${variables.x}"}) for slug in ("a", "b", "c")]
    await it.begin(*map(cloned, made), variablesSchema=SCHEMA, body={"variables": {"x": "value"}})
    clones = [ids.parse("sch", member["entityId"]) for member in (await it.members()).values()]
    process = world.app.state.process
    workspace_id = ids.parse("wsp", it.user.workspace_id)
    assert workspace_id is not None

    async with world.app.state.database.reading() as db:
        rows = await select_to_read(db, [clone for clone in clones if clone], workspace_id)
    assert len(rows) == 3
    assert sum(row.variables is not None for row in rows) == 1
    for turned in (rows, rows[::-1]):
        read = reader(process, TemplateCache())
        read.remember(turned)
        assert {read.definition(row) for row in turned} == {
            b'{"of":"%b","x":"value"}' % slug for slug in (b"a", b"b", b"c")
        }
