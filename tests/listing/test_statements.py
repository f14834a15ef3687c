"""What is sent: one statement a page, the same text for the same shape, values never in it, joins after the limit."""

import asyncio
import json
from typing import Any

import pytest

from graft import ids
from graft.listing import (
    TEXT,
    Field,
    ListingError,
    Param,
    Relation,
    Resource,
    enumeration,
    fetch_page,
    identifier,
    read_query,
    shorthands,
    sql,
)
from tests.listing.toy import APPS, CATALOG, INSTALLS, KEY, MEMBERS, RESOURCES, World, ask, found

CANARY = "canary7f3a'\";--$1%"


def _operators(name: str, field: Field) -> dict[str, Any]:
    values = {"text": CANARY, "id": CANARY, "enum": "public", "bool": True, "timestamp": "2026-01-01T00:00:07.654321Z"}
    value = values.get(field.scalar.name, 7654321)
    made: dict[str, Any] = {}
    for operator in field.scalar.operators:
        made[operator] = [value] if operator in {"in", "notIn"} else value
    if "isNull" in made:
        made["isNull"] = False
    return {"OR": [{name: {operator: operand}} for operator, operand in made.items()]}


def test_no_value_is_ever_in_the_text(world: World, sent: list[str], runner: asyncio.Runner) -> None:
    for resource in RESOURCES.values():
        for name, field in resource.fields.items():
            if field.scalar.operators:
                runner.run(ask(world, resource, filter=json.dumps(_operators(name, field))))
        for name, relation in resource.relations.items():
            inner = _operators("id", CATALOG[relation.target].fields["id"])
            wanted = {"some": inner, "none": inner, "every": inner} if relation.many else inner
            runner.run(ask(world, resource, filter=json.dumps({name: wanted})))
    runner.run(ask(world, APPS, name=CANARY, slug=CANARY, workspace_id=CANARY, ids=CANARY + ",app_" + ids.new_id()))
    first = runner.run(ask(world, APPS, limit=1, orderBy='[{"slug": "desc"}, {"stars": "asc"}]'))
    after = runner.run(
        ask(world, APPS, limit=1, orderBy='[{"slug": "desc"}, {"stars": "asc"}]', after=first.info.end_cursor)
    )
    assert found(after)
    assert len(sent) > 20
    for text in sent:
        assert "canary" not in text
        assert "7654321" not in text
        assert "654321" not in text
        assert not any(row["id"] in text for row in world.data.apps)


@pytest.mark.parametrize(
    "parameters",
    [
        {"filter": json.dumps({CANARY: 1})},
        {"filter": json.dumps({"name": {CANARY: 1}})},
        {"filter": json.dumps({"installs": {CANARY: {}}})},
        {"filter": json.dumps({"visibility": CANARY})},
        {"orderBy": json.dumps([{CANARY: "asc"}])},
        {"orderBy": json.dumps([{"name": CANARY}])},
        {"limit": CANARY},
        {"include_deleted": CANARY},
        {CANARY: "1"},
        {"after": CANARY},
    ],
)
def test_no_name_of_a_request_reaches_the_database(
    parameters: Any, world: World, sent: list[str], runner: asyncio.Runner
) -> None:
    with pytest.raises(ListingError):
        runner.run(ask(world, APPS, **parameters))
    assert sent == []


def test_a_page_is_one_statement_and_its_text_depends_on_the_shape_alone(
    world: World, sent: list[str], runner: asyncio.Runner
) -> None:
    def wanted(stars: int, *slugs: str) -> str:
        return json.dumps({"stars": {"gt": stars}, "slug": {"in": slugs}, "installs": {"some": {"note": slugs[0]}}})

    one = runner.run(ask(world, APPS, limit=1, filter=wanted(-5, "a", "b", "z"), name="a"))
    other = runner.run(ask(world, APPS, limit=73, filter=wanted(1, "z"), name="b"))
    assert one.info.total >= other.info.total
    assert len(sent) == 2
    assert sent[0] == sent[1]
    everything = [runner.run(ask(world, APPS, limit=limit)) for limit in (2, 3)]
    for page, limit in zip(everything, (4, 5), strict=True):
        runner.run(ask(world, APPS, limit=limit, after=page.info.end_cursor))
    assert len(sent) == 6
    assert sent[2] == sent[3]
    assert sent[4] == sent[5]


