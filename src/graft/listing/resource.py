"""Declare what can be listed: a resource says its rows, who sees them, its fields and its relations."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, LiteralString, TypeVar

from graft.listing.scalars import Scalar
from graft.listing.sql import FALSE, TRUE, Sql, fill, join

# Whatever the application needs to know of who calls. It is handed on to `source`, `visible` and `watches`.
Context = TypeVar("Context")

# A table whose changes are logged (`totals`), and the scope of it that is read: an id, or None for all of it.
Watch = tuple[str, str | None]

COMBINATORS = frozenset({"AND", "OR", "NOT"})
_TABLE = re.compile(r"[a-z_]+ t")
PARAMETERS = frozenset({"limit", "after", "before", "ids", "filter", "orderBy", "include_deleted"})


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the reply: an expression over the row `t`, and its type.

    nullable: whether the expression may be null; if it may and this is not said, pages leave rows out
    orderable: whether lists can be ordered by it; not so for long texts, as a cursor carries the values of its row
    rank: the field that is sorted and compared (`lt`, `gt`) in place of this one
    """

    sql: LiteralString
    scalar: Scalar
    nullable: bool = False
    orderable: bool = True
    rank: "Field | None" = None

    @property
    def expression(self) -> LiteralString:
        """`sql` in parentheses, so that operators may stand beside it."""
        return f"({self.sql})"

    @property
    def ranked(self) -> "Field":
        """The field that is sorted and compared: the rank, or this one."""
        return self.rank or self


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation to the resource that the catalog has under the name `target`; `many` if it may reach several rows.

    `columns` are pairs of expressions, the first over the row `t` here, the second over the row `t` there. The rows
    belong together if all pairs are equal. Between tenant tables one pair is the workspace. `belonging` is the FROM
    item of the rows there if the row here is of a part that shows them all (`Part.whole`), without `visible`.
    """

    target: str
    columns: tuple[tuple[LiteralString, LiteralString], ...]
    many: bool = False
    belonging: Sql | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the rows that are not deleted and that the caller sees.

    `whole`: who sees one of these sees all that belongs to it (`Relation.belonging`). `ids`: a SELECT of ids that those
    of the part are among, where they are few.
    """

    condition: Sql
    whole: bool = False
    ids: Sql | None = None


@dataclass(frozen=True, slots=True)
class PublicRows:
    """The rows that everybody sees: those that are not deleted and whose `field` is `value`.

    `watches` is what a total of these rows alone depends on.
    """

    field: str
    value: Any
    watches: Sequence[Watch]


def _not_watched(_context: Any) -> None:
    return None


@dataclass(frozen=True)
class Resource(Generic[Context]):
    """What a list can be made of.

    name: in messages, and in the catalog
    source: the FROM item with the rows `t`: a table (`integrations t`) or a sub-select (`(select …) t`); or several
        SELECTs with the same columns and no row in common, each of which a page then reads in its own order
    visible: the condition of the rows that the caller may see, for the list and for every relation that leads here;
        with `FALSE` there is no query
    shorthands: parameter → field and operator
    deleted_at: an expression that is not null in deleted rows; None if no row is ever deleted
    default_order: pairs of field and direction
    catalogue: whether the rows belong to no tenant, or to all; then a relation to them may be a correlated sub-select
    watches: every table that `source` and `visible` read; None if changes of one of them are not logged, so that each
        page counts its total
    public_rows: rows that everybody sees; a list of these alone needs neither `visible` nor its watches
    parts: for a large table of the catalogue, whose `visible` no index serves: each row that is not deleted and that
        `visible` shows is in one part, each part has an index, and no other row is in any; the second argument tells
        whether relations are asked for, so that it matters which part is `whole`
    """

    name: str
    source: Sql | Callable[[Context], Sql | tuple[Sql, ...]]
    visible: Callable[[Context], Sql]
    fields: Mapping[str, Field]
    relations: Mapping[str, Relation] = field(default_factory=dict[str, Relation])
    shorthands: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    deleted_at: LiteralString | None = None
    default_order: tuple[tuple[str, str], ...] = (("id", "desc"),)
    catalogue: bool = False
    watches: Callable[[Context], Sequence[Watch] | None] = _not_watched
    public_rows: PublicRows | None = None
    parts: Callable[[Context, bool], Sequence[Part]] | None = None

    def __post_init__(self) -> None:
        """Raise `ValueError` for a wrong declaration: a bug, which shows when the program starts."""
        if "id" not in self.fields or self.fields["id"].nullable:
            raise ValueError(f"{self.name}: a resource has a field id that is never null")
        if clash := (self.fields.keys() & self.relations.keys()) | (COMBINATORS & {*self.fields, *self.relations}):
            raise ValueError(f"{self.name}: {sorted(clash)} mean two things in a filter")
        if clash := PARAMETERS & self.shorthands.keys():
            raise ValueError(f"{self.name}: {sorted(clash)} are parameters of every list")
        if self.parts is not None and not (
            isinstance(self.source, Sql) and _TABLE.fullmatch(self.source.text) and self.fields["id"].sql == "t.id"
        ):
            raise ValueError(f"{self.name}: only a table whose key is its id has parts")
        for parameter, (name, operator) in self.shorthands.items():
            if name not in self.fields or operator not in self.fields[name].scalar.operators:
                raise ValueError(f"{self.name}: the shorthand {parameter} is no {operator} of a field")

    def rows(self, context: Context) -> Sql:
        """The FROM item with all rows."""
        source = self.source if isinstance(self.source, Sql) else self.source(context)
        return source if isinstance(source, Sql) else fill("({}) t", join(" union all ", source))

    def arms(self, context: Context) -> tuple[Sql, ...]:
        """FROM items that have the same rows together; a page reads each in its order."""
        source = self.source if isinstance(self.source, Sql) else self.source(context)
        return (source,) if isinstance(source, Sql) else tuple([fill("({}) t", select) for select in source])

    def seen(self, context: Context) -> Sql:
        """`visible` in parentheses, so that other conditions may stand beside it."""
        condition = self.visible(context)
        return condition if condition in (TRUE, FALSE) else fill("({})", condition)

    @cached_property
    def alive(self) -> Sql:
        """The condition of rows that are not deleted."""
        return TRUE if self.deleted_at is None else Sql(f"({self.deleted_at}) is null")


def shorthands(*names: str) -> dict[str, tuple[str, str]]:
    """Shorthands for these fields: the parameter is the name in snake_case, and asks for an equal value.

    The one for `name` asks for a substring, without regard to case.
    """
    return {
        re.sub(r"[A-Z]", lambda match: "_" + match[0].lower(), name): (name, "icontains" if name == "name" else "eq")
        for name in names
    }
