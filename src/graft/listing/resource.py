"""What can be listed: a resource declares its rows, who sees them, its fields and its relations to other resources."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, LiteralString, TypeVar

from graft.listing.scalars import Scalar
from graft.listing.sql import FALSE, TRUE, Sql, fill, join

# Whatever the application needs to say who calls; handed on to `source` and `visible`.
Context = TypeVar("Context")

# A table whose changes are noted (`totals`), and the scope that is read of it; None: all of it.
Watch = tuple[str, str | None]

COMBINATORS = frozenset({"AND", "OR", "NOT"})
PARAMETERS = frozenset({"limit", "after", "before", "ids", "filter", "orderBy", "include_deleted"})


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the reply: an expression over the row `t`, and its type.

    A field that may be null and is not declared `nullable` loses rows on a walk. Long texts should not be `orderable`:
    a cursor carries the values of its row.
    """

    sql: LiteralString
    scalar: Scalar
    nullable: bool = False
    orderable: bool = True
    # what stands for it where rows are sorted and values compared as greater and less
    rank: "Field | None" = None

    @property
    def expression(self) -> LiteralString:
        """`sql`, safe beside operators."""
        return f"({self.sql})"

    @property
    def ranked(self) -> "Field":
        """The field that gives this one's order: its rank, or itself."""
        return self.rank or self


@dataclass(frozen=True, slots=True)
class Relation:
    """A hop to the resource that has the name `target` in the catalog.

    `columns` are pairs of expressions, this row's and the target row's, both over `t`, that are equal where the two
    belong together. Between tenant tables one pair is the workspace.
    """

    target: str
    columns: tuple[tuple[LiteralString, LiteralString], ...]
    many: bool = False


@dataclass(frozen=True, slots=True)
class PublicRows:
    """What everybody sees: the rows that are not deleted and in which `field` is `value`; `watches` of these alone."""

    field: str
    value: Any
    watches: Sequence[Watch]


def _not_watched(_context: Any) -> None:
    return None


@dataclass(frozen=True)
class Resource(Generic[Context]):
    """A list.

    `source` is the FROM item that yields the rows `t`: a table (`integrations t`) or a sub-select (`(select …) t`); or
    several SELECTs with the same columns and no row in common, of which a page reads each in its order.
    `visible` is the condition of the rows that the caller may see; `FALSE` is answered without a query. It holds for
    the list and for every hop that reaches this resource. `deleted_at` is the expression that is not null in a deleted
    row. `shorthands` name a parameter's field and operator. `watches` names every table that `source` and `visible`
    read, or is None where the changes of one of them are not noted: then each page counts.
    """

    name: str
    source: Sql | Callable[[Context], Sql | tuple[Sql, ...]]
    visible: Callable[[Context], Sql]
    fields: Mapping[str, Field]
    relations: Mapping[str, Relation] = field(default_factory=dict[str, Relation])
    shorthands: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    deleted_at: LiteralString | None = None
    default_order: tuple[tuple[str, str], ...] = (("id", "desc"),)
    # rows that belong to no tenant, or to all: hops to them may be correlated
    catalogue: bool = False
    watches: Callable[[Context], Sequence[Watch] | None] = _not_watched
    # a list that asks for these rows alone is spared `visible`, and what that watches
    public_rows: PublicRows | None = None

    def __post_init__(self) -> None:
        """A wrong declaration is a mistake of the program: ValueError, when it starts."""
        if "id" not in self.fields or self.fields["id"].nullable:
            raise ValueError(f"{self.name}: a resource has a field id that is never null")
        if clash := (self.fields.keys() & self.relations.keys()) | (COMBINATORS & {*self.fields, *self.relations}):
            raise ValueError(f"{self.name}: {sorted(clash)} mean two things in a filter")
        if clash := PARAMETERS & self.shorthands.keys():
            raise ValueError(f"{self.name}: {sorted(clash)} are parameters of every list")
        for parameter, (name, operator) in self.shorthands.items():
            if name not in self.fields or operator not in self.fields[name].scalar.operators:
                raise ValueError(f"{self.name}: the shorthand {parameter} is no {operator} of a field")

    def rows(self, context: Context) -> Sql:
        """The FROM item."""
        source = self.source if isinstance(self.source, Sql) else self.source(context)
        return source if isinstance(source, Sql) else fill("({}) t", join(" union all ", source))

    def arms(self, context: Context) -> tuple[Sql, ...]:
        """FROM items that together are `rows`."""
        source = self.source if isinstance(self.source, Sql) else self.source(context)
        return (source,) if isinstance(source, Sql) else tuple([fill("({}) t", select) for select in source])

    def seen(self, context: Context) -> Sql:
        """`visible`, safe beside other conditions."""
        condition = self.visible(context)
        return condition if condition in (TRUE, FALSE) else fill("({})", condition)

    @cached_property
    def alive(self) -> Sql:
        """The condition of rows that are not deleted."""
        return TRUE if self.deleted_at is None else Sql(f"({self.deleted_at}) is null")


def shorthands(*names: str) -> dict[str, tuple[str, str]]:
    """The shorthands of the fields `names`: in snake_case, equality; of `name`, a case-insensitive substring."""
    return {
        re.sub(r"[A-Z]", lambda match: "_" + match[0].lower(), name): (name, "icontains" if name == "name" else "eq")
        for name in names
    }
