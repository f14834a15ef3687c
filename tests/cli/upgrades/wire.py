"""Plans, fields and histories as the API sends them, for what shows them."""

from collections.abc import Sequence
from typing import Any

import msgspec

from graft.cli.upgrades.wire import Applied, Field, Operation, Plan

INSTALL = "intins_00000000000000000000000001"
PLAN = "intpln_00000000000000000000000001"


def member(slug: str, outcome: str, reason: str | None = None, *conflicts: tuple[str, str], **more: Any) -> Any:
    """`conflicts`: pointer and kind of each."""
    return {
        "integrationInstallId": INSTALL,
        "slug": slug,
        "kind": "schema" if slug.startswith("schema:") else "function",
        "memberId": "intmem_00000000000000000000000001",
        "outcome": outcome,
        "reason": reason,
        "conflicts": [{"pointer": pointer, "kind": kind} for pointer, kind in conflicts],
        **more,
    }


def plan(members: Sequence[Any], *, unchanged: int = 0, **more: Any) -> Plan:
    summary = {"unchanged": unchanged, "update": 0, "merge": 0, "conflict": 0, "add": 0, "remove": 0, "skip": 0}
    for found in members:
        summary[found["outcome"]] += 1
    install = {"integrationInstallId": INSTALL, "from": {"version": "1.0.0"}, "to": {"version": "2.0.0"}}
    return msgspec.convert(
        {
            "id": PLAN,
            "kind": "upgrade",
            "strategy": "merge",
            "state": "open",
            "summary": summary,
            "installs": [install],
            "members": list(members),
            "pageInfo": {"hasNextPage": False},
            **more,
        },
        Plan,
    )


def field(pointer: str, by: str, slug: str = "list-tickets", **more: Any) -> Field:
    """`more`: the sides that there are, `conflict`, `leftOut`."""
    text = {"integrationInstallId": INSTALL, "slug": slug, "pointer": pointer, "by": by, **more}
    return msgspec.json.decode(msgspec.json.encode(text), type=Field)


def applied(operation_id: str | None = "intopn_1", undoes: str | None = None, **lists: list[str]) -> Applied:
    found = {"operationId": operation_id, "undoes": undoes, **{name: [] for name in LISTS}, **lists}
    return msgspec.convert(found, Applied)


LISTS = ("updated", "added", "removed", "skipped")


def operation(kind: str, **more: Any) -> Operation:
    text = {"id": "intopn_1", "kind": kind, "createdAt": "2026-11-28T09:07:00Z", "createdBy": "usr_1", **more}
    return msgspec.json.decode(msgspec.json.encode(text), type=Operation)