@pytest.mark.parametrize(
    "wanted",
    [
        {"slug": {"icontains": "zz"}},
        {"OR": [{"name": {"icontains": f"zz{number}"}} for number in range(20)]},
        {"NOT": {"installs": {"some": {"note": {"startsWith": "zz"}}}}},
    ],
)
def test_patterns_are_planned_with_their_values_however_often_they_are_asked_for(
    wanted: dict[str, Any], world: World, runner: asyncio.Runner
) -> None:
    async def plans() -> tuple[int, int]:
        found = await world.connection.fetch(
            "select sum(custom_plans)::int as custom, sum(generic_plans)::int as generic from pg_prepared_statements"
            " where statement like '%like%' and statement not like '%pg_prepared_statements%'"
        )
        return found[0]["custom"] or 0, found[0]["generic"] or 0

    before = runner.run(plans())
    for limit in range(1, 13):
        runner.run(ask(world, APPS, limit=limit, filter=json.dumps(wanted)))
    after = runner.run(plans())
    assert after[0] - before[0] == 12
    assert after[1] == before[1]


def test_a_value_used_in_every_part_of_a_statement_is_sent_once() -> None:
    workspaces = Param(["w"])
    part = sql("t.a = any ($1::uuid[]) and $2 <> t.b and $1 is not null", workspaces, 5)
    assert part.render() == ("t.a = any ($1::uuid[]) and $2 <> t.b and $1 is not null", [["w"], 5])


def test_columns_and_joins_are_the_applications(world: World, runner: asyncio.Runner) -> None:
    joins = sql(
        "left join lateral (select count(*) as installs, $1::text as word from installs i where i.app_id = t.id) c"
        " on true", "word",
    )  # fmt: skip

    async def page(**parameters: str) -> Any:
        return await fetch_page(
            world.connection.fetch,
            read_query(APPS, [*parameters.items()], CATALOG),
            world.caller,
            columns=sql("t.id, t.manifest, c.installs, c.word, $1::text as extra", "x"),
            joins=joins,
            key=KEY,
            caller="me",
        )

    rows = runner.run(page(limit="7")).rows
    assert [row["manifest"] for row in rows] == ['{"b":1, "a": 1.0}'] * 7
    for row in rows:
        counted = sum(install["app_id"] == row["id"] for install in world.data.installs)
        assert (row["installs"], row["word"], row["extra"]) == (counted, "word", "x")
    assert runner.run(page(filter='{"stars": {"gt": 5, "lt": 5}}')).info.total == 0


def test_a_join_is_made_for_the_page_alone(world: World, runner: asyncio.Runner) -> None:
    """The joined rows are counted by a sequence: 3 rows and the one that tells of a next page."""

    async def drawn() -> int:
        await world.connection.execute("create temporary sequence drawn")
        await fetch_page(
            world.connection.fetch,
            read_query(APPS, [("limit", "3"), ("orderBy", '[{"name": "asc"}]')], CATALOG),
            world.caller,
            columns=sql("t.id, c.n"),
            joins=sql("left join lateral (select nextval('drawn') + 0 * length(t.slug) as n) c on true"),
            key=KEY,
            caller="me",
        )
        return await world.connection.fetchval("select last_value from drawn")

    assert runner.run(drawn()) == 4


@pytest.mark.parametrize(
    ("resource", "wanted"),
    [
        (APPS, {"AND": [{"installs": {"some": {"note": f"n{number}"}}} for number in range(90)]}),
        (APPS, {"AND": [{"installs": {"none": {"note": f"n{number}"}}} for number in range(90)]}),
        (APPS, {"OR": [{"name": {"icontains": f"n{number}"}} for number in range(199)]}),
        (INSTALLS, {"AND": [{"app": {"name": {"ne": f"n{number}"}}} for number in range(90)]}),
        (INSTALLS, {"NOT": {"AND": [{"app": {"NOT": {"installs": {"every": {"app": {}}}}}} for _ in range(40)]}}),
        (MEMBERS, {"install": {"parent": {"app": {"OR": [{"slug": {"in": ["a"] * 1000}}]}}}}),
    ],
)
def test_the_largest_filters_are_planned_and_run(
    resource: Any, wanted: Any, world: World, runner: asyncio.Runner
) -> None:
    order = '[{"stars": "asc"}, {"createdAt": "desc"}]' if resource is APPS else None
    page = runner.run(ask(world, resource, limit=1, filter=json.dumps(wanted, separators=(",", ":")), orderBy=order))
    assert page.info.total >= 0


def test_hops_past_the_fourth_are_kept_from_the_join_planner(
    world: World, sent: list[str], runner: asyncio.Runner
) -> None:
    wanted = {"AND": [{"installs": {"some": {"note": word}}} for word in "abcdef"]}
    runner.run(ask(world, APPS, filter=json.dumps(wanted)))
    collected, _ = sent[-1].split(" limit 10000 + 1")
    for part in collected.split(" union all "):
        assert part.count(" in (select") == 6
        assert part.count("is true") == 2


