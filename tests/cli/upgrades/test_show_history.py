"""A history in a terminal: what happened, who did it, when and why, with names that people know."""

from graft.cli.terminal import painted
from graft.cli.upgrades.show_history import Names, show_history
from graft.cli.upgrades.wire import Operation
from tests.cli.upgrades.wire import operation

NAMES = Names({"intver_1": "1.0.0", "intver_2": "2.0.0"}, {"usr_1": "ada@example.com"}, {"intmem_1": "list-tickets"})


def shown(*operations: Operation, width: int = 80) -> str:
    return painted(show_history(operations, NAMES, width), colour=False)


def test_each_operation_says_what_who_when_and_why():
    counts = {"added": 6, "updated": 7, "removed": 1, "skipped": 0}
    versions = {"fromVersionId": "intver_1", "toVersionId": "intver_2"}
    assert (
        shown(
            operation("upgrade", reason="Merged tickets.", counts=counts, byKey=True, undoneBy="intopn_2", **versions),
            operation("edit", memberId="intmem_1", counts={"updated": 1}),
            operation("undo", undoes="intopn_0", createdBy="usr_9"),
            operation("install", toVersionId="intver_1", createdBy=None, counts={"added": 32}),
        )
        == """\
intopn_1  2026-11-28 09:07 UTC  ada@example.com, by a key
    upgraded 1.0.0 → 2.0.0: 6 added, 7 updated, 1 removed
    “Merged tickets.”
    undone by intopn_2

intopn_1  2026-11-28 09:07 UTC  ada@example.com
    edited list-tickets

intopn_1  2026-11-28 09:07 UTC  usr_9
    undone
    undoes intopn_0

intopn_1  2026-11-28 09:07 UTC  nobody
    installed 1.0.0: 32 added
"""
    )


def test_a_long_reason_is_folded_and_steers_no_terminal():
    lines = shown(operation("hold", memberId="intmem_2", reason="why \x1b[31m" * 30), width=60).splitlines()
    assert max(map(len, lines)) <= 60
    assert "\x1b" not in "".join(lines)
    assert lines[1] == "    held intmem_2"
