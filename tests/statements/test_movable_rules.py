"""What the checker of statements lets pass and what it objects to: the verdicts of a real cluster, one by one."""

import pytest

from graft.db.tables import LOCAL, REFERENCE, TENANT
from tests.statements.heard import Hearing
from tests.statements.levels import KINDS
from tests.statements.rules import STEADY, violations, workspace_lists, workspaces_written
from tests.support.database import connected

PASS = [
    # one workspace, or a list of them that is a parameter
    "select id from entities where id = $1 and workspace_id = $2",
    "select id from entities e where e.id = $1 and e.workspace_id = any($2::uuid[])",
    "select id from entities where (workspace_id, id) = ($1, $2)",
    "select id from entities where workspace_id in ($1, $2)",
    "select id from entities e where (e.workspace_id = $1 or e.workspace_id = $2 and e.kind = 'app')",
    # one workspace is handed on by equality, in a join and in EXISTS
    (
        "select 1 from installs i join install_members m on m.install_id = i.id and m.workspace_id = i.workspace_id"
        " where i.workspace_id = $1"
    ),
    (
        "select 1 from installs i where i.workspace_id = $1 and exists (select from install_members m"
        " where m.install_id = i.id and m.workspace_id = i.workspace_id)"
    ),
    "select 1 from auth_states a, workspaces w where w.id = a.workspace_id and w.id = $1",
    (
        "select 1 from (select e.workspace_id as w, e.id from entities e where e.workspace_id = $1) e"
        " join installs n on n.workspace_id = e.w"
    ),
    # several workspaces: each table says so itself, and they are joined within each
    (
        "select 1 from installs i join install_members m on m.install_id = i.id and m.workspace_id = i.workspace_id"
        " where i.workspace_id = any($1) and m.workspace_id = any($1)"
    ),
    (
        "select 1 from installs i where i.workspace_id = any($1) and exists (select from install_members m"
        " where m.install_id = i.id and m.workspace_id = i.workspace_id and m.workspace_id = any($1))"
    ),
    # from the catalogue into tenant rows: IN, or one workspace
    "select 1 from integrations i where i.id in (select integration_id from installs where workspace_id = any($1))",
    (
        "select 1 from integrations i where exists (select from installs s where s.integration_id = i.id"
        " and s.workspace_id = $1)"
    ),
    (
        "select 1 from integrations i left join (select integration_id, count(*) from installs"
        " where workspace_id = any($1) group by integration_id) n on n.integration_id = i.id"
    ),
    (
        "select i.id, (select count(*) from installs s where s.integration_id = i.id and s.workspace_id = $1)"
        " from integrations i"
    ),
    (
        "select 1 from templates t left join lateral (select array_agg(m.id) from install_members m"
        " where m.slug = any(t.refs) and m.workspace_id = any($1) group by m.workspace_id) r on true"
    ),
    # a left join restricts the side that may be null
    "select 1 from integrations i left join installs n on n.integration_id = i.id and n.workspace_id = $1",
    # locks
    "select 1 from entities where id = $1 and workspace_id = $2 for no key update",
    "select 1 from integrations where id = $1 for share",
    "select 1 from installs i join integrations g on g.id = i.integration_id where i.workspace_id = any($1) for share of g",
    # writes
    "insert into entities (id, workspace_id) values ($1, $2), ($3, $2)",
    (
        "insert into entities (id, workspace_id, base_id) select n.id, $1, v.id from unnest($2::uuid[], $3::bigint[]) n(id, b)"
        " join version_members v on v.id = n.b returning id"
    ),
    "insert into entities (id, workspace_id) select n.id, $1 from unnest($2::uuid[]) n(id) on conflict do nothing",
    (
        "insert into auth_states (id, workspace_id, name) values ($1, $2, $3)"
        " on conflict (id, workspace_id) do update set name = excluded.name"
    ),
    (
        "update entities e set name = n.name from unnest($2::uuid[], $3::text[]) n(id, name)"
        " where e.id = n.id and e.workspace_id = $1"
    ),
    "update entities set deleted_at = now() where workspace_id = $1",
    "delete from entities e using workspaces w where w.id = e.workspace_id and e.workspace_id = $1",
    (
        "with gone as (update installs set deleted_at = $3 where id = $1 and workspace_id = $2 returning id)"
        " insert into events (id, workspace_id) values ($1, $2)"
    ),
    "insert into integrations (id, workspace_id) select integration_id, $1 from installs where workspace_id = $1",
    (
        "with recursive r(id) as (select $1::uuid union select unnest(e.refs) from r join entities e on e.id = r.id"
        " and e.workspace_id = $2) select id from r"
    ),
    "merge into changes_horizon h using (select 1) s on true when matched then delete",
    # the catalogue needs no workspace
    "select * from integrations where publisher = $1 union all select * from integrations where visibility = 'public'",
]

