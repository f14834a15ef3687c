"""Keyset paging: the order of a page, and the conditions of the rows beyond a given one, nulls included."""

from collections.abc import Sequence
from typing import Any, LiteralString

from graft.listing.query import Key, Keys
from graft.listing.sql import FALSE, Sql, conjunction, disjunction, fill, join, parameter

# At most five keys, and the id.
_COLUMNS: tuple[LiteralString, ...] = ("_k0", "_k1", "_k2", "_k3", "_k4", "_k5")


def key_columns(keys: Keys) -> tuple[LiteralString, ...]:
    """The names of the columns in which the rows of a page carry their order keys."""
    return _COLUMNS[: len(keys)]


def expression(key: Key) -> LiteralString:
    """What is sorted by: the field, with its collation."""
    return key.field.expression + key.field.scalar.collate


def order_by(keys: Keys) -> Sql:
    """The ORDER BY list over the source of the rows."""
    return Sql(", ".join(expression(key) + _direction(key) for key in keys))


def order_by_columns(keys: Keys) -> Sql:
    """The ORDER BY list over the rows of a page, by their key columns."""
    return Sql(", ".join(f"t.{column}{_direction(key)}" for column, key in zip(key_columns(keys), keys, strict=True)))


def _direction(key: Key) -> LiteralString:
    word = " desc" if key.descending else ""
    # The place of nulls is written only if it is not PostgreSQL's default and there may be nulls: else a plain index
    # would not serve.
    if not key.field.nullable or key.nulls_first == key.descending:
        return word
    return word + (" nulls first" if key.nulls_first else " nulls last")


def ranges(keys: Keys, values: Sequence[Any], *, inclusive: bool = False) -> list[Sql]:
    """Conditions for the rows beyond the one with these key values: each such row fulfils exactly one, no other any.

    With `inclusive`, that row itself counts as well. Each condition is one range of an index that begins with the first
    key, in order, so that a page far down costs what the first one does. There is one condition if all keys have one
    direction and none can be null. Else there are up to three: equal in the first key, beyond it, null.
    """
    if _is_uniform(keys):
        return [_row_comparison(keys, values, inclusive)]
    same = conjunction([_same(keys[0], values[0]), beyond(keys[1:], values[1:], inclusive=inclusive)])
    return [found for found in (same, *_further(keys[0], values[0])) if found != FALSE]


def beyond(keys: Keys, values: Sequence[Any], *, inclusive: bool) -> Sql:
    """As `ranges`, in one condition."""
    return disjunction(ranges(keys, values, inclusive=inclusive))


def _is_uniform(keys: Keys) -> bool:
    return all(key.descending == keys[0].descending and not key.field.nullable for key in keys)


def _row_comparison(keys: Keys, values: Sequence[Any], inclusive: bool) -> Sql:
    operator: LiteralString = _strictly(keys[0]) + ("=" if inclusive else "")
    mine = ", ".join([expression(key) for key in keys])
    given = join(", ", [_value(key, value) for key, value in zip(keys, values, strict=True)])
    return fill("({}) {} ({})", mine, operator, given)


def _same(key: Key, value: Any) -> Sql:
    if value is None:
        return Sql(f"{key.field.expression} is null")
    return fill("{} = {}", key.field.expression, _value(key, value))


def _further(key: Key, value: Any) -> list[Sql]:
    """Conditions for the rows that this key alone puts beyond the value; nulls are a range of their own."""
    if value is None:
        return [Sql(f"{key.field.expression} is not null")] if key.nulls_first else []
    found = [fill("{} {} {}", expression(key), _strictly(key), _value(key, value))]
    if key.field.nullable and not key.nulls_first:
        found.append(Sql(f"{key.field.expression} is null"))
    return found


def _strictly(key: Key) -> LiteralString:
    return "<" if key.descending else ">"


def _value(key: Key, value: Any) -> Sql:
    return parameter(value, key.field.scalar.cast)
