"""The fields of a plan in a terminal: base, mine, theirs and what will be written, under their pointer."""

import re

import pytest

from graft.cli.terminal import painted
from graft.cli.upgrades.show_fields import show_fields_by_member
from graft.cli.upgrades.wire import Field
from tests.cli.upgrades.wire import field


def shown(*fields: Field, width: int = 80, colour: bool = False) -> str:
    return painted(show_fields_by_member(fields, width), colour=colour)


def test_each_side_of_a_field_is_shown_and_what_is_to_decide_comes_first():
    fields = (
        field("/parameters/query/limit/schema/default", "mine", base=25, current=50, target=25, result=50),
        field("/parameters/query/role", "theirs", target={"name": "role"}, result={"name": "role"}),
        field("/description", "conflict", base="a", current="b", target="c", result="b", conflict="both-changed"),
        field("/summary", "resolved", base="a", current="b", target="c", result="c"),
        field("", "held", slug="list-users", base=1, current=2, target=3, result=2),
    )
    assert (
        shown(*fields)
        == """\

list-tickets
  /description  to decide: both changed it
    base             "a"
    mine             "b"
    theirs           "c"
    will be written  nothing, until you decide
  /parameters/query/limit/schema/default  changed by you
    base, theirs           25
    mine, will be written  50
  /parameters/query/role  changed by the version
    base, mine               (absent)
    theirs, will be written  {"name": "role"}
  /summary  decided
    base                     "a"
    mine                     "b"
    theirs, will be written  "c"

list-users
  (the whole definition)  held
    base                   1
    mine, will be written  2
    theirs                 3
"""
    )


def test_a_suggestion_and_a_side_that_was_too_large_are_told():
    text = shown(
        field("/x", "conflict", base=1, current=2, suggestion=[2, 3], conflict="order", leftOut=["target"]),
    )
    assert "  /x  to decide: both changed the order\n" in text
    assert re.search(r"^    theirs +\(too large to be shown here\)$", text, re.MULTILINE)
    assert re.search(r"^    suggested +\[2, 3\]$", text, re.MULTILINE)


def test_a_pointer_is_never_folded_so_that_it_can_be_copied():
    pointer = "/" + "/".join(["responses"] * 20)
    assert f"  {pointer}\n    changed by you\n" in shown(field(pointer, "mine", base=1, current=2, result=2), width=60)


@pytest.mark.parametrize("by", ["both", "variables", "held", "resolved", "unheard-of"])
def test_colours_change_no_character(by: str):
    found = field("/a", by, base=1, current=[1, 2], target=None, result=None)
    assert re.sub(r"\x1b\[\d*m", "", shown(found, colour=True)) == shown(found)
    assert "\x1b[" in shown(found, colour=True)
