"""Random filters over declared resources, all of which the listing library must accept."""

import random
from collections.abc import Callable
from typing import Any

from graft.listing import Catalog, Resource

_QUANTIFIERS = ["some", "every", "none"]
# a value for a field, by its name
Values = Callable[[Resource[Any], str], Any]


class Filters:
    """Filters whose conditions take their values from `values`."""

    def __init__(self, choice: random.Random, values: Values, catalog: Catalog[Any]) -> None:
        self.choice = choice
        self._values = values
        self._catalog = catalog

    def filter(self, resource: Resource[Any], depth: int = 3, hops: int = 3) -> dict[str, Any]:
        """A filter of no, one or two members that nests `depth` deep and follows `hops` relations at most."""
        made: dict[str, Any] = {}
        for _ in range(self.choice.choice([0, 1, 1, 1, 2])):
            name, value = self._member(resource, depth, hops)
            made[name] = value
        return made

    def _member(self, resource: Resource[Any], depth: int, hops: int) -> tuple[str, Any]:
        kinds = ["field"] * 3
        if depth:
            kinds += ["AND", "OR", "NOT"] + ["relation"] * 2 * bool(hops and resource.relations)
        kind = self.choice.choice(kinds)
        if kind == "field":
            return self.condition(resource)
        if kind == "relation":
            return self._relation(resource, depth, hops)
        if kind == "NOT":
            return kind, self.filter(resource, depth - 1, hops)
        return kind, [self.filter(resource, depth - 1, hops) for _ in range(self.choice.randrange(4))]

    def chain(self, resource: Resource[Any], hops: int = 3) -> dict[str, Any]:
        """One condition, on what stands at the end of up to so many relations in a row."""
        if not hops or not resource.relations or self.choice.random() < 0.2:
            return self._sharp(resource)
        name = self.choice.choice(list(resource.relations))
        inner = self.chain(self._catalog[resource.relations[name].target], hops - 1)
        return {name: {self.choice.choice(_QUANTIFIERS): inner} if resource.relations[name].many else inner}

    def _sharp(self, resource: Resource[Any]) -> dict[str, Any]:
        """A condition that some of the rows fulfil, and others do not."""
        name = self.choice.choice([name for name, field in resource.fields.items() if field.scalar.operators])
        if resource.fields[name].scalar.name == "id":
            return {name: {"in": [self._values(resource, name) for _ in range(20)]}}
        strict = {"eq", "lt", "gte", "icontains"} & resource.fields[name].scalar.operators
        return {name: {self.choice.choice(sorted(strict)): self._values(resource, name)}}

    def _relation(self, resource: Resource[Any], depth: int, hops: int) -> tuple[str, Any]:
        name = self.choice.choice(list(resource.relations))
        relation = resource.relations[name]
        if not relation.many:
            inner = self.filter(self._catalog[relation.target], depth - 1, hops - 1)
            return name, None if self.choice.random() < 0.1 else inner
        quantifiers = self.choice.sample(_QUANTIFIERS, self.choice.choice([0, 1, 1, 1, 2]))
        return name, {word: self.filter(self._catalog[relation.target], depth - 1, hops - 1) for word in quantifiers}

    def condition(self, resource: Resource[Any]) -> tuple[str, Any]:
        """A field, and one value or some operators."""
        name = self.choice.choice([name for name, field in resource.fields.items() if field.scalar.operators])
        operators = sorted(resource.fields[name].scalar.operators)
        if self.choice.random() < 0.2:
            return name, self._value(resource, name, null=True)
        made: dict[str, Any] = {}
        for operator in self.choice.sample(operators, self.choice.choice([0, 1, 1, 1, 2])):
            if operator == "isNull":
                made[operator] = self.choice.random() < 0.5
            elif operator in {"in", "notIn"}:
                count = self.choice.randrange(4)
                made[operator] = [self._value(resource, name, null=True) for _ in range(count)]
            else:
                made[operator] = self._value(resource, name, null=operator in {"eq", "ne"})
        return name, made

    def _value(self, resource: Resource[Any], name: str, *, null: bool) -> Any:
        return None if null and self.choice.random() < 0.15 else self._values(resource, name)
