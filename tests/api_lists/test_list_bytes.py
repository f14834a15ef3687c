"""A page ends by bytes as well as by rows: whatever its rows hold, both ways, with cursors and totals that go on right."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from msgspec import inspect

from graft.app import ENDPOINTS
from graft.web.lists import ListEndpoint
from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed, members_of
from tests.support.factories.integrations import integration, manifest_member, offered, published
from tests.support.world import World

pytestmark = pytest.mark.slow

MIB = 1024 * 1024
PAGE = 16 * MIB
COUNT = 40
TEXT = "x" * (MIB - 1_000)
# Makes the rows of a list: its path, and who asks it.
Rows = Callable[[World], Awaitable[tuple[As, str]]]


async def _copies(world: World, table: str, where: str = "true", **changed: str) -> None:
    """`COUNT` rows in place of the one that the table has; `changed` are expressions of their number `n`."""
    values = ", ".join(f"'{name}', {expression}" for name, expression in {"id": "gen_random_uuid()", **changed}.items())
    copied = f"select (jsonb_populate_record(t, jsonb_build_object({values}))).* from {table} t"
    await world.owner.execute(f"insert into {table} {copied}, generate_series(2, {COUNT}) n where {where}")


async def _unsized(world: World, table: str) -> None:
    """About every second row as a release before wrote it, which did not count its bytes."""
    await world.owner.execute(f"update {table} set size = null where substr(md5(id::text), 1, 1) < '8'")


async def _drafts(world: World) -> tuple[As, str]:
    author = await world.workspace("author")
    await integration(author, variablesSchema={"title": TEXT})
    await _copies(world, "integrations", slug="'copy-' || n")
    await _unsized(world, "integrations")
    return author, "/api/integrations"


async def _marketplace(world: World) -> tuple[As, str]:
    """What others see: the documents of the version."""
    author = await world.workspace("author")
    made = await integration(author, variablesSchema={"type": "object", "title": TEXT})
    await published(author, made["id"])
    await world.owner.execute("update integrations set visibility = 'public', variables_schema = '{}', size = 6")
    await _copies(world, "integrations", slug="'copy-' || n")
    return await world.workspace("reader"), "/api/integrations"


async def _versions(world: World) -> tuple[As, str]:
    author = await world.workspace("author")
    made = await integration(author, variablesSchema={"type": "object", "title": TEXT})
    await published(author, made["id"])
    await _copies(world, "integration_versions", version="'2.0.' || n")
    await _unsized(world, "integration_versions")
    return author, "/api/integration-versions"


async def _installs(world: World) -> tuple[As, str]:
    author, user = await world.workspace("author"), await world.workspace("user")
    schema = {"type": "object", "properties": {"x": {"type": "string"}}}
    made = await offered(author, "demo", [], variablesSchema=schema)
    await installed(user, made["id"], variables={"x": TEXT})
    await _copies(world, "installs", allow_multiple="true")
    return user, "/api/integration-installs"


async def _own_entities(world: World) -> tuple[As, str]:
    author = await world.workspace("author")
    await entity(author, "schema", "first", {"title": TEXT})
    await _copies(world, "entities", slug="'copy-' || n")
    await _unsized(world, "entities")
    return author, "/api/entities"


async def _clones(world: World) -> tuple[As, str]:
    """What is read is small, what it reads as is not."""
    user, _ = await _cloned(world)
    await _copies(world, "entities", "t.origin_install_id is not null")
    return user, "/api/entities"


async def _written_versions(world: World) -> tuple[As, str]:
    author = await world.workspace("author")
    made = await entity(author, "schema", "first", {"title": TEXT})
    await _copies(world, "entity_versions")
    await _unsized(world, "entity_versions")
    return author, f"/api/entities/{made['id']}/versions"


async def _cloned(world: World) -> tuple[As, dict[str, Any]]:
    author, user = await world.workspace("author"), await world.workspace("user")
    many = await entity(author, "schema", "many", {"all": ["${variables.x}"] * 10})
    schema = {"type": "object", "properties": {"x": {"type": "string"}}}
    offer = [manifest_member(many, required=True, forkOnInstall=True)]
    made = await offered(author, "demo", offer, variablesSchema=schema)
    install = await installed(user, made["id"], variables={"x": "x" * (MIB // 10 - 100)})
    return user, (await members_of(user, install))["many"]


LISTS: dict[str, Rows] = {
    "drafts": _drafts,
    "marketplace": _marketplace,
    "versions": _versions,
    "installs": _installs,
    "entities": _own_entities,
    "clones": _clones,
    "entity versions": _written_versions,
}


async def _page(caller: As, path: str, **parameters: Any) -> tuple[list[str], dict[str, Any]]:
    reply = await caller.get(path, **parameters)
    assert reply.status == 200
    assert len(reply.content) < PAGE + 2 * MIB
    rows, info = reply.json["data"], reply.json["pageInfo"]
    assert info["total"] == COUNT
    # it is not shorter than it has to be
    further = info["hasPreviousPage" if "before" in parameters else "hasNextPage"]
    assert not further or len(reply.content) > PAGE
    return [row["id"] for row in rows], info


@pytest.mark.parametrize("name", LISTS)
async def test_a_walk_over_large_rows_sees_each_once_both_ways(name: str, world: World):
    caller, path = await LISTS[name](world)
    found, info = await _page(caller, path)
    assert not info["hasPreviousPage"]
    seen, sizes = [*found], [len(found)]
    while info["hasNextPage"]:
        found, info = await _page(caller, path, after=info["endCursor"])
        assert info["hasPreviousPage"]
        seen += found
        sizes.append(len(found))
    assert len(seen) == len({*seen}) == COUNT
    assert len(sizes) == 3

    back = found
    while info["hasPreviousPage"]:
        found, info = await _page(caller, path, before=info["startCursor"])
        assert info["hasNextPage"]
        back = found + back
    assert back == seen

    short = await caller.get(path, limit=3)
    assert [row["id"] for row in short.json["data"]] == seen[:3]
    assert short.json["pageInfo"]["hasNextPage"]


async def test_one_row_that_is_larger_than_a_page_is_a_page(world: World):
    author = await world.workspace("author")
    first, second = [await integration(author, slug) for slug in ("first", "second")]
    await world.owner.execute(
        """update integrations set variables_schema = json_build_object('title', repeat('x', 17000000)),
             size = case when slug = 'first' then 17000016 end"""
    )
    page = await author.get("/api/integrations")
    assert [row["id"] for row in page.json["data"]] == [second["id"]]
    assert page.json["pageInfo"]["hasNextPage"]
    after = await author.get("/api/integrations", after=page.json["pageInfo"]["endCursor"])
    assert [row["id"] for row in after.json["data"]] == [first["id"]]
    assert not after.json["pageInfo"]["hasNextPage"]
    # a filter whose rows are collected first ends as well
    found = await author.get("/api/integrations", filter=json.dumps({"name": {"icontains": "s"}}))
    assert ([row["id"] for row in found.json["data"]], found.json["pageInfo"]["total"]) == ([second["id"]], 2)


@pytest.mark.parametrize("path", [call.path for call in ENDPOINTS if isinstance(call.operation, ListEndpoint)])
def test_a_list_that_shows_documents_weighs_them(path: str):
    [listed] = [call.operation for call in ENDPOINTS if call.path == path and isinstance(call.operation, ListEndpoint)]
    # what an event says is small: `MOST_NAMED`
    documents = {
        field.name
        for field in msgspec.structs.fields(listed.response)
        if _holds_a_document(inspect.type_info(field.type)) and path not in {"/api/events", "/api/platform-events"}
    }
    assert (listed.weight is not None) == bool(documents), documents


def _holds_a_document(kind: inspect.Type) -> bool:
    if isinstance(kind, inspect.Metadata):
        return _holds_a_document(kind.type)
    if isinstance(kind, inspect.UnionType):
        return any(map(_holds_a_document, kind.types))
    if isinstance(kind, inspect.ListType) and kind.max_length is not None:
        return False
    return isinstance(kind, (inspect.RawType, inspect.DictType, inspect.ListType, inspect.AnyType))
