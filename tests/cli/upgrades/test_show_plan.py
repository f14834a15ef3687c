"""A plan in a terminal: what is to decide first, one line a member, unchanged ones counted, cuts said."""

import pytest
from rich.cells import cell_len

from graft.cli.terminal import painted
from graft.cli.upgrades.show_plan import show_applied, show_plan
from graft.cli.upgrades.wire import Plan
from tests.cli.upgrades.wire import INSTALL, PLAN, applied, member, plan

MEMBERS = [
    member("close-ticket", "skip", "detached"),
    member("get-statistics", "conflict", "conflict", ("/path", "both-changed"), ("/summary", "changed-and-deleted")),
    member("list-ratings", "add"),
    member("list-tickets", "merge"),
    member("list-users", "update"),
    member("merge-ticket", "skip", "pending-consent"),
    member("schema:label", "remove"),
]


def shown(found: Plan, width: int = 80, *, title: str = INSTALL, all_members: bool = False) -> str:
    return painted(show_plan(found, width, {INSTALL: title}, all_members=all_members), colour=False)


def test_a_plan_is_read_from_what_is_to_decide_to_what_stays():
    assert (
        shown(plan(MEMBERS, unchanged=22), title="acme/helpdesk")
        == f"""\
Plan {PLAN} (merge)
acme/helpdesk 1.0.0 → 2.0.0
1 to decide, 1 merged with your edits, 2 left alone, 1 removed, 1 added, 1
updated, 22 unchanged

  get-statistics  function  to decide   /path: both changed it and 1 more
  list-tickets    function  merged
  close-ticket    function  left alone  edited or detached here
  merge-ticket    function  left alone  waits for a permission
  schema:label    schema    removed
  list-ratings    function  added
  list-users      function  updated
"""
    )


def test_a_plan_that_changes_nothing_has_no_table():
    assert shown(plan([], unchanged=3)).splitlines()[-1] == "3 unchanged"
    assert shown(plan([])).splitlines()[-1] == "no members"


def test_many_members_of_an_outcome_are_cut_with_a_word_but_never_those_of_others():
    members = [member(f"f-{number:03}", "update") for number in range(150)] + MEMBERS
    found = plan(members)
    cut, whole = shown(found), shown(found, all_members=True)
    assert cut.count("function  updated\n") == 20
    assert "  … 131 more                updated     --all shows them\n" in cut
    assert "list-ratings" in cut
    assert whole.count("function  updated\n") == 151
    # a line that says so takes as much room as the one that it stands for
    assert "more" not in shown(plan(members[:21]))


@pytest.mark.parametrize(("state", "word"), [("stale", "out of date"), ("applied", "applied already")])
def test_a_plan_that_cannot_be_applied_says_so(state: str, word: str):
    assert shown(plan(MEMBERS, state=state)).splitlines()[0] == f"Plan {PLAN} (merge, {word})"


def test_several_installs_are_told_apart():
    other = "intins_00000000000000000000000002"
    installs = [
        {"integrationInstallId": INSTALL, "from": {"version": "1.0.0"}, "to": {"version": "2.0.0"}},
        {"integrationInstallId": other, "from": {"version": "3.0.0"}, "to": {"version": "3.0.0"}},
    ]
    members = [member("a", "update"), member("a", "skip", "held", integrationInstallId=other)]
    lines = shown(plan(members, installs=installs), width=200, title="acme/helpdesk").splitlines()
    assert lines[1:3] == ["acme/helpdesk 1.0.0 → 2.0.0", f"{other} stays at 3.0.0"]
    assert lines[-1].split()[-1] == "acme/helpdesk"
    assert lines[-2] == f"  a  function  left alone  {other} held, and the version has no place for it"


def test_what_to_know_before_stands_below_it():
    install = {
        "integrationInstallId": INSTALL,
        "from": {"version": "1.0.0"},
        "to": {"version": "2.0.0"},
        "permissions": ["tickets.merge", "tickets.read"],
        "warnings": [{"code": "still-named", "slug": "schema:label", "entityIds": ["fun_1", "fun_2"]}],
    }
    text = " ".join(shown(plan([], installs=[install])).split())
    assert "It asks for permissions: tickets.merge, tickets.read. An admin accepts them by --accept." in text
    assert "schema:label goes, and is still named by fun_1, fun_2." in text


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_it_keeps_to_the_width_and_to_whole_names(width: int):
    long = "schema:" + "x" * 60
    members = [*MEMBERS, member(long, "conflict", "conflict", ("/paths/~1a/" + "y" * 90, "type"))]
    lines = shown(plan(members), width=width).splitlines()
    assert any(line.strip().startswith(long) for line in lines)
    # ids and names are whole, so that they can be copied
    whole = (long, PLAN, INSTALL)
    assert [line for line in lines if cell_len(line) > width and not any(name in line for name in whole)] == []


def test_what_others_wrote_steers_no_terminal():
    members = [member("a\x1b[2J", "conflict", "conflict", ("/b\x1b]0;x\x07", "both-changed"))]
    text = shown(plan(members), title="acme/\x1b[31m")
    assert "\x1b" not in text
    assert "\x07" not in text


def test_what_was_done_is_told_by_the_four_lists():
    found = applied(updated=[f"f-{number:02}" for number in range(40)], skipped=["close-ticket"])
    text = painted(show_applied([found], 80), colour=False)
    assert text.startswith("Done: intopn_1\n  updated  40  f-00, f-01, ")
    assert "f-19 … and 20 more" in " ".join(text.split())
    assert text.endswith("  skipped  1   close-ticket\n")


def test_what_was_undone_names_both_operations_and_nothing_is_nothing():
    found = [applied("intopn_2", "intopn_1", updated=["a"]), applied(None)]
    assert painted(show_applied(found, 80), colour=False) == (
        "Done: intopn_2; undoes intopn_1\n  updated  1  a\nNothing was to do.\n"
    )