OBJECT = {
    "unbound": [
        "select id from entities where id = $1",
        "select id from entities where workspace_id in (select workspace_id from workspace_members where user_id = $1)",
        "select id from entities where workspace_id = (select id from workspaces where slug = $1)",
        "select id from entities where workspace_id = $1 or kind = 'app'",
        "select id from entities where not workspace_id = $1",
        "select id from entities where workspace_id <> $1",
        "select 1 from installs i join install_members m on m.install_id = i.id where i.workspace_id = $1",
        "select 1 from installs i left join integrations g on g.id = i.integration_id and i.workspace_id = $1",
        "select 1 from installs i full join solutions s on s.workspace_id = $1 and i.workspace_id = $1",
        (
            "select 1 from installs i where i.workspace_id = $1 and exists (select from install_members m"
            " where m.install_id = i.id)"
        ),
        "select e.id from entities e where e.workspace_id = $1 union all select v.id from entity_versions v",
        "with found as (select id from installs) select 1 from found",
        "select workspace_id from (select workspace_id from entities) e where e.workspace_id = $1",
        "update entities set name = $1 where id = $2",
        "delete from entities where id = $1",
    ],
    "borrowed": [
        # a list of workspaces is not handed on
        (
            "select 1 from installs i join install_members m on m.install_id = i.id and m.workspace_id = i.workspace_id"
            " where i.workspace_id = any($1)"
        ),
        # nothing is handed into the target list or a lateral
        (
            "select i.id, (select count(*) from install_members m where m.workspace_id = i.workspace_id) from installs i"
            " where i.workspace_id = $1"
        ),
        (
            "select 1 from installs i, lateral (select m.id from install_members m where m.workspace_id = i.workspace_id) m"
            " where i.workspace_id = $1"
        ),
        (
            "select 1 from (select workspace_id as w from entities where workspace_id = any($1)) e"
            " join installs n on n.workspace_id = e.w"
        ),
    ],
    "join": [
        (
            "select 1 from installs i join install_members m on m.install_id = i.id"
            " where i.workspace_id = any($1) and m.workspace_id = any($1)"
        ),
    ],
    "lock": [
        "select 1 from entities where id = $1 and workspace_id = any($2) for update",
        "select 1 from entities where workspace_id = any($1) limit 1 for update skip locked",
        "select 1 from installs i join integrations g on g.id = i.integration_id where i.workspace_id = any($1) for share",
    ],
    "correlated": [
        (
            "select 1 from (select id as x from integrations) i where exists (select from installs s"
            " where s.integration_id = i.x and s.workspace_id = any($1))"
        ),
        (
            "select 1 from integrations i where exists (select from installs s where s.integration_id = i.id"
            " and s.workspace_id = any($1))"
        ),
        (
            "select i.id, (select count(*) from installs s where s.integration_id = i.id and s.workspace_id = any($1))"
            " from integrations i"
        ),
    ],
    "lateral-aggregate": [
        (
            "select 1 from templates t left join lateral (select array_agg(m.id) from install_members m"
            " where m.slug = any(t.refs) and m.workspace_id = any($1)) r on true"
        ),
    ],
    "insert-columns": ["insert into entities (id) values ($1)", "insert into entities values ($1, $2)"],
    "insert-workspace": [
        "insert into entities (id, workspace_id) select n.id, n.w from unnest($1::uuid[], $2::uuid[]) n(id, w) returning id",
    ],
    "returning": ["insert into entities (id, workspace_id) select n.id, $1 from unnest($2::uuid[]) n(id)"],
    "anchored": [
        (
            "insert into entities (id, workspace_id, base_id) select $2, $1, v.id from installs s join version_members v"
            " on v.version_id = s.version_id where s.workspace_id = $1 returning id"
        ),
    ],
    "moves": ["update entities set workspace_id = $2 where workspace_id = $1"],
    "volatile": [
        "update entities set updated_at = clock_timestamp() where workspace_id = $1",
        "update entities set id = gen_random_uuid() where workspace_id = $1",
    ],
    "conflict-function": [
        (
            "insert into auth_states (id, workspace_id) values ($1, $2) on conflict (id, workspace_id)"
            " do update set updated_at = now()"
        ),
    ],
    "reference-from-tenant": [
        "delete from integrations i where not exists (select from installs s where s.workspace_id = $1)",
        "update integrations i set name = s.name from solutions s where s.workspace_id = $1",
    ],
    "merge": ["merge into users u using (select 1) s on true when matched then delete"],
    "recursive": [
        (
            "with recursive r(id) as (select $1::uuid union select unnest(e.refs) from r join entities e on e.id = r.id"
            " and e.workspace_id = any($2)) select id from r"
        ),
    ],
    "denied": [
        "select set_config('graft.ws', $1, true)",
        "select pg_notify('graft', $1)",
        "select pg_advisory_xact_lock($1)",
        "select id from users where id = $1 and pg_try_advisory_lock(1)",
        "select nextval('templates_id_seq')",
    ],
    "snapshot": ["select pg_current_snapshot()", "select txid_current()", "select pg_current_xact_id() from users"],
}


