"""A table is written by its owner and read by whom it declares; what else is asked fails the test that asks it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

import graft
from graft import ids
from graft.db.tables import TABLES, Table
from tests.statements.owners import KNOWN, WRITERS, objections, touched
from tests.statements.senders import LISTS
from tests.support.factories.entities import entity
from tests.support.factories.installs import installed
from tests.support.factories.integrations import integration, manifest_member, offered, published
from tests.support.world import World, running

PASS = [
    ("workspaces", "update users set name = $1 where id = $2"),
    ("auth", "select 1 from api_keys k join users u on u.id = k.user_id"),
    ("auth", "update api_keys set last_used_at = $1 where id = $2"),
    ("installs", "with i as (insert into installs values ($1) returning id) insert into events values ($2)"),
    (LISTS, "select 1 from integrations t where t.id in (select n.integration_id from installs n)"),
    # the server's own tables, and what a test asks itself
    ("db", "select 1 from pg_trigger"),
    (None, "delete from templates"),
]
OBJECT = [
    ("not-owner", "installs", "update users set name = $1 where id = $2"),
    ("not-owner", "auth", "delete from api_keys where id = $1"),
    ("not-owner", "versions", "insert into events (id) values ($1)"),
    ("not-owner", "installs", "delete from events where workspace_id = $1"),
    ("not-owner", "entities", "with e as (update installs set updated_at = $1 returning id) select id from e"),
    ("not-owner", "auth", "with k as (select 1), d as (delete from users returning id) select * from k"),
    ("not-owner", "auth", "insert into secret_check values ($1); delete from kinds"),
    ("not-owner", "operations", "insert into installs values ($1)"),
    ("not-owner", LISTS, "update integrations set name = $1 where id = $2"),
    ("undeclared-read", "events", "select 1 from templates"),
    ("undeclared-read", "permissions", "select 1 from users u where u.id in (select e.created_by from entities e)"),
    ("undeclared-read", "auth", "select (select count(*) from integrations) from users"),
    ("undeclared-read", "auth", "update api_keys k set tier = i.slug from integrations i where i.id = k.id"),
    ("undeclared-read", "events", "insert into events (id) select id from installs where id = $1"),
    ("undeclared-read", "events", "with t as (select id from templates) select 1 from t"),
    # who may delete rows may not read them
    ("undeclared-read", "auth", "delete from permissions p using permissions q where q.id = p.id"),
]


@pytest.mark.parametrize(("package", "statement"), PASS)
def test_owners_write_and_readers_read(package: str | None, statement: str):
    assert objections(package, statement) == ()


@pytest.mark.parametrize(("rule", "package", "statement"), OBJECT)
def test_what_others_write_or_read_is_told(rule: str, package: str, statement: str):
    assert [found for found, _ in objections(package, statement)] == [rule]


def test_an_insert_that_updates_on_a_conflict_does_both():
    statement = "insert into events (id) values ($1) on conflict (id) do update set id = excluded.id"
    assert touched(statement).written == {("insert", "events"), ("update", "events")}
    assert [rule for rule, _ in objections("installs", statement)] == ["not-owner"]


def test_owners_readers_and_other_writers_are_packages_and_give_reasons():
    packages = {path.name for path in Path(graft.__file__).parent.iterdir() if path.is_dir()}
    for table in TABLES:
        assert {table.owner, *table.readers} <= packages, table
        assert table.owner not in table.readers, table
    for writer in WRITERS:
        assert writer.package in packages
        assert writer.reason.endswith(".")
        assert writer.tables <= set(KNOWN)
        assert all(KNOWN[name].owner != writer.package for name in writer.tables), writer


async def _life(world: World) -> None:
    """The life of an integration, its install and a clone."""
    author, user = await world.workspace("author"), await world.workspace("user")
    function = await entity(author, "function", "greet", {"text": "one"})
    made = await offered(author, "demo", [manifest_member(function, required=True, forkOnInstall=True)])
    install = await installed(user, made["id"])
    [clone] = (await user.get("/api/entities", source="workspace")).json["data"]
    assert (await user.patch(f"/api/entities/{clone['id']}", {"definition": {"text": "mine"}})).status == 200
    await published(author, made["id"], "2.0.0")
    for method, path in (("POST", "/upgrade"), ("GET", "/members"), ("DELETE", ""), ("DELETE", "/purge")):
        reply = await user(method, f"/api/integration-installs/{install['id']}{path}")
        assert reply.status == 200, reply.json


async def test_no_statement_passes_once_what_it_touches_is_anothers(database_url: str, app_role: str):
    async with running(database_url, app_role) as world:
        await _life(world)
        sent = {pair for pair in world.hearing.sent if pair[0] not in {None, LISTS}}
    assert {package for package, _ in sent} >= {"auth", "entities", "events", "installs", "integrations", "versions"}
    for package, statement in sent:
        assert objections(package, statement) == ()
        found = touched(statement)
        for name in ({name for _, name in found.written} | found.read) & set(KNOWN):
            assert objections(package, statement, _taken(name), ()) != (), (package, name, statement)


def _taken(name: str) -> Mapping[str, Table]:
    """The declarations with one table that belongs to nobody."""
    return {**KNOWN, name: replace(KNOWN[name], owner="nobody", readers=frozenset())}


async def test_one_row_of_a_list_is_its_slices_to_read_and_a_page_is_the_lists(world: World):
    alpha = await world.workspace("alpha")
    made = await integration(alpha)
    grant = {"entityId": made["id"], "subjectId": None, "tier": "viewer"}
    granted = await alpha.post("/api/permissions", grant)
    world.hearing.sent.clear()
    await alpha.get(f"/api/permissions/{granted.json['id']}")
    await alpha.get("/api/permissions")
    assert {package for package, text in world.hearing.sent if "permissions t" in text} == {"permissions", LISTS}


async def test_a_request_that_writes_what_is_anothers_fails_its_test(
    database_url: str, app_role: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(KNOWN, "entities", replace(KNOWN["entities"], owner="imports"))
    with pytest.raises(AssertionError, match="not-owner: entities: insert of entities, which is of imports"):
        await _make_an_entity(database_url, app_role)
    monkeypatch.undo()
    await _make_an_entity(database_url, app_role)


async def _make_an_entity(database_url: str, app_role: str) -> None:
    async with running(database_url, app_role) as world:
        await entity(await world.workspace(f"alpha-{ids.new_id()}"), "function", "greet")
