"""The types of fields: their operators, how a value is read from a request, and how a cursor carries it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, LiteralString

from graft.jsontext import Json
from graft.listing.errors import Rejected, shown

EQUALITY = frozenset({"eq", "ne", "in", "notIn", "isNull"})
COMPARISON = frozenset({"lt", "lte", "gt", "gte"})
PATTERN = frozenset({"contains", "icontains", "startsWith", "istartsWith", "endsWith", "iendsWith"})

_INTEGER = re.compile(r"-?[0-9]{1,19}")
_NUMBER = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,5})?")
_TIMESTAMP = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:(\.[0-9]{1,6})0*)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
# PostgreSQL's `numeric` has more digits, but no data does, and a hostile exponent would cost memory.
_MOST_DIGITS = 1_000


class Nothing(Enum):
    """The value of a text that is no id of the field's kind: it differs from every value in the table."""

    NOTHING = "nothing"


NOTHING = Nothing.NOTHING


@dataclass(frozen=True, slots=True)
class Scalar:
    """The type of a field.

    cast: the type of parameters that are compared with it
    read, read_text: read a value from JSON, and from the text of a plain parameter; they raise `Rejected`
    dump, load: a value as the JSON that a cursor carries, and back; no digit is lost. `load` raises on anything that
        `dump` has not made
    collate: makes order and comparison those of code points, whatever the locale of the database
    values: of an enumeration, all of its values
    prefix: of ids, what is shown before the 26 characters; "" if that differs from row to row
    """

    name: str
    cast: LiteralString
    operators: frozenset[str]
    read: Callable[[Json], Any]
    read_text: Callable[[str], Any]
    dump: Callable[[Any], Any]
    load: Callable[[Any], Any]
    collate: LiteralString = ""
    values: tuple[str, ...] = ()
    prefix: str = ""

    @property
    def orderable(self) -> bool:
        """Whether lists can be ordered by fields of this type: by all but documents."""
        return bool(self.operators)


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise Rejected("wrong-type", "A string is expected.")
    return value


def _boolean(value: Json) -> bool:
    if not isinstance(value, bool):
        raise Rejected("wrong-type", "true or false is expected.")
    return value


def _boolean_text(text: str) -> bool:
    if text not in {"true", "false"}:
        raise Rejected("invalid-value", "true or false is expected.")
    return text == "true"


def _decimal(value: Json) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise Rejected("wrong-type", "A number is expected.")
    number = Decimal(value)
    if abs(number.adjusted()) > _MOST_DIGITS or len(number.as_tuple().digits) > _MOST_DIGITS:
        raise Rejected("out-of-range", "The number is out of range.")
    return number


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise Rejected("invalid-value", "A number is expected.")
    return Decimal(text)


def _integer(value: Json) -> int:
    number = _decimal(value)
    if number != number.to_integral_value():
        raise Rejected("invalid-value", "A whole number is expected.")
    if number.adjusted() > 18 or not -(2**63) <= int(number) < 2**63:
        raise Rejected("out-of-range", "The number is out of range: it has more than 64 bits.")
    return int(number)


def _float(value: Json) -> float:
    number = float(_decimal(value))
    if number in {float("inf"), float("-inf")}:
        raise Rejected("out-of-range", "The number is out of range.")
    return number


def _timestamp(value: Json) -> datetime:
    match = _TIMESTAMP.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise Rejected(
            "invalid-value" if isinstance(value, str) else "wrong-type",
            "A timestamp is expected, like 2026-01-31T12:00:00.123456Z: with its zone, to the microsecond.",
        )
    date, time, fraction, zone = match.groups()
    try:
        return datetime.fromisoformat(f"{date}T{time}{fraction or ''}{zone.upper()}").astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Rejected("invalid-value", "There is no such date or time.") from error


def _instance(kind: type) -> Callable[[Any], Any]:
    def load(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(value)
        return value

    return load


def _same(value: Any) -> Any:
    return value


def _refuse(_: object) -> Any:
    raise Rejected("not-filterable", "This field takes no condition.")


_load_text = _instance(str)


def _load_timestamp(value: Any) -> datetime:
    return datetime.fromisoformat(_load_text(value))


def _load_number(value: Any) -> Decimal:
    return Decimal(_load_text(value))


_C: LiteralString = ' collate "C"'

TEXT = Scalar("text", "text", EQUALITY | COMPARISON | PATTERN, _text, _same, _same, _load_text, _C)
BOOL = Scalar("bool", "boolean", EQUALITY, _boolean, _boolean_text, _same, _instance(bool))
INT = Scalar(
    "int", "bigint", EQUALITY | COMPARISON, _integer, lambda text: _integer(_number(text)), _same, _instance(int)
)
# A cursor carries a float as text, as JSON has no NaN and no infinity.
FLOAT = Scalar(
    "float",
    "double precision",
    EQUALITY | COMPARISON,
    _float,
    lambda text: _float(_number(text)),
    repr,
    lambda value: float(_load_text(value)),
)
DECIMAL = Scalar(
    "decimal", "numeric", EQUALITY | COMPARISON, _decimal, lambda text: _decimal(_number(text)), str, _load_number
)
TIMESTAMP = Scalar(
    "timestamp", "timestamptz", EQUALITY | COMPARISON, _timestamp, _timestamp, datetime.isoformat, _load_timestamp
)
# Documents and arrays are shown. Lists are neither filtered nor sorted by them.
JSON = Scalar("json", "json", frozenset(), _refuse, _refuse, _refuse, _refuse)


def identifier(parse: Callable[[str], str | None], prefix: str = "") -> Scalar:
    """The type of ids. `parse` returns the 26 characters of a wire id; None if a text is no id of this kind."""

    def from_text(text: str) -> str | Nothing:
        found = parse(text)
        return NOTHING if found is None else found

    def read(value: Json) -> str | Nothing:
        return from_text(_text(value))

    return Scalar("id", "uuid", EQUALITY | COMPARISON, read, from_text, _same, _load_text, prefix=prefix)


def sort_key(key: Callable[[str], str | None], expected: str) -> Scalar:
    """The type of a field that ranks a text field.

    `key` returns the text by which a value sorts, or None if it is none; then `expected`, a sentence, says what one is.
    """

    def read_text(text: str) -> str:
        found = key(text)
        if found is None:
            raise Rejected("invalid-value", expected)
        return found

    def read(value: Json) -> str:
        return read_text(_text(value))

    return Scalar("sort key", "text", COMPARISON, read, read_text, _same, _load_text, _C)


def enumeration(*values: str) -> Scalar:
    """The type of texts of which only `values` exist. Any other in a request is a problem."""
    allowed = ", ".join(values)

    def read_text(text: str) -> str:
        if text not in values:
            raise Rejected("unknown-value", f"{shown(text)} is none of {allowed}.")
        return text

    def read(value: Json) -> str:
        return read_text(_text(value))

    return Scalar("enum", "text", EQUALITY, read, read_text, _same, _load_text, _C, values)
