"""Nobody learns of a row that it may not see: not by a filter, a relation, an order, a total or a cursor."""

import asyncio
import dataclasses
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from graft import ids
from tests.listing.model import seen
from tests.listing.questions import Maker, directed, random_order
from tests.listing.toy import (
    APPS,
    COLUMNS,
    INSTALLS,
    MEMBERS,
    RESOURCES,
    Caller,
    Data,
    World,
    ask,
    found,
    open_world,
    random_app,
    random_data,
)

pytestmark = pytest.mark.slow

QUESTIONS = 400


def _other_world(data: Data, caller: Caller) -> Data:
    """`data` in which each row that `caller` does not see is gone or another, and some such rows are new."""
    choice = random.Random("other world")
    strange = random_data("strangers")
    other = Data(data.workspaces)
    foreign = [workspace for workspace in data.workspaces if workspace not in caller.workspaces]
    for table in COLUMNS:
        rows = getattr(other, table)
        for row in getattr(data, table):
            if seen(table, row, caller):
                rows.append(row)
            elif choice.random() < 0.5:
                changed = dict(choice.choice(getattr(strange, table)))
                rows.append({**changed, "id": row["id"], "workspace_id": row["workspace_id"], "visibility": "private"})
        for row in getattr(strange, table)[:40]:
            changed = {**row, "workspace_id": choice.choice(foreign), "visibility": "private"}
            if table == "installs":
                changed["app_id"] = choice.choice(data.apps)["id"]
            if table == "members":
                changed["install_id"] = choice.choice(data.installs)["id"]
            rows.append(changed)
    return other


@pytest.fixture(scope="module")
def worlds(listing_dsn: str, runner: asyncio.Runner) -> Iterator[tuple[World, World]]:
    one = runner.run(open_world(listing_dsn, "seen_one"))
    other = runner.run(open_world(listing_dsn, "seen_other", _other_world(one.data, one.caller)))
    yield one, dataclasses.replace(other, caller=one.caller)
    runner.run(one.connection.close())
    runner.run(other.connection.close())


async def _answer(world: World, caller: Caller, number: int, data: Data) -> Any:
    """A random question's whole answer: rows, page info, and the page after it."""
    choice = random.Random(f"worlds {number}")
    table = choice.choice(list(RESOURCES))
    resource = RESOURCES[table]
    asked: dict[str, Any] = {
        "limit": choice.choice([1, 5, 100]),
        "filter": json.dumps(Maker(dataclasses.replace(world, data=data), choice).filter(resource), default=float),
        "include_deleted": choice.choice(["false", "true", "only"]),
    }
    if resource is APPS:
        asked["orderBy"] = directed(random_order(choice))
    first = await ask(world, resource, caller, **asked)
    second = await ask(world, resource, caller, after=first.info.end_cursor, **asked)
    return found(first), first.info, found(second), second.info


def test_rows_that_nobody_may_see_change_no_answer(worlds: tuple[World, World], runner: asyncio.Runner) -> None:
    one, other = worlds

    async def check() -> None:
        totals = 0
        for number in range(QUESTIONS):
            here = await _answer(one, one.caller, number, one.data)
            assert here == await _answer(other, one.caller, number, one.data), number
            totals += here[1].total
        assert totals > QUESTIONS

    runner.run(check())


def test_a_relation_without_visibility_would_be_found_out(worlds: tuple[World, World], runner: asyncio.Runner) -> None:
    one, other = worlds
    careless = dataclasses.replace(one.caller, careless=True)

    async def check() -> int:
        return sum(
            [
                await _answer(one, careless, number, one.data) != await _answer(other, careless, number, one.data)
                for number in range(QUESTIONS // 4)
            ]
        )

    assert runner.run(check()) > 0


@pytest.mark.parametrize("quantifier", ["some", "every", "none"])
def test_a_hop_reaches_neither_strange_nor_deleted_rows(quantifier: str, world: World, runner: asyncio.Runner) -> None:
    data, caller = world.data, world.caller

    def mine(wanted: Any) -> set[str]:
        ends = {
            app["id"]: [
                install
                for install in data.installs
                if install["app_id"] == app["id"]
                and install["workspace_id"] in caller.workspaces
                and install["deleted_at"] is None
            ]
            for app in data.apps
            if seen("apps", app, caller) and app["deleted_at"] is None
        }
        test = {"some": any, "every": all, "none": lambda tests: not any(tests)}[quantifier]
        return {app for app, installs in ends.items() if test(wanted(install) for install in installs)}

    page = runner.run(ask(world, APPS, filter=json.dumps({"installs": {quantifier: {"note": "a"}}})))
    assert set(found(page)) == mine(lambda install: install["note"] == "a")


def test_an_invisible_end_is_no_end(world: World, runner: asyncio.Runner) -> None:
    visible = {app["id"] for app in world.data.apps if seen("apps", app, world.caller) and app["deleted_at"] is None}
    installs = [
        install
        for install in world.data.installs
        if install["workspace_id"] in world.caller.workspaces and install["deleted_at"] is None
    ]
    without = {install["id"] for install in installs if install["app_id"] not in visible}
    assert set(found(runner.run(ask(world, INSTALLS, filter='{"app": null}')))) == without
    assert without


def test_whoever_sees_nothing_asks_the_database_nothing(world: World, sent: list[str], runner: asyncio.Runner) -> None:
    nobody = Caller(workspaces=[])
    for resource in (INSTALLS, MEMBERS):
        page = runner.run(ask(world, resource, nobody))
        assert (found(page), page.info.total) == ([], 0)
    runner.run(ask(world, APPS, ids="nonsense"))
    assert sent == []
    # a hop to nothing is decided without asking for it
    runner.run(ask(world, APPS, nobody, filter='{"installs": {"none": {}}}'))
    assert len(sent) == 1
    assert "installs" not in sent[0]


def test_another_apps_row_is_not_reached_by_its_id(world: World, runner: asyncio.Runner) -> None:
    stranger = next(app for app in world.data.apps if not seen("apps", app, world.caller))
    wanted = f"app_{stranger['id']}"
    for asked in ({"ids": wanted}, {"filter": json.dumps({"id": wanted})}, {"ids": wanted, "include_deleted": "true"}):
        assert runner.run(ask(world, APPS, **asked)).info.total == 0


def test_a_toy_app_has_every_column() -> None:
    assert set(random_app(random.Random(1), ids.new_id())) == set(COLUMNS["apps"])
