"""Resources name each other, so that a relation may lead to one that a slice further up declares."""

from collections.abc import Callable
from dataclasses import replace
from typing import LiteralString

from graft.listing import FALSE, Relation, Sql
from graft.web.lists import ListResource, Scope

_resources: dict[str, ListResource] = {}


def declared(resource: ListResource, *, publishable: bool = False) -> ListResource:
    """`resource`, to be reached by relations under its name; by publishable keys only if they may read it."""
    _resources[resource.name] = resource if publishable else replace(resource, visible=_not_by_publishable(resource))
    return resource


def _not_by_publishable(resource: ListResource) -> Callable[[Scope], Sql]:
    def visible(scope: Scope) -> Sql:
        return FALSE if scope.caller.kind == "publishable" else resource.visible(scope)

    return visible


def reachable() -> list[ListResource]:
    """Everything that relations lead to, as they see it."""
    return list(_resources.values())


def to_one(name: str, *columns: tuple[LiteralString, LiteralString]) -> Relation[Scope]:
    """The relation to the row of the resource `name` in which `columns`, pairs of this row's and its, are equal."""
    return Relation(lambda: _resources[name], columns)


def to_many(name: str, *columns: tuple[LiteralString, LiteralString]) -> Relation[Scope]:
    """As `to_one`, to any number of rows."""
    return Relation(lambda: _resources[name], columns, many=True)
