"""The one deleter of versions: it looks up what names them, and never reads the rows of everybody."""

from typing import Any

import asyncpg

from tests.support.client import As
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed, members_of
from tests.support.factories.integrations import integration, manifest_member, offered, published
from tests.support.world import World

CLONED = {"required": True, "forkOnInstall": True}
MANY = 20_000
TENANT = ["entities", "entity_versions", "install_members", "operations"]


async def crowd(owner: asyncpg.Connection, install_id: str) -> None:
    """Many clones, edits and operations of an install that is nobody's business."""
    await owner.execute(
        f"""
        insert into install_members (id, install_id, workspace_id, added_at, slug)
          select gen_random_uuid(), i.id, i.workspace_id, now(), 'm-' || n
          from installs i, generate_series(1, {MANY}) n where i.id = $1""",
        install_id,
    )
    await owner.execute(
        f"""
        insert into entities (id, workspace_id, origin_install_id, base_id, version_id, created_at, updated_at, kind, slug,
            name)
          select gen_random_uuid(), i.workspace_id, i.id, m.id, gen_random_uuid(), now(), now(), 'function', 'e-' || n, 'e'
          from installs i, version_members m, generate_series(1, {MANY}) n
          where i.id = $1 and m.version_id = i.version_id""",
        install_id,
    )
    await owner.execute(
        """
        insert into entity_versions (id, workspace_id, entity_id, definition, refs, created_at)
          select gen_random_uuid(), e.workspace_id, e.id, '{}', '{}', now() from entities e where e.origin_install_id = $1""",
        install_id,
    )
    await owner.execute(
        f"""
        insert into operations (id, workspace_id, install_id, kind, from_version_id, to_version_id, before, created_at)
          select gen_random_uuid(), i.workspace_id, i.id, 'upgrade', i.version_id, i.version_id, '{{}}', now()
          from installs i, generate_series(1, {MANY}) n where i.id = $1""",
        install_id,
    )
    await owner.execute("analyze")


async def demo(author: As, slug: str) -> dict[str, Any]:
    function = await entity(author, "function", f"greet-{slug}", {"text": slug})
    return await offered(author, slug, [manifest_member(function, **CLONED)])


async def test_a_purge_reads_nothing_of_others(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    unused, crowded = await demo(author, "unused"), await demo(author, "crowded")
    install = await installed(user, crowded["id"])
    await crowd(world.owner, install["id"].split("_")[1])
    # what a session did before counts until it is told, which is done once a second at most
    await world.owner.execute("select pg_stat_force_next_flush()")
    async with world.owner.transaction():
        await world.owner.execute(
            "update integrations set deleted_at = now(), retention_tier = 'short', purged_at = now() where id = $1",
            unused["id"][4:],
        )
        assert await world.owner.fetchval("select purge_versions($1)", unused["id"][4:]) == 1
        read = await world.owner.fetch(
            """select relname, seq_scan, seq_tup_read, idx_tup_fetch from pg_stat_xact_user_tables
               where relname = any($1)""",
            TENANT,
        )
    assert {row["relname"]: row["seq_scan"] for row in read} == dict.fromkeys(TENANT, 0)
    assert sum(row["idx_tup_fetch"] for row in read) < 100


async def versions_left(world: World) -> set[str]:
    rows = await world.owner.fetch("select version from integration_versions")
    return {row["version"] for row in rows}


async def purge(author: As, draft: dict[str, Any]) -> None:
    for path in (draft["id"], f"{draft['id']}/purge"):
        assert (await author.delete(f"/api/integrations/{path}")).status == 200


async def test_each_version_that_something_names_stays_and_no_other(world: World):
    author, user = await world.workspace("author"), await world.workspace("user")
    function = await entity(author, "function", "greet", {"text": "1.0.0"})
    other = await entity(author, "function", "other", {"text": "1.0.0"})
    manifest = {"members": [manifest_member(function, **CLONED), manifest_member(other, **CLONED)]}
    draft = await integration(author, manifest=manifest)
    install: dict[str, Any] = {}
    clones: dict[str, dict[str, Any]] = {}
    for version in ("1.0.0", "2.0.0", "3.0.0", "4.0.0"):
        for made in (function, other):
            await author.patch(f"/api/entities/{made['id']}", {"definition": {"text": version}})
        await published(author, draft["id"], version)
        if version == "1.0.0":
            await author.post(f"/api/integrations/{draft['id']}/visibility", {"visibility": "unlisted"})
            install = await installed(user, draft["id"])
            clones = await members_of(user, install)
            # stays behind at 1.0.0
            await user.patch(f"/api/entities/{clones['greet']['entityId']}", {"definition": {"text": "mine"}})
        if version == "3.0.0":
            assert (await user.post(f"/api/integration-installs/{install['id']}/upgrade")).status == 200
    path = f"/api/integration-installs/{install['id']}"
    assert (await user.delete(path)).status == 200
    await purge(author, draft)
    # of the deleted install's operations and clones, which may yet come back
    assert await versions_left(world) == {"1.0.0", "3.0.0"}
    assert (await user.delete(path + "/purge")).status == 200
    # of the clone that stays with the workspace
    assert await versions_left(world) == {"1.0.0"}
    kept = f"/api/entities/{clones['greet']['entityId']}"
    assert (await user.get(kept)).json["definition"] == {"text": "mine"}
    for end in (kept, kept + "/purge"):
        assert (await user.delete(end)).status == 200
    assert await versions_left(world) == set()
    assert await world.owner.fetchval("select count(*) from integrations") == 0
