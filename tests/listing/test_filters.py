"""Filters mean what the plain evaluator says, whatever they are made of."""

import asyncio
import os
import random
from typing import Any

import pytest

from tests.listing.model import Model, dumps, ordered
from tests.listing.questions import Maker
from tests.listing.toy import APPS, INSTALLS, MEMBERS, RESOURCES, World, ask, found

pytestmark = pytest.mark.slow

CASES = 50_000 if os.environ.get("GRAFT_TORTURE") == "1" else 2_000
BATCH = 100


@pytest.mark.parametrize("batch", range(CASES // BATCH))
def test_a_filter_finds_what_the_plain_evaluator_finds(batch: int, world: World, runner: asyncio.Runner) -> None:
    model = Model(world)

    async def check() -> None:
        for number in range(BATCH):
            choice = random.Random(f"filters {batch} {number}")
            table = choice.choice(list(RESOURCES))
            wanted = Maker(world, choice).filter(RESOURCES[table])
            deleted = choice.choice(["false", "false", "true", "only"])
            text = dumps(wanted)
            page = await ask(world, RESOURCES[table], filter=text, include_deleted=deleted)
            expected = ordered(model.rows(table, wanted, deleted), [])
            assert found(page) == [row["id"] for row in expected][:100], (table, deleted, text)
            assert page.info.total == len(expected), (table, deleted, text)

    runner.run(check())


async def _ids(world: World, table: str, wanted: dict[str, Any]) -> tuple[list[str], int]:
    page = await ask(world, RESOURCES[table], filter=dumps(wanted))
    return found(page), page.info.total


@pytest.mark.parametrize("batch", range(CASES // 5 // BATCH))
def test_not_is_an_involution_and_and_or_commute(batch: int, world: World, runner: asyncio.Runner) -> None:
    async def check() -> None:
        everything = {table: (await _ids(world, table, {}))[1] for table in RESOURCES}
        for number in range(BATCH):
            choice = random.Random(f"laws {batch} {number}")
            table = choice.choice(list(RESOURCES))
            maker = Maker(world, choice)
            one, other = maker.filter(RESOURCES[table], 2), maker.filter(RESOURCES[table], 2)
            plain = await _ids(world, table, one)
            assert await _ids(world, table, {"NOT": {"NOT": one}}) == plain, one
            opposite = await _ids(world, table, {"NOT": one})
            assert plain[1] + opposite[1] == everything[table], one
            for word in ("AND", "OR"):
                there = await _ids(world, table, {word: [one, other]})
                assert there == await _ids(world, table, {word: [other, one]}), (word, one, other)
            inverted = {"NOT": {"AND": [{"NOT": one}, {"NOT": other}]}}
            assert await _ids(world, table, {"OR": [one, other]}) == await _ids(world, table, inverted), (one, other)

    runner.run(check())


@pytest.mark.parametrize(
    ("wanted", "same"),
    [
        ({"description": None}, {"description": {"isNull": True}}),
        ({"description": {"eq": None}}, {"description": {"isNull": True}}),
        ({"description": {"ne": None}}, {"description": {"isNull": False}}),
        ({"description": {"in": [None, "a"]}}, {"OR": [{"description": None}, {"description": "a"}]}),
        ({"description": {"notIn": ["a"]}}, {"NOT": {"description": "a"}}),
        ({"description": {"notIn": []}}, {}),
        ({"description": {"in": []}}, {"OR": []}),
        ({"stars": {"gt": 0, "lt": 2}}, {"stars": 1}),
        ({"stars": 1.0}, {"stars": 1}),
        ({"price": 1.1}, {"price": {"eq": 1.10}}),
        ({"AND": []}, {}),
        ({"installs": {}}, {}),
        ({"installs": {"none": {}}}, {"NOT": {"installs": {"some": {}}}}),
        ({"installs": {"every": {"OR": []}}}, {"installs": {"none": {}}}),
        ({"id": "nonsense"}, {"OR": []}),
        ({"id": {"ne": "nonsense"}}, {}),
        ({"createdAt": {"gte": "2026-01-02T01:00:00+01:00"}}, {"createdAt": {"gte": "2026-01-02T00:00:00Z"}}),
    ],
)  # fmt: skip
def test_two_filters_mean_the_same(wanted: Any, same: Any, world: World, runner: asyncio.Runner) -> None:
    assert runner.run(_ids(world, "apps", wanted)) == runner.run(_ids(world, "apps", same))


def test_null_follows_the_field_and_not_sql(world: World, runner: asyncio.Runner) -> None:
    apps = Model(world).rows("apps")
    not_a = {row["id"] for row in apps if row["description"] != "a"}
    assert any(row["description"] is None for row in apps)
    for wanted in ({"description": {"ne": "a"}}, {"NOT": {"description": "a"}}, {"description": {"notIn": ["a"]}}):
        assert set(runner.run(_ids(world, "apps", wanted))[0]) == not_a
    beyond = {row["id"] for row in apps if not (row["stars"] is not None and row["stars"] > 0)}
    assert set(runner.run(_ids(world, "apps", {"NOT": {"stars": {"gt": 0}}}))[0]) == beyond


def test_a_value_with_wildcards_is_taken_literally(world: World, runner: asyncio.Runner) -> None:
    names = [row["name"] for row in Model(world).rows("apps")]
    for operator in ("contains", "icontains", "startsWith", "endsWith"):
        for value in ("%", "_", "\\", "a_b", "a%b"):
            total = runner.run(_ids(world, "apps", {"name": {operator: value}}))[1]
            tests = {"startsWith": str.startswith, "endsWith": str.endswith}
            assert total == sum(tests.get(operator, str.__contains__)(name, value) for name in names), (operator, value)


def test_shorthands_narrow_the_list(world: World, runner: asyncio.Runner) -> None:
    some = Model(world).rows("apps")[0]
    workspace = f"wsp_{some['workspace_id']}"
    cases: list[tuple[dict[str, Any], Any]] = [
        ({"workspace_id": workspace}, {"workspaceId": workspace}),
        ({"workspace_id": "wsp_nonsense"}, {"OR": []}),
        ({"name": "AB"}, {"name": {"icontains": "ab"}}),
        ({"visibility": "public", "featured": "true"}, {"visibility": "public", "featured": True}),
        ({"stars": "2"}, {"stars": 2}),
        ({"price": "1.1"}, {"price": 1.1}),
        ({"created_at": some["created_at"].isoformat()}, {"createdAt": some["created_at"].isoformat()}),
        ({"slug": ""}, {"slug": ""}),
    ]
    for parameters, wanted in cases:
        page = runner.run(ask(world, APPS, **parameters))
        assert (found(page), page.info.total) == runner.run(_ids(world, "apps", wanted)), parameters


def test_ids_narrow_the_list_and_never_widen_it(world: World, runner: asyncio.Runner) -> None:
    seen = {row["id"] for row in Model(world).rows("apps")}
    everything = [row["id"] for row in world.data.apps]
    asked = ",".join(f"app_{identifier}" for identifier in everything)
    page = runner.run(ask(world, APPS, ids=asked))
    assert set(found(page)) == seen
    assert page.info.total == len(seen)
    one = next(iter(seen))
    assert found(runner.run(ask(world, APPS, ids=f"app_{one},,ins_{one},nonsense,app_{one}"))) == [one]


@pytest.mark.parametrize(
    "parameters",
    [{"ids": ""}, {"ids": "nonsense"}, {"filter": '{"id": {"in": []}}'}, {"filter": '{"OR": []}'}, {"slug": "no such"}],
)
def test_an_empty_list_has_a_total_and_no_cursors(parameters: Any, world: World, runner: asyncio.Runner) -> None:
    page = runner.run(ask(world, APPS, **parameters))
    assert list(page.rows) == []
    assert (page.info.total, page.info.has_next_page, page.info.has_previous_page) == (0, False, False)
    assert (page.info.start_cursor, page.info.end_cursor) == (None, None)


def test_deleted_rows_are_out_in_or_alone(world: World, runner: asyncio.Runner) -> None:
    model = Model(world)
    for deleted in ("false", "true", "only"):
        page = runner.run(ask(world, INSTALLS, include_deleted=deleted))
        assert page.info.total == len(model.rows("installs", None, deleted))
    assert runner.run(ask(world, MEMBERS)).info.total == len(model.rows("members"))
