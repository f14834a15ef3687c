"""The difference of two versions in a terminal: members that change, go and come, and each place with both values."""

from typing import Any

import msgspec

from graft.cli.terminal import painted
from graft.cli.upgrades.show_diff import show_diff
from graft.cli.upgrades.wire import VersionDiff


def member(slug: str, change: str, fields: list[Any] | None = None, **more: Any) -> Any:
    return {"slug": slug, "kind": "function", "change": change, "fields": fields or [], **more}


def shown(members: list[Any], documents: list[Any] | None = None, width: int = 80, **options: bool) -> str:
    versions = {"from": {"version": "1.0.0"}, "to": {"version": "2.0.0"}}
    text = msgspec.json.encode({**versions, "members": members, "documents": documents or [], "hasNextPage": False})
    found = msgspec.json.decode(text, type=VersionDiff)
    return painted(show_diff(found, width, title="acme/helpdesk", **options), colour=False)


def test_members_and_places_are_shown_with_both_values():
    members = [
        member("list-ratings", "added"),
        member("list-users", "changed", [{"pointer": "/definition/summary", "before": "A", "after": "B"}]),
        member("close", "removed"),
        member("new-name", "changed", slugBefore="old-name"),
    ]
    assert (
        shown(members, [{"pointer": "/variablesSchema/properties/size", "after": {"type": "integer"}}])
        == """\
acme/helpdesk 1.0.0 → 2.0.0
2 changed, 1 added, 1 removed

  list-users    function  changed  1 field
  new-name      function  changed  was old-name, 0 fields
  list-ratings  function  added
  close         function  removed

the integration
  /variablesSchema/properties/size
    1.0.0  (absent)
    2.0.0  {"type": "integer"}

list-users
  /definition/summary
    1.0.0  "A"
    2.0.0  "B"
"""
    )


def test_versions_that_do_not_differ_say_so():
    assert shown([]) == "acme/helpdesk 1.0.0 → 2.0.0\nno member differs\n"


def test_many_members_are_cut_with_a_word():
    field = {"pointer": "/name", "before": 1, "after": 2}
    members = [member(f"f-{number:02}", "changed", [field]) for number in range(30)]
    cut, whole = shown(members), shown(members, everything=True)
    assert "  … 10 more            changed  --all shows them\n" in cut
    assert cut.endswith("\n\n… 10 more members change; --all shows them\n")
    assert (cut.count("/name"), whole.count("/name")) == (20, 30)
    assert "more" not in whole


def test_what_others_wrote_steers_no_terminal():
    assert "\x1b" not in shown([member("a\x1b[2J", "changed", [{"pointer": "/\x1b", "after": "\x1b"}])])