@pytest.mark.parametrize("statement", PASS, ids=range(len(PASS)))
def test_what_runs_on_a_cluster_passes(statement: str):
    assert violations(statement) == ()


@pytest.mark.parametrize("rule", OBJECT)
def test_what_does_not_is_told_by_its_rule(rule: str):
    for statement in OBJECT[rule]:
        assert rule in {violation.rule for violation in violations(statement)}, statement


def test_every_table_is_known():
    assert set(KINDS) == {*REFERENCE, *TENANT, *LOCAL}


async def test_what_an_update_may_call_is_not_volatile(shared_database_url: str):
    async with connected(shared_database_url) as connection:
        found = await connection.fetch(
            "select distinct proname::text, provolatile = 'v' from pg_proc where proname = any($1::name[])",
            list(STEADY),
        )
    assert {tuple(row) for row in found} == {(name, False) for name in STEADY}


def test_the_lists_of_workspaces_in_a_statement_are_known_by_their_number():
    text = "select 1 from installs i where i.id = any($1) and i.workspace_id = any($3::uuid[]) and i.workspace_id = $2"
    assert workspace_lists(text) == {3}
    assert workspace_lists(f"with f as ({text.replace('$3', '$4')}) {text} union all select 1 from f") == {3, 4}


def test_the_workspaces_that_a_statement_writes_are_known_by_their_number():
    assert workspaces_written("insert into events (id, workspace_id) values ($1, $2)") == {2}
    assert workspaces_written(
        "insert into events (workspace_id, id) select $3::uuid, n.id from unnest($1::uuid[]) n(id)"
    ) == {3}
    assert workspaces_written("update entities e set name = $1 where e.workspace_id = $4") == {4}
    assert workspaces_written("with d as (delete from installs where workspace_id = $2) select $1") == {2}
    assert workspaces_written("select 1 from entities where workspace_id = $1") == set()


def test_an_empty_list_of_workspaces_is_an_objection():
    hearing = Hearing()
    hearing("select 1 from entities where workspace_id = any($1)", [["a"]])
    hearing.judge()
    hearing("select 1 from entities where workspace_id = any($1)", [[]])
    with pytest.raises(AssertionError, match="empty-list"):
        hearing.judge()


@pytest.mark.parametrize(("path", "objects"), [("/api/entities", True), ("/api/users/usr_1", False)])
def test_a_request_that_writes_two_workspaces_says_so(path: str, objects: bool):
    hearing = Hearing()
    with hearing.request("token", "DELETE", path):
        hearing("delete from entities where workspace_id = $1", ["a"])
        hearing("delete from entities where workspace_id = $1", ["a"])
    hearing.judge()
    with hearing.request("token", "DELETE", path):
        hearing("delete from entities where workspace_id = $1", ["a"])
        hearing("delete from installs where workspace_id = $1", ["b"])
    assert bool(hearing.objections) is objects


def test_a_platform_admin_may_read_everywhere_and_lock_nowhere_more():
    hearing = Hearing()
    with hearing.request("token", "GET", "/api/entities"):
        hearing("select 1 from entities", [])
    assert hearing.suspects() == {"token"}
    hearing.judge({"token"})
    with pytest.raises(AssertionError, match="unbound"):
        hearing.judge({"another"})
    with hearing.request("token", "PATCH", "/api/entities"):
        hearing("select 1 from entities for update", [])
    with pytest.raises(AssertionError, match="lock"):
        hearing.judge({"token"})
