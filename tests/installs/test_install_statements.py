"""An install or an upgrade of many members takes as many statements as one of few, and writes no definition."""

import os
from typing import Any

import pytest

from tests.support.client import As
from tests.support.documents import many_operations
from tests.support.factories.integrations import integration, published, unlisted
from tests.support.world import World

pytestmark = pytest.mark.slow

# Operations, each with a schema: 10,001 members of a version, or as many as a manifest may declare and 20,001 in all.
LARGEST = 10_000 if os.environ.get("GRAFT_TORTURE") == "1" else 5_000


async def _import(author: As, draft: dict[str, Any], size: int, text: str) -> int:
    reply = await author(
        "POST",
        "/api/entities/import-openapi",
        many_operations(size, text),
        params={"workspaceId": author.workspace_id, "integrationId": draft["id"]},
    )
    assert reply.status == 200, reply.json
    return reply.statements


async def _life(world: World, size: int) -> dict[str, int]:
    """The statements of each step of one life."""
    author, user = await world.workspace(f"author-{size}"), await world.workspace(f"user-{size}")
    draft = await integration(author)
    counts = {"import": await _import(author, draft, size, "one")}
    publish = await author.post(f"/api/integrations/{draft['id']}/publish", {"version": "1.0.0"})
    await unlisted(author, draft["id"])
    install = await user.post(f"/api/integrations/{draft['id']}/install", {"workspaceId": user.workspace_id})
    assert install.status == 201, install.json
    written = await world.owner.fetch(
        "select count(*), count(definition) from entities where origin_install_id = $1",
        install.json["id"].removeprefix("intins_"),
    )
    assert [tuple(row) for row in written] == [(2 * size + 1, 0)]
    members = await user.get(f"/api/integration-installs/{install.json['id']}/members")
    assert len(members.json["members"]) == 2 * size + 1
    counts["import again"] = await _import(author, draft, size, "two")
    await published(author, draft["id"], "2.0.0")
    upgrade = await user.post(f"/api/integration-installs/{install.json['id']}/upgrade")
    assert len(upgrade.json["updated"]) == size + 1
    counts |= {
        "publish": publish.statements,
        "install": install.statements,
        "members": members.statements,
        "upgrade": upgrade.statements,
    }
    return counts


async def test_statements_do_not_grow_with_the_members(world: World):
    small, *larger = [await _life(world, size) for size in (5, 500, LARGEST)]
    assert larger == [small, small]
    assert small["install"] <= 10
    assert small["upgrade"] <= 15
    versions = await world.owner.fetchval(
        "select count(*) from entity_versions v join entities e on e.id = v.entity_id where e.base_id is not null"
    )
    assert versions == 0


async def test_what_a_version_does_not_change_is_not_touched(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    draft = await integration(author)
    await _import(author, draft, 3, "one")
    await published(author, draft["id"])
    await unlisted(author, draft["id"])
    install = await user.post(f"/api/integrations/{draft['id']}/install", {"workspaceId": user.workspace_id})
    rows = "select id, version_id, base_id, updated_at from entities where origin_install_id = $1 and name ~ '^Thing'"
    install_id = install.json["id"].removeprefix("intins_")
    before = await world.owner.fetch(rows, install_id)
    await _import(author, draft, 3, "two")
    await published(author, draft["id"], "2.0.0")
    upgrade = await user.post(f"/api/integration-installs/{install.json['id']}/upgrade")
    assert upgrade.json["updated"] == ["get0", "get1", "get2", "schema:shared"]
    assert await world.owner.fetch(rows, install_id) == before


async def test_publishing_the_same_again_stores_no_definition(world: World):
    author = await world.workspace("author")
    draft = await integration(author)
    await _import(author, draft, 50, "one")
    await published(author, draft["id"])
    templates = await world.owner.fetchval("select count(*) from templates")
    await published(author, draft["id"], "1.0.1")
    assert await world.owner.fetchval("select count(*) from templates") == templates


@pytest.mark.parametrize(
    "statement",
    [
        "update integration_versions set version = '9.9.9'",
        "delete from integration_versions",
        "update templates set body = '{}'",
        "delete from version_members",
        "delete from burnt_versions",
    ],
)
async def test_the_applications_role_may_not_touch_what_is_published(statement: str, world: World, app_role: str):
    await world.owner.execute(f'set role "{app_role}"')
    with pytest.raises(Exception, match="permission denied"):
        await world.owner.execute(statement)
