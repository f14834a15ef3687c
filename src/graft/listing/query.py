"""A query with its names resolved to fields and relations and its values typed: all that `compile` gets to see."""

from collections.abc import Iterable
from typing import Any, Generic, Literal, Union

import msgspec

from graft.listing.resource import Context, Field, Relation, Resource

Deleted = Literal["false", "true", "only"]
Comparator = Literal["=", "<", "<=", ">", ">=", "like", "ilike"]


class And(msgspec.Struct, frozen=True):
    """True if all items are, so also without any."""

    items: tuple["Filter", ...]


class Or(msgspec.Struct, frozen=True):
    """True if one item is, so never without any."""

    items: tuple["Filter", ...]


class Not(msgspec.Struct, frozen=True):
    item: "Filter"


class IsNull(msgspec.Struct, frozen=True):
    field: Field


class Comparison(msgspec.Struct, frozen=True):
    """A field compared with a value, which is not null; false for a null in the field."""

    field: Field
    comparator: Comparator
    value: Any


class In(msgspec.Struct, frozen=True):
    """A field that is one of several values, none of them null; false for a null in the field."""

    field: Field
    values: tuple[Any, ...]


class Related(msgspec.Struct, frozen=True):
    """At least one row that the relation leads to passes the filter, is visible to the caller, and not deleted."""

    relation: Relation
    target: Resource[Any]
    filter: "Filter"


Filter = Union[And, Or, Not, IsNull, Comparison, In, Related]  # noqa: UP007  a name that strings above refer to


class Key(msgspec.Struct, frozen=True):
    """One key of the order; `name` is that of the field, `field` its rank, if it has one."""

    name: str
    field: Field
    descending: bool
    nulls_first: bool


Keys = tuple[Key, ...]


def backwards(keys: Iterable[Key]) -> Keys:
    """The keys of the reverse order."""
    return tuple(Key(key.name, key.field, not key.descending, not key.nulls_first) for key in keys)


class Paging(msgspec.Struct, frozen=True):
    """Which page of a list: at most `limit` rows after or before a cursor."""

    limit: int
    after: str | None
    before: str | None


class Query(Paging, Generic[Context], frozen=True, kw_only=True):
    """A list and one page of it. The last of `keys` is the id, so that no two rows are equal in the order.

    `identity` has everything that a cursor is bound to: the filter in all its forms, and the order.
    """

    resource: Resource[Context]
    filter: Filter
    keys: Keys
    ids: tuple[str, ...] | None
    deleted: Deleted
    identity: bytes
