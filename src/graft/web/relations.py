"""Relations between lists. A relation names its target, as that may be declared in a slice that imports this one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import LiteralString

from graft.auth.scope import ListResource, Scope
from graft.listing import FALSE, Catalog, Relation, Sql
from graft.web.endpoint import Endpoint


def to_one(name: str, *columns: tuple[LiteralString, LiteralString]) -> Relation:
    """The relation to at most one row of the resource `name`.

    `columns` are pairs of expressions, over the row `t` here and over the row `t` there; the rows belong together if
    the two of each pair are equal.
    """
    return Relation(name, columns)


def to_many(name: str, *columns: tuple[LiteralString, LiteralString], belonging: Sql | None = None) -> Relation:
    """As `to_one`, to any number of rows; `belonging` is explained at `Relation`."""
    return Relation(name, columns, many=True, belonging=belonging)


def catalog_of(resources: Iterable[ListResource], endpoints: Sequence[Endpoint]) -> Catalog[Scope]:
    """The catalog in which relations find their targets by name.

    A filter must not tell a publishable key what no list shows it, so a resource without a publishable list has no rows
    for such a key. ValueError if the target of a relation, of `resources` or of a list of `endpoints`, is missing.
    """
    listed = [endpoint for endpoint in endpoints if endpoint.list_resource is not None]
    publishable = {endpoint.list_resource.name for endpoint in listed if endpoint.publishable}
    catalog = Catalog(
        resource if resource.name in publishable else replace(resource, visible=_hidden_from_publishable(resource))
        for resource in resources
    )
    for endpoint in listed:
        catalog.check(endpoint.list_resource)
    return catalog


def _hidden_from_publishable(resource: ListResource) -> Callable[[Scope], Sql]:
    def visible(scope: Scope) -> Sql:
        return FALSE if scope.caller.kind == "publishable" else resource.visible(scope)

    return visible
