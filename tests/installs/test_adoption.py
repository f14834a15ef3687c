"""Editors of an integration read how many installs it has, by version and by day, and not whose."""

from datetime import UTC, datetime, timedelta

from tests.support.factories.installs import installed
from tests.support.factories.integrations import offered, published
from tests.support.world import World


async def test_active_installs_are_counted_by_version_and_by_day(world: World):
    author = await world.workspace("author")
    draft = await offered(author, "demo", [])
    tenants = [await world.workspace(f"tenant-{at}") for at in range(4)]
    made = [await installed(tenant, draft["id"]) for tenant in tenants[:3]]
    later = await published(author, draft["id"], "2.0.0")
    made.append(await installed(tenants[3], draft["id"]))
    await tenants[0].delete(f"/api/integration-installs/{made[0]['id']}")
    await world.owner.execute(
        "update installs set installed_at = installed_at - interval '3 days' where id = $1", made[1]["id"].split("_")[1]
    )

    reply = await author.get(f"/api/integrations/{draft['id']}/adoption")
    today = datetime.now(UTC).date()
    assert reply.status == 200
    assert (reply.json["installs"], reply.json["versionsLeftOut"]) == (3, 0)
    assert [(one["version"], one["installs"]) for one in reply.json["versions"]] == [("1.0.0", 2), ("2.0.0", 1)]
    assert reply.json["versions"][1]["integrationVersionId"] == later["id"]
    assert reply.json["days"] == [
        {"day": today.isoformat(), "installs": 2},
        {"day": (today - timedelta(days=3)).isoformat(), "installs": 1},
    ]
    assert not any(one.workspace_id.encode() in reply.content for one in tenants)
    assert not any(one["id"].encode() in reply.content for one in made)

    two_days = await author.get(f"/api/integrations/{draft['id']}/adoption", days=2)
    assert [one["installs"] for one in two_days.json["days"]] == [2]
    for wrong in ("0", "367", "x"):
        assert (await author.get(f"/api/integrations/{draft['id']}/adoption", days=wrong)).status == 400


async def test_an_upgrade_moves_an_install_from_one_version_to_the_other(world: World):
    author, tenant = await world.workspace("author"), await world.workspace("tenant")
    draft = await offered(author, "demo", [])
    made = await installed(tenant, draft["id"])
    await published(author, draft["id"], "2.0.0")
    assert (await tenant.post(f"/api/integration-installs/{made['id']}/upgrade")).status == 200
    found = (await author.get(f"/api/integrations/{draft['id']}/adoption")).json
    assert [(one["version"], one["installs"]) for one in found["versions"]] == [("2.0.0", 1)]


async def test_who_only_sees_or_installs_it_does_not_read_them(world: World):
    author, tenant = await world.workspace("author"), await world.workspace("tenant")
    draft = await offered(author, "demo", [])
    await installed(tenant, draft["id"])
    path = f"/api/integrations/{draft['id']}/adoption"
    assert (await tenant.get(path)).status == 403
    assert (await (await world.key(author.workspace_id, "viewer")).get(path)).status == 403
    await author.post(f"/api/integrations/{draft['id']}/visibility", {"visibility": "private"})
    assert (await (await world.workspace("other")).get(path)).status == 404


async def test_they_are_counted_by_an_index_alone(world: World):
    author = await world.workspace("author")
    draft = await offered(author, "demo", [])
    await installed(author, draft["id"])
    await author.get(f"/api/integrations/{draft['id']}/adoption")
    await world.owner.execute("vacuum analyze installs")
    await world.owner.execute("set enable_seqscan = off")
    await world.owner.execute("set enable_bitmapscan = off")
    asked = {
        statement: values
        for statement, values in zip(world.statements, world.values_of, strict=True)
        if "count(*) as installs" in statement
    }
    assert len(asked) == 2
    for statement, values in asked.items():
        plan = "\n".join(row[0] for row in await world.owner.fetch("explain " + statement, *values))
        assert "Index Only Scan using installs_adoption" in plan, plan
