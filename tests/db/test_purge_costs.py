"""What is deleted or purged costs what it is, and not what everybody has: no rows of others are read for it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from graft import clock, ids
from graft.db.connection import Database
from graft.db.sweep import Sweep
from graft.db.tables import TABLES, Kind
from graft.entities.purge_expired import purge_expired as purge_entities
from graft.installs.purge_expired import purge_expired as purge_installs
from graft.integrations.purge_expired import purge_expired as purge_integrations
from graft.kinds.registry import load_kinds
from graft.workspaces.purge_expired import purge_expired as purge_rows
from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed, members_of
from tests.support.factories.integrations import manifest_member, offered
from tests.support.scene import scene_of
from tests.support.world import World, running

pytestmark = pytest.mark.slow

MANY = 20_000
CLONED = {"required": True, "forkOnInstall": True}
# No rows of others means: none of these, of any of them. The few rows of the test itself are read again and again.
MOST = 3_000

# Rows of one other workspace, `w`: an integration of many versions, installs, clones, edits and what goes with them.
CROWD = """
create temp table n as select n, gen_random_uuid() as id, gen_random_uuid() as other from generate_series(1, {many}) n;
analyze n;
insert into workspaces (id, slug, name, created_at, updated_at) select id, 'w-' || n, 'w', now(), now() from n;
insert into workspace_locks (id, workspace_id) select id, id from n;
insert into users (id, email, name, created_at, updated_at) select id, 'crowd-' || n, 'c', now(), now() from n;
insert into workspace_members (id, workspace_id, user_id, tier, created_at, updated_at)
  select id, '{w}', id, 'viewer', now(), now() from n;
insert into api_keys (id, kind, workspace_id, user_id, tier, name, hash, hint, created_at, updated_at)
  select id, 'secret', '{w}', id, 'viewer', 'k', decode(md5(n::text), 'hex'), 'h', now(), now() from n;
insert into integrations (id, workspace_id, slug, name, publisher, manifest, variables_schema, auth_config, created_at,
    updated_at, current_version_id, current_version)
  select id, '{w}', 's-' || n, 'i', 'crowd', '{{}}', '{{}}', '{{}}', now(), now(), id, '1.0.0' from n;
insert into integration_reviews (id, integration_id, state, created_at) select id, id, 'approved', now() from n;
insert into permissions (id, object_kind, object_id, object_workspace_id, tier, created_at, updated_at)
  select id, 'integration', id, '{w}', 'viewer', now(), now() from n;
insert into integration_versions (id, integration_id, version, manifest_snapshot, variables_schema_snapshot,
    auth_config_snapshot, member_entity_versions, dependencies, permissions, allow_multiple_installs, published_at)
  select id, id, '1.0.0', '{{}}', '{{}}', '{{}}', '{{}}', '[]', '{{}}', true, now() from n;
insert into templates (id, digest, body, refs, variables)
  select -n, sha256(n::text::bytea), '{{}}', '{{}}', '{{}}' from n;
insert into version_members (id, version_id, slug, kind, entity_slug, name, role, template_id, source_entity_id,
    source_workspace_id, source_version_id, required, default_enabled, fork_on_install, depends_on)
  select -n, id, 'm', 'function', 'm', 'm', 'member', -n, other, '{w}', other, true, true, true, '{{}}' from n;
insert into auth_states (id, workspace_id, name, type, hint, credentials, created_at, updated_at)
  select id, '{w}', 'a', 'api_key', 'h', '', now(), now() from n;
insert into solutions (id, workspace_id, name, created_at, updated_at) select id, '{w}', 's', now(), now() from n;
insert into variable_states (id, workspace_id, install_id, given, filled, created_at)
  select id, '{w}', id, '{{}}', '{{}}', now() from n;
insert into installs (id, workspace_id, integration_id, version_id, auth_state_id, member_policy, solution_id,
    allow_multiple, installed_at, updated_at, variables_id)
  select id, '{w}', id, id, id, 'manual', id, true, now(), now(), id from n;
insert into install_members (id, install_id, workspace_id, added_at, slug) select id, id, '{w}', now(), 'm' from n;
insert into entities (id, workspace_id, origin_install_id, base_id, version_id, created_at, updated_at, kind, slug, name,
    definition, refs)
  select id, '{w}', id, -n, other, now(), now(), 'function', 'e-' || n, 'e', '{{}}', array[other] from n;
insert into entities (id, workspace_id, version_id, created_at, updated_at, kind, slug, name, definition, refs)
  select other, '{w}', id, now(), now(), 'function', 'o-' || n, 'e', '{{}}', array[id] from n;
insert into entity_versions (id, workspace_id, entity_id, definition, refs, base_id, variables_id, created_at)
  select other, '{w}', id, '{{}}', '{{}}', -n, id, now() from n;
insert into operations (id, workspace_id, install_id, kind, from_version_id, to_version_id, before, created_at)
  select id, '{w}', id, 'upgrade', id, id, '{{}}', now() from n;
insert into upgrade_plans (id, workspace_id, kind, state, install_ids, request, outcomes, row_ids, fingerprint, created_at)
  select id, '{w}', 'upgrade', 'open', array[id], '{{}}', '[]', '{{}}', '', now() from n;
