"""A query whose names are fields and relations and whose values are typed: all that the SQL writer ever sees."""

from collections.abc import Iterable
from typing import Any, Generic, Literal, Union

import msgspec

from graft.listing.resource import Context, Field, Relation, Resource

Deleted = Literal["false", "true", "only"]
Comparator = Literal["=", "<", "<=", ">", ">=", "like", "ilike"]


class And(msgspec.Struct, frozen=True):
    """Of no items: true."""

    items: tuple["Filter", ...]


class Or(msgspec.Struct, frozen=True):
    """Of no items: false."""

    items: tuple["Filter", ...]


class Not(msgspec.Struct, frozen=True):
    item: "Filter"


class IsNull(msgspec.Struct, frozen=True):
    field: Field


class Comparison(msgspec.Struct, frozen=True):
    """Field against one value that is not null; false for a null in the field."""

    field: Field
    comparator: Comparator
    value: Any


class In(msgspec.Struct, frozen=True):
    """Field against a list of values, none of them null; false for a null in the field."""

    field: Field
    values: tuple[Any, ...]


class Related(msgspec.Struct, frozen=True):
    """At least one row at the other end of the relation, seen by the caller and not deleted, passes the filter."""

    relation: Relation
    target: Resource[Any]
    filter: "Filter"


Filter = Union[And, Or, Not, IsNull, Comparison, In, Related]  # noqa: UP007  a name that strings above refer to


class Key(msgspec.Struct, frozen=True):
    """One key of the order."""

    name: str
    field: Field
    descending: bool
    nulls_first: bool


Keys = tuple[Key, ...]


def backwards(keys: Iterable[Key]) -> Keys:
    """The same order from its other end."""
    return tuple(Key(key.name, key.field, not key.descending, not key.nulls_first) for key in keys)


class Paging(msgspec.Struct, frozen=True):
    """Which page of a list."""

    limit: int
    after: str | None
    before: str | None


class Query(Paging, Generic[Context], frozen=True, kw_only=True):
    """One page's query. The last of `keys` is the id, so that no two rows are equal in the order."""

    resource: Resource[Context]
    filter: Filter
    keys: Keys
    ids: tuple[str, ...] | None
    deleted: Deleted
    # all that a cursor is bound to: the filter in every form, and the order
    identity: bytes