def test_an_order_of_one_direction_without_nulls_is_one_comparison_of_rows(
    world: World, sent: list[str], runner: asyncio.Runner
) -> None:
    order = '[{"createdAt": "desc"}, {"slug": "desc_nulls_last"}]'
    first = runner.run(ask(world, APPS, limit=1, orderBy=order))
    runner.run(ask(world, APPS, limit=1, orderBy=order, after=first.info.end_cursor))
    assert '((t.created_at), (t.slug) collate "C", (t.id)) < (' in sent[-1]
    assert "union all" not in sent[-1]
    assert "nulls" not in sent[-1]


def test_a_page_far_down_reads_no_row_before_it(world: World, runner: asyncio.Runner) -> None:
    """With an index of the order's first keys, each stretch begins where the page does, nulls or not."""

    async def read(order: str) -> int:
        cursor, removed = None, 0
        connection = world.connection
        for _ in range(8):
            calls: list[Any] = []

            async def fetch(text: str, *values: Any, calls: list[Any] = calls) -> Any:
                calls.append((text, values))
                return await connection.fetch(text, *values)

            pairs = [("limit", "5"), ("orderBy", order), ("include_deleted", "true")]
            query = read_query(INSTALLS, pairs + ([("after", cursor)] if cursor else []), CATALOG)
            page = await fetch_page(fetch, query, world.caller, columns=sql("t.id"), key=KEY, caller="me")
            cursor = page.info.end_cursor
            ((text, values),) = calls
            plan = json.loads(await connection.fetchval("explain (analyze, format json) " + text, *values))
            removed = max(removed, _filtered(plan[0]["Plan"], "parent_id"))
        return removed

    async def with_index() -> int:
        connection = world.connection
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute("create index on installs (parent_id, id); set local enable_seqscan = off;"
                                     " set local enable_bitmapscan = off; set local enable_sort = off")  # fmt: skip
            return max([await read(f'[{{"parentId": "{direction}"}}]') for direction in ("asc", "desc")])
        finally:
            await transaction.rollback()

    assert runner.run(with_index()) == 0


def _filtered(plan: dict[str, Any], column: str) -> int:
    """The most rows that a scan read and threw away because of `column`."""
    own = plan.get("Rows Removed by Filter", 0) if column in plan.get("Filter", "") else 0
    return max([own, *(_filtered(child, column) for child in plan.get("Plans", []))])


@pytest.mark.parametrize(
    "wrong",
    [
        {"fields": {}},
        {"fields": {"id": Field("t.id", TEXT, nullable=True)}},
        {"relations": {"id": Relation("apps", (("t.id", "t.id"),))}},
        {"relations": {"AND": Relation("apps", (("t.id", "t.id"),))}},
        {"shorthands": shorthands("nope")},
        {"shorthands": {"limit": ("id", "eq")}},
        {"shorthands": {"id": ("id", "contains")}},
    ],
)
def test_a_wrong_declaration_fails_when_it_is_made(wrong: Any) -> None:
    right: dict[str, Any] = {
        "name": "things",
        "source": sql("things t"),
        "visible": lambda _: sql("true"),
        "fields": {"id": Field("t.id", identifier(lambda text: text)), "kind": Field("t.kind", enumeration("a"))},
    }
    assert Resource(**right).name == "things"
    with pytest.raises(ValueError, match="things"):
        Resource(**{**right, **wrong})


def test_shorthands_are_snake_case_and_name_is_a_substring() -> None:
    assert shorthands("workspaceId", "name") == {"workspace_id": ("workspaceId", "eq"), "name": ("name", "icontains")}


def test_texts_are_compared_and_ordered_by_code_points(world: World, sent: list[str], runner: asyncio.Runner) -> None:
    wanted = {"name": {"lt": "b", "gte": "a", "eq": "a", "contains": "a", "icontains": "a"}}
    runner.run(ask(world, APPS, filter=json.dumps(wanted), orderBy='[{"name": "asc"}]'))
    assert '(t.name) collate "C" < $' in sent[-1]
    assert '(t.name) collate "C" >= $' in sent[-1]
    assert 'order by (t.name) collate "C", (t.id)' in sent[-1]
    # so that any index serves
    assert "(t.name) = $" in sent[-1]
    # so that case is folded as the database does
    assert '(t.name) collate "default" ilike $' in sent[-1]


def test_a_join_does_not_disturb_the_order(world: World, runner: asyncio.Runner) -> None:
    async def page() -> Any:
        await world.connection.execute("set enable_nestloop = off; set enable_mergejoin = off; set enable_sort = off")
        try:
            return await fetch_page(
                world.connection.fetch,
                read_query(APPS, [], CATALOG),
                world.caller,
                columns=sql("t.id, w.slug"),
                joins=sql("left join (select app_id, min(note) as slug from installs group by app_id offset 0) w"
                          " on w.app_id = t.id"),
                key=KEY,
                caller="me",
            )  # fmt: skip
        finally:
            await world.connection.execute("reset all")

    assert found(runner.run(page())) == found(runner.run(ask(world, APPS)))
