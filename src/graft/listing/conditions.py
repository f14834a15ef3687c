"""The operators of filters: the operand that each takes, and the condition that it stands for."""

from typing import Any

from graft.errors import Problem, Problems
from graft.jsontext import Json, pointer
from graft.listing.errors import ListingError, Rejected, shown
from graft.listing.query import Comparator, Comparison, Filter, In, IsNull, Not, Or
from graft.listing.resource import Field
from graft.listing.scalars import NOTHING, PATTERN

MAX_LIST = 1_000

_COMPARATORS: dict[str, Comparator] = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_PATTERNS = {"contains": "%{}%", "startswith": "{}%", "endswith": "%{}"}
_ESCAPED = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def read_operand(field: Field, operator: str, value: Json) -> Any:
    """The operand of `operator` on `field`, typed.

    Raises `Rejected`; for items of a list `ListingError`, with pointers into the list.
    """
    scalar = field.scalar
    if not scalar.operators:
        raise Rejected("not-filterable", "This field takes no condition.")
    if operator not in scalar.operators:
        allowed = ", ".join(sorted(scalar.operators))
        raise Rejected(
            "unknown-operator", f"{shown(operator)} is none of a {scalar.name} field's operators: {allowed}."
        )

    if operator == "isNull":
        if not isinstance(value, bool):
            raise Rejected("wrong-type", "isNull takes true or false.")
        return value
    if operator in {"in", "notIn"}:
        return _read_list(field, value)
    if value is None:
        if operator in {"eq", "ne"}:
            return None
        raise Rejected("wrong-type", f"{operator} takes no null.")
    return field.ranked.scalar.read(value) if operator in _COMPARATORS else scalar.read(value)


def _read_list(field: Field, value: Json) -> list[Any]:
    if not isinstance(value, list):
        raise Rejected("wrong-type", "A list is expected.")
    if len(value) > MAX_LIST:
        raise Rejected("too-many", f"A list has at most {MAX_LIST:,} values.")

    typed: list[Any] = []
    problems = Problems()
    for index, item in enumerate(value):
        try:
            typed.append(None if item is None else field.scalar.read(item))
        except Rejected as error:
            problems.add(Problem(pointer(index), error.code, error.detail))
    if problems:
        raise ListingError(problems)
    return typed


def condition(field: Field, operator: str, operand: Any) -> Filter:
    """The condition that `operator` stands for, with an operand of `read_operand`."""
    match operator:
        case "eq" | "ne":
            found = _equals(field, operand)
        case "in" | "notIn":
            found = _in_list(field, operand)
        case "isNull":
            found = IsNull(field) if operand else Not(IsNull(field))
        case _ if operator in PATTERN:
            found = _pattern(field, operator, operand)
        case _:
            found = Or(()) if operand is NOTHING else Comparison(field.ranked, _COMPARATORS[operator], operand)
    return Not(found) if operator in {"ne", "notIn"} else found


def _equals(field: Field, value: Any) -> Filter:
    if value is None:
        return IsNull(field)
    return Or(()) if value is NOTHING else Comparison(field, "=", value)


def _in_list(field: Field, values: list[Any]) -> Filter:
    found = In(field, tuple(value for value in values if value is not None and value is not NOTHING))
    return Or((found, IsNull(field))) if None in values else found


def _pattern(field: Field, operator: str, value: str) -> Filter:
    insensitive = operator.startswith("i")
    pattern = _PATTERNS[operator.removeprefix("i").lower()].format(value.translate(_ESCAPED))
    return Comparison(field, "ilike" if insensitive else "like", pattern)
