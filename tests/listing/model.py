"""What filters, orders and visibility mean, in plain Python over plain rows: the oracle of the tests.

It reads the request's own JSON and knows nothing of the library's types.
"""

import functools
import json
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from graft import ids
from tests.listing.toy import Caller, Data, Row, World

_PREFIXES = {"apps": "app", "installs": "ins", "members": "mem"}
_ID_FIELDS = {"workspaceId": "wsp", "appId": "app", "parentId": "ins"}
_TIMES = {"releasedAt", "createdAt", "deletedAt"}
# relation → table, to many, (this row, the other row) → they belong together
_Link = tuple[str, bool, Callable[[Row, Row], bool]]
RELATIONS: dict[str, dict[str, _Link]] = {
    "apps": {"installs": ("installs", True, lambda app, install: install["app_id"] == app["id"])},
    "installs": {
        "app": ("apps", False, lambda install, app: install["app_id"] == app["id"]),
        "parent": ("installs", False, lambda install, other: install["parent_id"] == other["id"]),
        "children": ("installs", True, lambda install, other: other["parent_id"] == install["id"]),
        "members": ("members", True, lambda install, member: member["install_id"] == install["id"]),
    },
    "members": {"install": ("installs", False, lambda member, install: member["install_id"] == install["id"])},
}


def seen(table: str, row: Row, caller: Caller) -> bool:
    return row["workspace_id"] in caller.workspaces or (table == "apps" and row["visibility"] == "public")


def column(field: str) -> str:
    return re.sub(r"[A-Z]", lambda match: "_" + match[0].lower(), field)


class Model:
    """A world's rows, with the ends of every relation looked up once."""

    def __init__(self, world: World) -> None:
        self.data: Data = world.data
        self.caller = world.caller

    def rows(self, table: str, wanted: Any = None, deleted: str = "false") -> list[Row]:
        """The rows of a list, in no order."""
        kept = {"true": (True, False), "false": (False,), "only": (True,)}[deleted]
        return [
            row
            for row in getattr(self.data, table)
            if seen(table, row, self.caller)
            and (row["deleted_at"] is not None) in kept
            and (wanted is None or self.matches(table, row, wanted))
        ]

    @functools.cache  # noqa: B019  one model a test run
    def _ends(self, table: str, relation: str, identifier: str) -> list[Row]:
        target, _, linked = RELATIONS[table][relation]
        row = next(row for row in getattr(self.data, table) if row["id"] == identifier)
        return [other for other in self.rows(target) if linked(row, other)]

    def matches(self, table: str, row: Row, wanted: dict[str, Any]) -> bool:
        return all(self._member(table, row, name, value) for name, value in wanted.items())

    def _member(self, table: str, row: Row, name: str, value: Any) -> bool:
        if name == "AND":
            return all(self.matches(table, row, item) for item in value)
        if name == "OR":
            return any(self.matches(table, row, item) for item in value)
        if name == "NOT":
            return not self.matches(table, row, value)
        if name in RELATIONS[table]:
            return self._relation(table, row, name, value)
        operators = value if isinstance(value, dict) else {"eq": value}
        return all(self._test(table, row, name, operator, operand) for operator, operand in operators.items())

    def _relation(self, table: str, row: Row, name: str, value: Any) -> bool:
        target, many, _ = RELATIONS[table][name]
        ends = self._ends(table, name, row["id"])
        if not many:
            return not ends if value is None else any(self.matches(target, end, value) for end in ends)
        quantifiers = {
            "some": lambda inner: any(self.matches(target, end, inner) for end in ends),
            "none": lambda inner: not any(self.matches(target, end, inner) for end in ends),
            "every": lambda inner: all(self.matches(target, end, inner) for end in ends),
        }
        return all(quantifiers[quantifier](inner) for quantifier, inner in value.items())

    def _test(self, table: str, row: Row, field: str, operator: str, operand: Any) -> bool:
        mine = row[column(field)]
        prefix = _PREFIXES[table] if field == "id" else _ID_FIELDS.get(field)

        def typed(value: Any) -> Any:
            if value is None:
                return None
            if prefix is not None:
                return ids.parse(prefix, value) or object()
            if field in _TIMES:
                return datetime.fromisoformat(value)
            return float(value) if isinstance(mine, float) else value

        match operator:
            case "eq":
                return mine == typed(operand)
            case "ne":
                return mine != typed(operand)
            case "in":
                return any(mine == typed(value) for value in operand)
            case "notIn":
                return all(mine != typed(value) for value in operand)
            case "isNull":
                return (mine is None) is operand
            case _:
                return mine is not None and compare(operator, mine, typed(operand))


def compare(operator: str, mine: Any, operand: Any) -> bool:
    if operator in {"lt", "lte", "gt", "gte"}:
        if type(operand) is object:
            return False
        return {"lt": mine < operand, "lte": mine <= operand, "gt": mine > operand, "gte": mine >= operand}[operator]
    if operator.startswith("i"):
        mine, operand, operator = mine.lower(), operand.lower(), operator[1].lower() + operator[2:]
    return {"contains": operand in mine, "startsWith": mine.startswith(operand), "endsWith": mine.endswith(operand)}[
        operator
    ]


def ordered(rows: list[Row], order: list[dict[str, str]]) -> list[Row]:
    """`rows` by `orderBy`, with the id as the last key, in the direction of the key before it."""

    def before(one: Row, other: Row) -> int:
        direction = "desc"
        for key in order or [{"id": "desc"}]:
            ((field, direction),) = key.items()
            mine, theirs = one[column(field)], other[column(field)]
            nulls_first = direction.endswith("first") or direction == "desc"
            if (mine is None) != (theirs is None):
                return -1 if (mine is None) == nulls_first else 1
            if mine != theirs:
                return -1 if (mine < theirs) != direction.startswith("desc") else 1
        return -1 if (one["id"] < other["id"]) != direction.startswith("desc") else 1

    return sorted(rows, key=functools.cmp_to_key(before))


def dumps(value: Any) -> str:
    """JSON in which decimals stay numbers with all their digits."""

    def encode(item: Any) -> Any:
        if isinstance(item, Decimal):
            return float(item) if Decimal(float(item)) == item else f"\x01{item}\x01"
        raise TypeError(item)

    return json.dumps(value, default=encode).replace('"\\u0001', "").replace('\\u0001"', "")
