"""docs/errors.md has every code that Graft answers, and no other."""

import re
from collections import Counter
from pathlib import Path

import pytest

from graft.web.responses import STATUSES
from tests.contract.error_codes import problem_codes, reply_codes

pytestmark = pytest.mark.slow

TEXT = (Path(__file__).parents[2] / "docs" / "errors.md").read_text("utf-8")
REPLIES, _, PROBLEMS = TEXT.partition("## Codes of single problems")
# What stands for the whole reply of a list; what lacks in parameters is named after that in bodies.
LISTS = {"invalid-cursor": 400}
PARAMETERS = {"missing-parameter"}


def _documented_replies() -> list[tuple[str, int]]:
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| (\d{3}) \| (.+?) \| (.+?) \|$", REPLIES, re.MULTILINE)
    return [(code, int(status)) for code, status, _, _ in rows]


def _documented_problems() -> list[str]:
    return re.findall(r"^\| `([a-z0-9-]+)` \| .+? \|$", PROBLEMS, re.MULTILINE)


def test_every_code_of_a_reply_is_documented_with_its_status():
    documented = dict(_documented_replies())
    found = reply_codes() | LISTS
    assert {code: status for code, status in found.items() if documented.get(code) != status} == {}
    assert documented.keys() - found.keys() == set()


def test_every_code_of_a_problem_is_documented():
    documented = set(_documented_problems())
    found = problem_codes() | PARAMETERS
    assert found - documented == set()
    assert documented - found == set()


def test_no_code_is_documented_twice_in_its_table():
    for codes in ([code for code, _ in _documented_replies()], _documented_problems()):
        assert [code for code, count in Counter(codes).items() if count > 1] == []


def test_every_row_of_the_tables_is_read():
    rows = re.findall(r"^\| `", TEXT, re.MULTILINE)
    assert len(rows) == len(_documented_replies()) + len(_documented_problems())


def test_every_status_of_an_error_has_a_code():
    statuses = {status for _, status in _documented_replies()}
    assert statuses == {status for status, _ in STATUSES.values()} | {405, 414, 500}


def test_the_source_is_searched_where_codes_are_given():
    replies, problems = reply_codes(), problem_codes()
    assert (replies["slug-taken"], replies["deleted"], replies["uri-too-long"]) == (409, 409, 414)
    # as an argument, of a constructor, through a helper, by one arm of two, through a constant
    assert {"unknown-install", "unknown-key", "too-many-nodes", "missing-key", "expands-too-far"} <= problems
