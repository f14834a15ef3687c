"""End a page of large rows by their bytes: in the statement, and where a row grows once it is read.

Adding up the bytes of rows takes a twentieth of a page, and most rows are small. So the statement of a page shows the
documents of small rows alone, of which a hundred are no more than a page may have. Only where a row is withheld so is
the page asked for again, by a statement that adds up; the list remembers that it needs that one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, LiteralString

from graft.listing.sql import Sql, fill

# A page ends with the row with which its rows pass this. A hundredth of it is a small row.
MOST_BYTES = 16 * 1024 * 1024
_MOST: LiteralString = "16777216"
_SMALL: LiteralString = "167772"
_LAST = itemgetter(-1)

# Makes of the rows of a page, in the order from its cursor on, what the page has: of the first of them at least, and of
# none behind the first that it leaves out.
Keep = Callable[[Sequence[Any]], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Weight:
    """Of a list whose rows may be large.

    bytes: of a row, an expression over the row `t` and the joins of the list
    small: the select list, with documents of small rows alone (`if_small`)
    """

    bytes: Sql
    small: Sql

    def small_rows(self) -> tuple[Sql, Sql]:
        """The select list, and whether the row is withheld (`_heavy`)."""
        return self.small, fill(", case when {} > {} then true end as _heavy", self.bytes, _SMALL)

    def summed_rows(self, columns: Sql, order: Sql) -> tuple[Sql, Sql]:
        """The select list, the bytes of the rows before this one (`_bytes`), and whether one follows it (`_more`).

        Rows beyond the limit of the request are among those that follow.
        """
        return columns, fill(
            ", lead(true) over (order by {}) as _more,"
            " sum({}) over (order by {} rows between unbounded preceding and 1 preceding) as _bytes,"
            " null::boolean as _heavy",
            order, self.bytes, order,
        )  # fmt: skip


def if_small(weight: LiteralString, column: LiteralString) -> LiteralString:
    """A column that is null in a row that is not small. Each computes it: that is quicker than a join which does."""
    return f"case when {weight} <= {_SMALL} then {column} end"


def counted(*documents: LiteralString) -> LiteralString:
    """The bytes of documents that no column tells, or more: of what is surely small, the most that it can have.

    Compressed text is at most 88 times as long once it is unpacked by `pglz`, and 256 times by `lz4`. Only what may be
    large then is unpacked to be counted.
    """
    return " + ".join(
        [
            f"(case when pg_column_compression({one}) is null then coalesce(pg_column_size({one}), 0)"
            f" when pg_column_size({one}) <= 600 then 256 * pg_column_size({one})"
            f" when pg_column_compression({one}) = 'pglz' and pg_column_size({one}) <= 1800"
            f" then 88 * pg_column_size({one}) else octet_length({one}::text) end)"
            for one in documents
        ]
    )


def up_to_the_bound(page: Sql) -> Sql:
    """The summed rows of a page, as `t`, up to the one with which they pass the bound. The others are not sent."""
    return fill("select t.* from ({}) t where coalesce(t._bytes, 0) <= {}", page, _MOST)


def withholds(rows: Sequence[Any]) -> bool:
    """Whether documents of a row are missing: `_heavy`, the last column."""
    return any(map(_LAST, rows))


def ends_early(kept: Sequence[Any]) -> bool:
    """Whether rows follow those of a page, which the statement itself may have ended."""
    return bool(kept) and "_more" in kept[-1] and kept[-1]["_more"] is not None


def keep_all(rows: Sequence[Any]) -> Sequence[Any]:
    return rows


def keep_until_heavy(read: Callable[[Any], Any], size: Callable[[Any], int]) -> Keep:
    """Read rows until the bytes of what was read pass the bound."""

    def keep(rows: Sequence[Any]) -> Sequence[Any]:
        total = 0
        kept: list[Any] = []
        for row in rows:
            kept.append(read(row))
            total += size(kept[-1])
            if total > MOST_BYTES:
                break
        return kept

    return keep
