"""Plans go: the oldest where there are many, all after a time, and those of an install with it."""

from datetime import timedelta

from graft import clock
from graft.db.sweep import Sweep
from graft.plans.purge_expired import purge_expired
from graft.plans.queries import MOST_KEPT
from tests.plans.plan_life import planned
from tests.support.database import opened
from tests.support.world import World
from tests.upgrades.upgrade_life import life


async def test_a_plan_goes_after_a_month(world: World, database_url: str, app_role: str):
    it = await life(world)
    plan = await planned(it)
    async with opened(database_url, role=app_role) as database:
        assert await purge_expired(Sweep(database), clock.now() + timedelta(days=30, seconds=-5)) == 0
        assert await purge_expired(Sweep(database), clock.now() + timedelta(days=30, seconds=5)) == 1
    assert (await it.user.get(f"/api/upgrade-plans/{plan['id']}")).status == 404


async def test_a_workspace_keeps_so_many_plans_and_no_more(world: World):
    it = await life(world)
    first = await planned(it)
    await world.owner.execute(
        """insert into upgrade_plans (id, workspace_id, kind, state, install_ids, request, outcomes, row_ids,
             fingerprint, created_at)
           select ('ffffffff-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, workspace_id, kind, state, install_ids, request, outcomes, row_ids, fingerprint,
             created_at from upgrade_plans, generate_series(1, $1) n""",
        MOST_KEPT - 1,
    )
    assert await world.owner.fetchval("select count(*) from upgrade_plans") == MOST_KEPT
    newest = await planned(it)
    assert await world.owner.fetchval("select count(*) from upgrade_plans") == MOST_KEPT
    assert (await it.user.get(f"/api/upgrade-plans/{newest['id']}")).status == 200
    assert (await it.user.get(f"/api/upgrade-plans/{first['id']}")).status == 404


async def test_the_plans_of_an_install_go_with_it(world: World):
    it = await life(world)
    plan = await planned(it)
    await it.user.delete(it.path)
    refused = await it.user.post(f"/api/upgrade-plans/{plan['id']}/apply")
    assert (refused.status, refused.code) == (409, "deleted")
    assert (await it.user.delete(it.path + "/purge")).status == 200
    assert (await it.user.get(f"/api/upgrade-plans/{plan['id']}")).status == 404
