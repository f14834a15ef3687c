"""Write the stretches of rows that follow a cursor, and whether a row stands on the other side of it."""

import re
from collections.abc import Sequence
from typing import LiteralString

from graft.listing.keyset import expression, key_columns, order_by, ranges
from graft.listing.query import Keys, backwards
from graft.listing.sql import FALSE, TRUE, Param, Sql, disjunction, fill

# The values of a cursor: five keys and the id.
POSITION = tuple([Param(None) for _ in range(6)])

# The largest page, and one row more.
_MOST_ROWS: LiteralString = "101"
_COLUMN = re.compile(r"\bt\.[a-z_]+")


def around(arms: Sequence[Sql], towards: Keys, given: tuple[bool, ...] | None) -> tuple[list[Sql], Sql]:
    """The conditions of the rows beyond the cursor, and whether there is a row on its other side."""
    if given is None:
        return [TRUE], FALSE
    position = [param if there else None for param, there in zip(POSITION, given, strict=False)]
    away = backwards(towards)
    behind = disjunction(
        _any_row(arm, condition, away) for arm in arms for condition in ranges(away, position, inclusive=True)
    )
    return ranges(towards, position), behind


def stretch(rows: Sql, condition: Sql, keys: Keys) -> Sql:
    """A SELECT of the first rows that fulfil `condition`, enough for a page, with their keys."""
    return fill(
        "(select t.*, {} from {} and {} order by {} limit {})",
        _carried(keys), rows, condition, order_by(keys), _MOST_ROWS,
    )  # fmt: skip


def stretch_of_found(table: Sql, condition: Sql, keys: Keys) -> Sql:
    """The same of the rows that were collected."""
    return fill(
        "(select t.*, {} from (select t.id from found t where {} order by {} limit {}) f join {} on t.id = f.id)",
        _carried(keys), condition, order_by(keys), _MOST_ROWS, table,
    )  # fmt: skip


def _carried(keys: Keys) -> LiteralString:
    return ", ".join([f"{expression(key)} as {name}" for key, name in zip(keys, key_columns(keys), strict=True)])


def columns_of(keys: Keys) -> LiteralString:
    """The columns of `t` that the keys read, and the id."""
    read = [column for key in keys for column in _COLUMN.findall(key.field.sql)]
    return ", ".join(dict.fromkeys(["t.id", *read]))


def _any_row(rows: Sql, condition: Sql, keys: Keys) -> Sql:
    """Whether a row fulfils `condition`: an ordered LIMIT 1, which finds the row next to the cursor by the index.

    EXISTS has no order. The planner may then scan half of the table before it meets such a row.
    """
    return fill("(select true from {} and {} order by {} limit 1) is not null", rows, condition, order_by(keys))
