"""An undo happens as a whole or not at all, whatever fails in it."""

from tests.history.test_later_edits import edit, main_of, operation, scene, upgraded
from tests.history.test_undo import readable, stored, undo
from tests.support.factories.entities import entity
from tests.support.factories.installs import history_of
from tests.support.world import World
from tests.upgrades.upgrade_life import cloned, free

TABLES = ("entities", "entity_versions", "install_members", "installs", "operations", "events", "solutions")
# The database is full at the n-th statement that writes.
FAULTS = """
create sequence faults; grant usage on sequence faults to public;
create table fault_at (n integer); grant select on fault_at to public;
create function fail_at_times() returns trigger language plpgsql as $$
begin
  if nextval('faults') = (select n from fault_at) then
    raise exception 'full' using errcode = 'disk_full';
  end if;
  return null;
end $$;
"""


async def fail_at(world: World, number: int) -> None:
    await world.owner.execute("delete from fault_at")
    await world.owner.execute("insert into fault_at values ($1)", number)
    await world.owner.execute("select setval('faults', 1, false)")


async def test_a_fault_before_any_statement_leaves_everything_as_it_was(world: World):
    author, user, install = await scene(world)
    await upgraded(author, user, install, "2.0.0", summary="two", variables={"host": "b.example"})
    await edit(user, install, deep={"x": 1, "y": "mine"})
    wanted = await operation(user, install, "upgrade")
    before = await readable(user, install), await stored(world, user), await history_of(user, install)
    await world.owner.execute(FAULTS)
    for table in TABLES:
        await world.owner.execute(
            f"create trigger fault before insert or update on {table} for each statement execute function fail_at_times()"
        )

    failed, reply = 0, None
    while failed < 50:
        await fail_at(world, failed + 1)
        reply = await undo(user, install, operationId=wanted)
        if reply.status == 200:
            break
        assert reply.status == 503, reply.json
        assert (await readable(user, install), await stored(world, user), await history_of(user, install)) == before
        failed += 1
    assert 6 < failed < 50
    assert reply is not None
    assert reply.json["updated"] == ["main"]
    assert (await main_of(user, install))[1]["deep"] == {"x": 1, "y": "mine"}


async def test_what_comes_back_has_its_slug_though_another_member_had_it_meanwhile(world: World):
    it = await free(world)
    one, other = [await entity(it.author, kind, kind, {"v": 1}) for kind in ("function", "agent")]
    await it.begin(cloned(one, "s"))
    await it.publish(cloned(one, "t"), cloned(other, "s"))
    await it.upgrade()
    after = await it.members()
    for expected in ({"s": after["t"]["id"]}, {"t": after["t"]["id"], "s": after["s"]["id"]}):
        assert (await undo(it.user, it.install)).status == 200
        assert {slug: member["id"] for slug, member in (await it.members()).items()} == expected
