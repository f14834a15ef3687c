"""docs/api.md: a row for each call, with its status and codes, and what it says of tiers is what callers of them meet."""

import re

import pytest

from graft.app import ENDPOINTS
from tests.docs.api_tour import PAGE, ROWS, Row, asked_of, last_tour, tour
from tests.docs.doc_examples import DOCS
from tests.support.client import As
from tests.support.four import BELOW
from tests.support.scene import BODIES, scene_of
from tests.support.world import World

pytestmark = pytest.mark.slow

ERRORS = (DOCS / "errors.md").read_text("utf-8")


def test_each_call_has_its_row_and_no_row_lacks_its_call():
    rows = [f"{row.method} {row.path}" for row in ROWS]
    assert sorted(rows) == sorted(f"{call.method} {call.path}" for call in ENDPOINTS)
    assert len(rows) == len(re.findall(r"^\| `[A-Z]+ /", PAGE, re.MULTILINE))


def test_the_rows_have_the_statuses_of_the_calls_and_name_those_for_publishable_keys():
    calls = {(call.method, call.path): call for call in ENDPOINTS}
    for row in ROWS:
        call = calls[row.method, row.path]
        assert row.status == call.status, row
        assert ("`pub`" in row.who) == call.publishable, row


def test_the_codes_of_the_rows_are_documented_as_conflicts():
    for row in ROWS:
        for code in row.codes:
            assert f"| `{code}` | 409 |" in ERRORS, (row, code)


async def test_callers_meet_what_the_table_says(world: World):
    alpha, other = await world.workspace("alpha"), await world.workspace("other")
    scene = await scene_of(world, alpha)
    for row in ROWS:
        await _refused(world, row, scene, alpha, other)
    await tour(world, alpha, scene)


async def test_what_ends_an_object_takes_the_tier_that_the_table_says(world: World):
    alpha = await world.workspace("alpha")
    await last_tour(world, alpha, await scene_of(world, alpha))


async def _refused(world: World, row: Row, scene: dict[str, str], alpha: As, other: As) -> None:
    """Who is one tier short is told so; to another workspace there is nothing."""
    asked = asked_of(row, scene)
    foreign = await other(*asked)
    if "{id}" in row.path or "<workspace>" in str(BODIES.get(f"{row.method} {row.path}", "")):
        assert (foreign.status, foreign.code) == (404, "not-found"), row
    elif row.method == "GET":
        assert foreign.status == 200, row
        assert not any(wire_id.encode() in foreign.content for wire_id in scene.values()), row
    if row.need in BELOW:
        short = await world.key(alpha.workspace_id, BELOW[row.need])
    elif row.need in {"platform admin", "a session"}:
        short = alpha
    else:
        return
    told = await short(*asked)
    expected = (404, "not-found") if "others: 404" in row.who else (403, "forbidden")
    assert (told.status, told.code) == expected, row
