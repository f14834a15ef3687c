"""Relations between the lists of slices: said by name, as one may lead to what a slice further up declares."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import LiteralString

from graft.auth.scope import ListResource, Scope
from graft.listing import FALSE, Catalog, Relation, Sql
from graft.web.endpoint import Endpoint


def to_one(name: str, *columns: tuple[LiteralString, LiteralString]) -> Relation:
    """The relation to the row of the resource `name` in which `columns`, pairs of this row's and its, are equal."""
    return Relation(name, columns)


def to_many(name: str, *columns: tuple[LiteralString, LiteralString], belonging: Sql | None = None) -> Relation:
    """As `to_one`, to any number of rows."""
    return Relation(name, columns, many=True, belonging=belonging)


def catalog_of(resources: Iterable[ListResource], endpoints: Sequence[Endpoint]) -> Catalog[Scope]:
    """What relations lead to. Publishable keys are led only to what they may list.

    ValueError where a relation, of these or of what `endpoints` list, leads to nothing.
    """
    listed = [endpoint for endpoint in endpoints if endpoint.list_resource is not None]
    publishable = {endpoint.list_resource.name for endpoint in listed if endpoint.publishable}
    catalog = Catalog(
        resource if resource.name in publishable else replace(resource, visible=_not_by_publishable(resource))
        for resource in resources
    )
    for endpoint in listed:
        catalog.check(endpoint.list_resource)
    return catalog


def _not_by_publishable(resource: ListResource) -> Callable[[Scope], Sql]:
    def visible(scope: Scope) -> Sql:
        return FALSE if scope.caller.kind == "publishable" else resource.visible(scope)

    return visible
