"""Look up the resources that relations lead to, by name."""

from collections.abc import Iterable, Iterator
from typing import Generic

from graft.listing.resource import Context, Resource


class Catalog(Generic[Context]):
    """All resources by name. Relations hold names, not resources, as they lead in circles and across modules.

    Raises `ValueError` for a wrong declaration: a bug, which shows when the program starts.
    """

    def __init__(self, resources: Iterable[Resource[Context]]) -> None:
        self._by_name: dict[str, Resource[Context]] = {}
        for resource in resources:
            if resource.name in self._by_name:
                raise ValueError(f"two resources of the catalog have the name {resource.name}")
            self._by_name[resource.name] = resource
        for resource in self:
            self.check(resource)

    def __iter__(self) -> Iterator[Resource[Context]]:
        return iter(self._by_name.values())

    def __getitem__(self, name: str) -> Resource[Context]:
        return self._by_name[name]

    def check(self, resource: Resource[Context]) -> None:
        """Raise `ValueError` if a relation of the resource, which need not be in the catalog, leads out of it."""
        for name, relation in resource.relations.items():
            if relation.target not in self._by_name:
                raise ValueError(
                    f"the relation {name} of {resource.name} leads to {relation.target}, which is not in the catalog"
                )
