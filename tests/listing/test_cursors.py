"""Cursors are good for the list, filter, order and caller that they were made for, and for nothing else."""

import asyncio
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from graft.listing import InvalidCursor, Page, fetch_page, read_query, sql
from graft.listing.cursor import read_cursor, write_cursor
from graft.listing.ordering import make_key
from tests.listing.toy import APPS, CATALOG, INSTALLS, KEY, Caller, World, ask, found

ORDER = '[{"stars": "asc"}, {"createdAt": "desc"}]'
FILTER = '{"name": {"ne": "zzz"}, "visibility": {"in": ["public", "private"]}}'


@pytest.fixture
def first(world: World, runner: asyncio.Runner) -> Page:
    return runner.run(ask(world, APPS, limit=5, orderBy=ORDER, filter=FILTER))


def _refused(world: World, runner: asyncio.Runner, resource: Any = APPS, caller: Any = None, **asked: Any) -> None:
    with pytest.raises(InvalidCursor) as caught:
        runner.run(ask(world, resource, caller, **asked))
    place = "after" if "after" in asked else "before"
    assert [(problem.pointer, problem.code) for problem in caught.value.problems] == [(place, "invalid-cursor")]


def test_a_cursor_with_any_bit_flipped_is_refused(first: Page, world: World, runner: asyncio.Runner) -> None:
    cursor = first.info.end_cursor
    assert cursor is not None
    for index, character in enumerate(cursor):
        for bit in range(8):
            flipped = cursor[:index] + chr(ord(character) ^ 1 << bit) + cursor[index + 1 :]
            _refused(world, runner, after=flipped, orderBy=ORDER, filter=FILTER)


@pytest.mark.parametrize("change", [lambda c: "", lambda c: c[:-1], lambda c: c + "A", lambda c: c + "=", lambda c: c * 2, lambda c: "é" + c, lambda c: "\ud800", lambda c: " " + c, lambda c: "null"])  # fmt: skip
@pytest.mark.parametrize("parameter", ["after", "before"])
def test_what_is_no_cursor_is_refused(
    change: Any, parameter: str, first: Page, world: World, runner: asyncio.Runner
) -> None:
    _refused(world, runner, **{parameter: change(first.info.end_cursor), "orderBy": ORDER, "filter": FILTER})


@pytest.mark.parametrize(
    "other",
    [
        {"orderBy": None},
        {"orderBy": '[{"stars": "desc"}, {"createdAt": "desc"}]'},
        {"orderBy": '[{"createdAt": "desc"}, {"stars": "asc"}]'},
        {"orderBy": '[{"stars": "asc_nulls_first"}, {"createdAt": "desc"}]'},
        {"filter": None},
        {"filter": '{"name": {"ne": "zzy"}, "visibility": {"in": ["public", "private"]}}'},
        {"filter": '{"name": {"ne": "zzz"}, "visibility": {"in": ["private", "public"]}}'},
        {"slug": "a"},
        {"ids": ""},
        {"include_deleted": "true"},
    ],
)
def test_a_cursor_of_another_question_is_refused(
    other: dict[str, Any], first: Page, world: World, runner: asyncio.Runner
) -> None:
    _refused(world, runner, **{"after": first.info.end_cursor, "orderBy": ORDER, "filter": FILTER, **other})


def test_a_cursor_of_another_list_caller_or_key_is_refused(first: Page, world: World, runner: asyncio.Runner) -> None:
    plain = runner.run(ask(world, APPS)).info.end_cursor
    _refused(world, runner, INSTALLS, after=plain)
    _refused(world, runner, APPS, Caller(world.caller.workspaces[:1]), after=plain)
    query = read_query(APPS, [("after", str(plain))], CATALOG)
    with pytest.raises(InvalidCursor):
        runner.run(
            fetch_page(world.connection.fetch, query, world.caller, columns=sql("t.id"), key=b"other", caller="x")
        )


def test_a_cursor_serves_other_page_sizes_both_directions_and_another_spelling_of_the_filter(
    first: Page, world: World, runner: asyncio.Runner
) -> None:
    spelled = ' {"visibility":{"in":["public","private"]} , "name":{"ne":"\\u007azz"}}'
    asked = {"orderBy": '[{"stars":"asc_nulls_last"},{"createdAt":"desc"}]', "filter": spelled}
    after = runner.run(ask(world, APPS, limit=3, after=first.info.start_cursor, **asked))
    before = runner.run(ask(world, APPS, limit=4, before=first.info.end_cursor, **asked))
    assert found(after) == found(first)[1:4]
    assert found(before) == found(first)[:4]


def test_a_cursor_of_a_list_that_became_empty_is_still_checked(world: World, runner: asyncio.Runner) -> None:
    _refused(world, runner, after="nonsense", ids="")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("createdAt", datetime(2026, 1, 1, 12, 0, 0, 1, tzinfo=UTC)),
        ("createdAt", datetime(1, 1, 1, tzinfo=UTC)),
        ("price", Decimal("1.100")),
        ("price", Decimal("123456789012345678901234567890.000000000000000000001")),
        ("price", Decimal("NaN")),
        ("rating", 0.1 + 0.2),
        ("rating", float("inf")),
        ("stars", -(2**63)),
        ("featured", False),
        ("name", "日本 😀 \\ \" '"),
        ("description", None),
    ],
)
def test_a_cursor_carries_every_digit_of_its_keys(field: str, value: Any) -> None:
    keys = (make_key(APPS, field, "asc"), make_key(APPS, "id", "asc"))
    cursor = write_cursor(keys, [value, "0" * 26], key=KEY, bound=b"b")
    loaded = read_cursor("after", cursor, keys, key=KEY, bound=b"b")
    assert [str(value), "0" * 26] == [str(loaded[0]), loaded[1]]
    assert type(loaded[0]) is type(value)


def test_a_signed_cursor_of_other_types_is_refused() -> None:
    written = (make_key(APPS, "name", "asc"), make_key(APPS, "id", "asc"))
    cursor = write_cursor(written, ["a", "0" * 26], key=KEY, bound=b"b")
    for field in ("createdAt", "stars", "price", "rating", "featured"):
        keys = (make_key(APPS, field, "asc"), make_key(APPS, "id", "asc"))
        with pytest.raises(InvalidCursor):
            read_cursor("after", cursor, keys, key=KEY, bound=b"b")
    with pytest.raises(InvalidCursor):
        read_cursor("after", cursor, written[:1], key=KEY, bound=b"b")


def test_page_info_is_what_the_api_shows(first: Page) -> None:
    assert set(json.loads(msgspec.json.encode(first.info))) == {
        "total", "hasNextPage", "hasPreviousPage", "startCursor", "endCursor",
    }  # fmt: skip
