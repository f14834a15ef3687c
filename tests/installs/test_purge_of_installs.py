"""What the daily purge removes of integrations, installs and entities, and what it leaves."""

from datetime import timedelta

from graft import clock
from graft.db.sweep import Sweep
from graft.entities.purge_expired import purge_expired as purge_entities
from graft.installs.purge_expired import purge_expired as purge_installs
from graft.integrations.purge_expired import purge_expired as purge_integrations
from graft.kinds.registry import load_kinds
from tests.support.database import opened
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed
from tests.support.factories.integrations import integration, manifest_member, published, unlisted
from tests.support.world import World, running

LATER = timedelta(days=31)


async def test_installs_go_and_what_the_workspace_edited_stays(database_url: str, app_role: str):
    async with running(database_url, app_role) as world, opened(database_url, role=app_role) as database:
        alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
        function = await entity(alpha, "function", "greet", {"text": "hello"})
        made = await integration(
            alpha, manifest={"members": [manifest_member(function, required=True, forkOnInstall=True)]}
        )
        await published(alpha, made["id"])
        await unlisted(alpha, made["id"])
        install = await installed(beta, made["id"])
        path = f"/api/integration-installs/{install['id']}"
        clone = (await beta.get(path + "/members")).json["members"][0]["entityId"]
        await beta.patch(f"/api/entities/{clone}", {"definition": {"text": "mine"}})
        await beta.delete(path)
        await alpha.delete(f"/api/integrations/{made['id']}")
        assert await purge_installs(Sweep(database), clock.now()) == 0
        assert await purge_installs(Sweep(database), clock.now() + LATER) == 1
        assert await purge_integrations(Sweep(database), clock.now() + LATER) == 1
        assert (await beta.get(path)).status == 404
        kept = (await beta.get(f"/api/entities/{clone}")).json
        assert (kept["definition"], kept["integrationInstallId"]) == ({"text": "mine"}, None)


async def test_an_integration_in_use_stays(database_url: str, app_role: str):
    async with running(database_url, app_role) as world, opened(database_url, role=app_role) as database:
        alpha = await world.workspace("alpha")
        function = await entity(alpha, "function", "greet")
        made = await integration(alpha, manifest={"members": [manifest_member(function, required=True)]})
        await published(alpha, made["id"])
        await installed(alpha, made["id"])
        await alpha.delete(f"/api/integrations/{made['id']}")
        assert await purge_integrations(Sweep(database), clock.now() + LATER) == 0
        assert (await alpha.get(f"/api/integrations/{made['id']}")).status == 200


async def test_an_entity_that_a_living_one_names_stays(database_url: str, app_role: str):
    async with running(database_url, app_role) as world, opened(database_url, role=app_role) as database:
        alpha = await world.workspace("alpha")
        named, free = await entity(alpha, "schema", "named"), await entity(alpha, "schema", "free")
        await entity(alpha, "function", "user", {"input": named["id"]})
        for deleted in (named, free):
            await alpha.delete(f"/api/entities/{deleted['id']}")
        assert await purge_entities(Sweep(database), load_kinds(), clock.now() + LATER) == 1
        assert (await alpha.get(f"/api/entities/{named['id']}")).status == 200
        assert (await alpha.get(f"/api/entities/{free['id']}")).status == 404


async def test_grants_go_with_the_clones_that_go(world: World):
    alpha, beta = await world.workspace("alpha"), await world.workspace("beta")
    function = await entity(alpha, "function", "greet", {"text": "hello"})
    made = await integration(
        alpha, manifest={"members": [manifest_member(function, required=True, forkOnInstall=True)]}
    )
    await published(alpha, made["id"])
    await unlisted(alpha, made["id"])
    install = await installed(beta, made["id"])
    path = f"/api/integration-installs/{install['id']}"
    clone = (await beta.get(path + "/members")).json["members"][0]["entityId"]
    await world.grant(clone, alpha.workspace_id, "viewer", beta.workspace_id)
    await beta.delete(path)
    assert (await beta.delete(path + "/purge")).status == 200
    assert await world.owner.fetchval("select count(*) from permissions") == 0
