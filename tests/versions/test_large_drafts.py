"""A draft is read in lots, and one whose definitions are too many bytes in all is refused before they are in memory."""

import tracemalloc
from typing import Any

import pytest

from graft.versions import draft as drafts
from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.integrations import integration
from tests.support.world import World
from tests.upgrades.upgrade_life import cloned, free

pytestmark = pytest.mark.slow

MIB = 1024 * 1024
LARGEST = MIB - 11


async def _schemas(world: World, author: As, count: int, size: int) -> list[dict[str, Any]]:
    """Members of so many schemas with a text of that size; what the database keeps of it is a hundredth."""
    made = await entity(author, "schema", "first")
    rows = await world.owner.fetch(
        """insert into entities (id, workspace_id, version_id, kind, slug, name, definition, refs, created_at, updated_at)
           select gen_random_uuid(), e.workspace_id, gen_random_uuid(), e.kind, 's' || n, e.name,
             json_build_object('text', repeat('x', $2)), '{}', e.created_at, e.updated_at
           from entities e, generate_series(1, $1) n returning id, slug""",
        count,
        size,
    )
    assert made
    return [{"slug": row["slug"], "entityId": f"sch_{row['id']}", "kind": "schema"} for row in rows]


@pytest.mark.parametrize(("count", "status"), [(200, 201), (300, 400)])
async def test_the_definitions_of_a_draft_have_a_limit_in_all(count: int, status: int, world: World):
    author = await world.workspace("author")
    members = await _schemas(world, author, count, LARGEST - 100 if status == 400 else 100_000)
    draft = await integration(author, manifest={"members": members})
    reply = await author.post(f"/api/integrations/{draft['id']}/publish", {"version": "1.0.0"})
    assert reply.status == status, reply.json
    if status == 400:
        assert reply.problems == {("/manifest/members", "draft-too-large")}


async def test_clones_that_read_as_far_more_than_is_stored_are_not_all_built(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(drafts, "MAX_DEFINITIONS", 8 * MIB)
    it = await free(world)
    small = await entity(it.author, "schema", "small", {"text": "${variables.x}"})
    schema = {"type": "object", "properties": {"x": {"type": "string"}}}
    await it.begin(cloned(small), variablesSchema=schema, body={"variables": {"x": "x" * (MIB - 1_000)}})
    rows = await world.owner.fetch(
        """insert into entities select (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid()))).*
           from entities e, generate_series(1, 100) where e.origin_install_id is not null returning id"""
    )
    members = [{"slug": f"m{at}", "entityId": f"sch_{row['id']}", "kind": "schema"} for at, row in enumerate(rows)]
    draft = await integration(it.user, "copy", manifest={"members": members})

    tracemalloc.start()
    reply = await it.user.post(f"/api/integrations/{draft['id']}/publish", {"version": "1.0.0"})
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert reply.problems == {("/manifest/members", "draft-too-large")}
    assert most < 40 * MIB