insert into version_yanks (id, integration_id, reason, yanked_at) select id, id, 'r', now() from n;
insert into events (id, workspace_id, type, subject_prefix, subject_id, data, created_at)
  select id, '{w}', 'entity.created', 'fun', id, '{{}}', now() from n;
drop table n;
analyze;
"""
CROWDED = {table.name for table in TABLES if table.kind is not Kind.LOCAL} - {"publishers", "burnt_versions"}

READ = """
select t.relname::text as name, coalesce(t.seq_scan, 0) as scans, coalesce(t.seq_tup_read, 0) as scanned,
  coalesce((select sum(i.idx_tup_read) from pg_stat_user_indexes i where i.relid = t.relid), 0)::bigint as found
from pg_stat_user_tables t where t.schemaname = 'public' order by 1
"""


async def told(database: Database) -> None:
    """The session of the pool tells the server what it has read until now."""
    async with database.reading() as db:
        await db.value("select pg_stat_force_next_flush() is null")


async def counted(world: World) -> dict[str, tuple[int, int]]:
    await world.owner.execute("select pg_stat_clear_snapshot()")
    return {row["name"]: (row["scans"], row["scanned"] + row["found"]) for row in await world.owner.fetch(READ)}


@asynccontextmanager
async def reading_little(world: World, database: Database) -> AsyncGenerator[None]:
    """What is done inside, by the one session of this pool, goes through no crowded table and reads few rows."""
    await told(database)
    before = await counted(world)
    yield
    await told(database)
    after = await counted(world)
    gone_through = {name for name in CROWDED if after[name][0] > before[name][0]}
    assert gone_through == set()
    read = {name: after[name][1] - before[name][1] for name in CROWDED}
    assert {name: rows for name, rows in read.items() if rows > MOST} == {}


@pytest.fixture
def crowded(database_url: str, app_role: str, runner: asyncio.Runner) -> Iterator[World]:
    stack = AsyncExitStack()
    yield runner.run(stack.enter_async_context(_crowded(database_url, app_role)))
    runner.run(stack.aclose())


@asynccontextmanager
async def _crowded(database_url: str, app_role: str) -> AsyncGenerator[World]:
    """A Graft with one session, beside a workspace that has much of everything."""
    async with running(database_url, app_role, pool_size=1) as world:
        crowd = await world.workspace("crowd")
        await world.owner.execute(CROWD.format(many=MANY, w=_uuid(crowd.workspace_id)))
        yield world


def _uuid(wire_id: str) -> str:
    return ids.decode(wire_id.split("_")[1]).hex()


async def _done(caller: As, *asked: tuple[str, str]) -> None:
    for method, path in asked:
        reply = await caller(method, path)
        assert reply.status == 200, (path, reply.json)


async def test_no_ending_reads_rows_of_others(crowded: World):
    world = crowded
    alpha = await world.workspace("alpha")
    scene = await scene_of(world, alpha)
    clone = await _kept_clone(world, alpha)
    install, draft = (
        f"/api/integration-installs/{scene['integration-installs']}",
        f"/api/integrations/{scene['integrations']}",
    )
    own, state = f"/api/entities/{scene['entities']}", f"/api/auth-states/{scene['auth-states']}"
    async with reading_little(world, world.app.state.database):
        await _done(
            alpha,
            ("DELETE", f"/api/permissions/{scene['permissions']}"),
            *[("DELETE", path) for path in (own, own + "/purge", state, state + "/purge", clone, clone + "/purge")],
            ("DELETE", install),
            ("POST", install + "/restore"),
            *[("DELETE", path) for path in (install, install + "/purge", draft, draft + "/purge")],
        )


async def _kept_clone(world: World, alpha: As) -> str:
    """The path of a clone that was edited and outlived its install."""
    author = await world.workspace("author")
    draft = await offered(author, "kept", [manifest_member(await entity(author, "function", "kept"), **CLONED)])
    install = await installed(alpha, draft["id"])
    clone = f"/api/entities/{(await members_of(alpha, install))['kept']['entityId']}"
    assert (await alpha.patch(clone, {"definition": {"text": "mine"}})).status == 200
    path = f"/api/integration-installs/{install['id']}"
    await _done(alpha, ("DELETE", path), ("DELETE", path + "/purge"))
    return clone


async def test_the_daily_purge_goes_through_what_is_deleted_alone(crowded: World):
    world = crowded
    alpha = await world.workspace("alpha")
    scene = await scene_of(world, alpha)
    clone = await _kept_clone(world, alpha)
    ended = [
        f"/api/{name}/{scene[name]}" for name in ("entities", "auth-states", "integration-installs", "integrations")
    ]
    await _done(alpha, *[("DELETE", path) for path in (*ended, clone, f"/api/api-keys/{scene['api-keys']}")])
    await world.owner.execute("analyze")

    later = clock.now().replace(year=clock.now().year + 1)
    database: Database = world.app.state.database
    sweep = Sweep(database)
    purges: list[Callable[[], Awaitable[Any]]] = [
        lambda: purge_installs(sweep, later),
        lambda: purge_integrations(sweep, later),
        lambda: purge_entities(sweep, load_kinds(), later),
        lambda: purge_rows(sweep, later),
    ]
    for purge in purges:
        async with reading_little(world, database):
            assert await purge()
    assert sweep.left == []
