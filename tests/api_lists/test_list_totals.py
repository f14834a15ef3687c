"""Totals of the API: right at once whoever wrote, and every table that a list reads is watched or the list counts."""

import asyncio
import re
from typing import Any

import pytest

from graft.app import ENDPOINTS
from graft.auth.caller import Caller, Tier
from graft.db.changes import WATCHED, changes_are_logged, prune
from graft.ids import new_id
from graft.listing import read_query
from graft.listing.compile import compile_scope
from graft.listing.totals import watched
from graft.web.lists import ListResource, Scope
from tests.support.catalog import CATALOG
from tests.support.client import As
from tests.support.database import connected, opened
from tests.support.factories.installs import installed
from tests.support.factories.integrations import integration, published, unlisted
from tests.support.world import World, running

pytestmark = [pytest.mark.slow, pytest.mark.one_server]

LISTS: dict[str, ListResource] = {
    **{resource.name: resource for resource in CATALOG},
    **{f"{call.path} {call.list_resource.name}": call.list_resource for call in ENDPOINTS if call.list_resource},
}
WORKSPACES = [new_id(), new_id()]
CALLERS = {
    "key": Caller(new_id(), "secret", new_id(), {WORKSPACES[0]: Tier.ADMIN}),
    "session": Caller(new_id(), "session", new_id(), dict.fromkeys(WORKSPACES, Tier.EDITOR)),
    "publishable": Caller(new_id(), "publishable", new_id(), {WORKSPACES[0]: Tier.VIEWER}),
    "platform": Caller(new_id(), "session", new_id(), {}, platform_admin=True),
}


async def _total(caller: As, path: str = "/api/integrations", **parameters: Any) -> int:
    reply = await caller.get(path, limit=1, **parameters)
    assert reply.status == 200, reply.json
    return reply.json["pageInfo"]["total"]


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("name", LISTS)
def test_a_list_watches_every_table_that_it_reads(name: str, caller: str):
    resource, scope = LISTS[name], Scope(CALLERS[caller])
    found = watched(read_query(resource, [], CATALOG), scope)
    if found is None:
        return
    text = f"{resource.rows(scope).text} where {compile_scope(read_query(resource, [], CATALOG), scope).text}"
    read = set(re.findall(r"\b(?:from|join)\s+([a-z_]+)", "from " + text))
    tables = {table for table, _ in found}
    # a yank writes its integration as well
    covered = {"version_yanks"} if "integrations" in tables else set[str]()
    assert read - covered <= tables <= set(WATCHED)


def test_the_lists_of_the_marketplace_are_watched():
    scope = Scope(CALLERS["session"])
    for name in ("integrations", "integration-versions", "integration-installs", "workspaces"):
        assert watched(read_query(LISTS[name], [], CATALOG), scope), name


async def test_a_total_is_right_at_once_whoever_wrote(database_url: str, app_role: str):
    async with running(database_url, app_role) as one, running(database_url, app_role) as other:
        alpha = await one.workspace("alpha")
        elsewhere = As(other, alpha.token, alpha.workspace_id)
        assert await _total(alpha) == 0
        assert await _total(elsewhere) == 0
        made = await integration(alpha, "made")
        assert await _total(elsewhere) == 1
        await elsewhere.delete(f"/api/integrations/{made['id']}")
        assert await _total(alpha) == 0
        await one.owner.execute("update integrations set deleted_at = null, retention_tier = null")
        assert await _total(alpha) == await _total(elsewhere) == 1


async def test_what_opens_a_row_to_a_caller_counts_at_once(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    made = await integration(alpha, "made")
    await published(alpha, made["id"])
    await unlisted(alpha, made["id"])
    nested = '{"installs": {"some": {"memberPolicy": "auto_all"}}}'
    assert await _total(beta) == await _total(beta, filter=nested) == 0
    install = await installed(beta, made["id"], memberPolicy="auto_all")
    await alpha.post(f"/api/integrations/{made['id']}/visibility", {"visibility": "private"})
    assert await _total(beta) == await _total(beta, filter=nested) == 1
    await beta.delete(f"/api/integration-installs/{install['id']}")
    assert await _total(beta) == await _total(beta, filter=nested) == 0
    grant = {"entityId": made["id"], "subjectId": beta.workspace_id, "tier": "viewer"}
    reply = await alpha.post("/api/permissions", grant)
    assert reply.status == 201, reply.json
    assert await _total(beta) == 1


async def _unnoticed(url: str) -> None:
    async with connected(url) as connection:
        await connection.execute("set session_replication_role = 'replica'")
        await connection.execute("update integrations set deleted_at = now(), retention_tier = 'medium'")


@pytest.mark.parametrize(("cache", "expected"), [(True, 1), (False, 0)])
async def test_the_switch_decides_whether_each_page_counts(
    cache: bool, expected: int, database_url: str, app_role: str
):
    async with running(database_url, app_role, total_cache=cache) as world:
        alpha = await world.workspace("alpha")
        await integration(alpha, "made")
        assert await _total(alpha) == 1
        await _unnoticed(database_url)
        assert await _total(alpha) == expected


async def test_without_its_triggers_a_database_is_counted_in(database_url: str, app_role: str):
    async with connected(database_url) as owner:
        await owner.execute("alter table permissions disable trigger permissions_changes")
    async with opened(database_url, role=app_role) as database:
        assert not await changes_are_logged(database)
    async with running(database_url, app_role) as world:
        alpha = await world.workspace("alpha")
        await integration(alpha, "made")
        assert await _total(alpha) == 1
        await _unnoticed(database_url)
        assert await _total(alpha) == 0


async def test_pruning_leaves_no_note_of_what_is_done_and_totals_stay_right(database_url: str, app_role: str):
    async with running(database_url, app_role) as world, opened(database_url, role=app_role) as database:
        alpha = await world.workspace("alpha")
        await integration(alpha, "one")
        assert await _total(alpha) == 1
        assert await world.values("select count(*) > 0 from changes") == (True,)
        # what is older than any transaction under way on the whole server, so also in other tests
        async with asyncio.timeout(30):
            while await world.values("select count(*) from changes") != (0,):
                await prune(database)
        assert await _total(alpha) == 1
        await integration(alpha, "two")
        await prune(database)
        assert await _total(alpha) == 2


@pytest.mark.parametrize(
    ("parameters", "spared"),
    [
        ({"visibility": "public"}, True),
        ({"visibility": "public", "publisher": "p", "filter": '{"name": "x"}'}, True),
        ({"filter": '{"AND": [{"visibility": {"eq": "public"}}, {"OR": [{"name": "x"}, {"slug": "y"}]}]}'}, True),
        ({}, False),
        ({"visibility": "unlisted"}, False),
        ({"visibility": "public", "include_deleted": "true"}, False),
        ({"visibility": "public", "include_deleted": "only"}, False),
        ({"filter": '{"visibility": {"ne": "public"}}'}, False),
        ({"filter": '{"NOT": {"visibility": "public"}}'}, False),
        ({"filter": '{"OR": [{"visibility": "public"}, {"name": "x"}]}'}, False),
        ({"filter": '{"visibility": {"in": ["public"]}}'}, False),
    ],
    ids=str,
)
def test_a_list_of_what_everybody_sees_alone_asks_no_more(parameters: dict[str, str], spared: bool):
    scope, query = Scope(CALLERS["session"]), read_query(LISTS["integrations"], [*parameters.items()], CATALOG)
    assert ("permissions" not in compile_scope(query, scope).text) is spared
    assert (watched(query, scope) == [("integrations", None)]) is spared
