"""A draft that reaches too many entities, or whose members name too many things, is refused before anybody has it."""

import pytest

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.integrations import integration
from tests.support.world import World

pytestmark = pytest.mark.slow

REFUSED = {("/manifest/members", "draft-too-large")}


async def _schemas(world: World, author: As, count: int, definition: str, refs: str = "'{}'::uuid[]") -> list[str]:
    """The ids of so many schemas; `definition` and `refs` are SQL."""
    rows = await world.owner.fetch(
        f"""insert into entities (id, workspace_id, version_id, kind, slug, name, definition, refs, created_at, updated_at)
            select gen_random_uuid(), $1, gen_random_uuid(), 'schema', 'schema-' || gen_random_uuid(), 'A schema',
              {definition}, {refs}, now(), now()
            from generate_series(1, $2) n returning id""",
        author.workspace_id.removeprefix("wsp_"),
        count,
    )
    return [f"sch_{row['id']}" for row in rows]


@pytest.mark.parametrize(("count", "status"), [(24_999, 201), (25_000, 400)])
async def test_a_version_has_at_most_25_000_members_with_all_that_they_reach(count: int, status: int, world: World):
    author = await world.workspace("author")
    named = await _schemas(world, author, count, "'{}'::json")
    first = await entity(author, "schema", "first", {"all": named})
    members = [{"slug": "first", "entityId": first["id"], "kind": "schema"}]
    draft = await integration(author, manifest={"members": members})
    reply = await author.post(f"/api/integrations/{draft['id']}/publish", {"version": "1.0.0"})
    assert reply.status == status, reply.json
    if status == 400:
        assert reply.problems == REFUSED


async def test_the_members_of_a_version_name_at_most_so_many_things(world: World):
    author = await world.workspace("author")
    placeholders = "'\"' || string_agg('${variables.v' || v || '}', '') || '\"'"
    text = f"(select ('{{\"all\":' || {placeholders} || '}}')::json from generate_series(1, 45000) v)"
    made = await _schemas(world, author, 12, text)
    members = [{"slug": f"m{at}", "entityId": one, "kind": "schema"} for at, one in enumerate(made)]
    draft = await integration(author, manifest={"members": members})
    path = f"/api/integrations/{draft['id']}"
    assert (await author.post(f"{path}/publish", {"version": "1.0.0"})).problems == REFUSED
    assert (await author.get(f"{path}/members", draft="true")).problems == REFUSED
