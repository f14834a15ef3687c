"""What the daily purge does with a row that cannot go: it tries again, tells it at the end, and lets the others go."""

import asyncio
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from graft import clock, ids
from graft.db.sweep import Sweep
from graft.entities.purge_expired import purge_expired as purge_entities
from graft.installs.purge_expired import purge_expired as purge_installs
from graft.kinds.registry import load_kinds
from graft.workspaces.purge_expired import Purged
from graft.workspaces.purge_expired import purge_expired as purge_rows
from tests.support.client import As
from tests.support.database import opened
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed, members_of
from tests.support.factories.integrations import manifest_member, offered
from tests.support.processes import environment, external, graft
from tests.support.world import World, running

pytestmark = pytest.mark.slow

LATER = timedelta(days=1000)


async def refuse(world: World, table: str, row_id: str, *, times: int = 1_000_000, code: str = "55000") -> None:
    """Let the database refuse to delete this row so many times."""
    await world.owner.execute(f"""
      create sequence refused_{table};
      create function refuse_{table}() returns trigger language plpgsql security definer as $$
        begin
          if old.id = '{_uuid(row_id)}' and nextval('refused_{table}') <= {times} then
            raise 'this one stays' using errcode = '{code}';
          end if;
          return old;
        end $$;
      create trigger refuse before delete on {table} for each row execute function refuse_{table}()""")


def _uuid(wire_id: str) -> str:
    return ids.decode(wire_id.split("_")[1]).hex()


async def deleted_entities(caller: As, count: int) -> list[str]:
    made = [(await entity(caller, "schema", f"s-{number}"))["id"] for number in range(count)]
    for entity_id in made:
        await caller.delete(f"/api/entities/{entity_id}")
    return made


async def test_the_others_of_its_workspace_go_and_it_is_told(database_url: str, app_role: str):
    async with running(database_url, app_role) as world, opened(database_url, role=app_role) as database:
        alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
        found = await deleted_entities(alpha, 5)
        await deleted_entities(beta, 2)
        await refuse(world, "entities", found[2])
        sweep = Sweep(database)
        assert await purge_entities(sweep, load_kinds(), clock.now() + LATER) == 6
        assert sweep.left == [f"entity {found[2].split('_')[1]}: this one stays"]
        assert [(await alpha.get(f"/api/entities/{row_id}")).status for row_id in found] == [404, 404, 200, 404, 404]


async def test_one_that_lost_against_another_transaction_is_tried_again(database_url: str, app_role: str):
    async with running(database_url, app_role) as world, opened(database_url, role=app_role) as database:
        alpha = await world.workspace("alpha")
        draft = await offered(alpha, "demo", [])
        install = await installed(alpha, draft["id"])
        await alpha.delete(f"/api/integration-installs/{install['id']}")
        await refuse(world, "installs", install["id"], times=2, code="40P01")
        sweep = Sweep(database)
        assert await purge_installs(sweep, clock.now() + LATER) == 1
        assert sweep.left == []


async def test_rows_are_taken_a_page_at_a_time_and_all_of_them(database_url: str, app_role: str):
    async with running(database_url, app_role) as world, opened(database_url, role=app_role) as database:
        alpha = await world.workspace("alpha")
        await world.owner.execute("""
            insert into api_keys (id, kind, workspace_id, user_id, tier, name, hash, hint, created_at, updated_at, deleted_at)
            select gen_random_uuid(), 'secret', k.workspace_id, k.user_id, 'viewer', 'k', n::text::bytea, '', now(), now(), now()
            from api_keys k, generate_series(1, 1201) n""")
        assert await purge_rows(Sweep(database), clock.now() + LATER) == Purged(api_keys=1201)
        assert (await alpha.get("/api/integrations")).status == 200


async def test_a_page_whose_reading_was_stopped_is_read_again(database_url: str, app_role: str):
    async with running(database_url, app_role) as world, opened(database_url, role=app_role) as database:
        await deleted_entities(await world.workspace("alpha"), 3)
        sweep = Sweep(database)
        async with world.owner.transaction():
            await world.owner.execute("lock table entities")
            purging = asyncio.ensure_future(purge_entities(sweep, load_kinds(), clock.now() + LATER))
            await waits(world)
            await world.owner.execute(
                "select pg_cancel_backend(pid) from pg_stat_activity"
                " where datname = current_database() and wait_event_type = 'Lock'"
            )
        assert await purging == 3
        assert sweep.left == []


async def test_the_command_ends_with_what_could_not_go(data_dir: Path, world: World, database_url: str, app_role: str):
    alpha = await world.workspace("alpha")
    found = await deleted_entities(alpha, 3)
    await world.owner.execute("update entities set deleted_at = deleted_at - interval '1000 days'")
    await refuse(world, "entities", found[0])
    env = environment(data_dir, **external(database_url, app_role))
    done = await asyncio.to_thread(graft, "purge-expired", env=env)
    assert done.returncode == 1
    assert "     2 entities" in done.stdout
    assert f"entity {found[0].split('_')[1]}: this one stays" in done.stderr


async def kept_clone_of_a_purged_integration(world: World) -> tuple[As, str, str]:
    """The workspace, its deleted clone that names the last version of an integration which was purged, and that."""
    author, user = await world.workspace("author"), await world.workspace("user")
    function = await entity(author, "function", "greet", {"text": "hello"})
    draft = await offered(author, "demo", [manifest_member(function, required=True, forkOnInstall=True)])
    install = await installed(user, draft["id"])
    clone = (await members_of(user, install))["greet"]["entityId"]
    await user.patch(f"/api/entities/{clone}", {"definition": {"text": "mine"}})
    for path in (install["id"], f"{install['id']}/purge"):
        assert (await user.delete(f"/api/integration-installs/{path}")).status == 200
    for path in (draft["id"], f"{draft['id']}/purge"):
        assert (await author.delete(f"/api/integrations/{path}")).status == 200
    assert (await user.delete(f"/api/entities/{clone}")).status == 200
    return user, clone, draft["id"]


async def waits(world: World) -> None:
    async with asyncio.timeout(30):
        # nobody tells when
        while not await world.owner.fetchval(  # noqa: ASYNC110
            "select true from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        ):
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("by_hand", [True, False])
async def test_a_purge_holds_the_purged_integration_last(by_hand: bool, database_url: str, app_role: str):
    async with running(database_url, app_role) as world, opened(database_url, role=app_role) as database:
        user, clone, integration_id = await kept_clone_of_a_purged_integration(world)
        held = "select 1 from {} where id = $1 for update nowait"
        async with world.owner.transaction():
            await world.owner.execute(held.format("integrations"), integration_id[4:])
            purging = asyncio.ensure_future(
                user.delete(f"/api/entities/{clone}/purge")
                if by_hand
                else purge_entities(Sweep(database), load_kinds(), clock.now() + LATER)
            )
            await waits(world)
            # nobody who waits for what it holds can hold what it waits for
            with pytest.raises(asyncpg.LockNotAvailableError):
                async with world.owner.transaction():
                    await world.owner.execute(held.format("entities"), clone.split("_")[1])
        await purging
        assert await world.owner.fetchval("select count(*) from integration_versions") == 0
