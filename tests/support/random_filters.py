"""Random filters over declared resources, all of which the listing library must accept."""

import random
from collections.abc import Callable
from typing import Any

from graft.listing import Resource

# a value for a field, by its name
Values = Callable[[Resource[Any], str], Any]


class Filters:
    """Filters whose conditions take their values from `values`."""

    def __init__(self, choice: random.Random, values: Values) -> None:
        self.choice = choice
        self._values = values

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
            return self._condition(resource)
        if kind == "relation":
            return self.relation(resource, self.choice.choice(list(resource.relations)), depth, hops)
        if kind == "NOT":
            return kind, self.filter(resource, depth - 1, hops)
        return kind, [self.filter(resource, depth - 1, hops) for _ in range(self.choice.randrange(4))]

    def relation(self, resource: Resource[Any], name: str, depth: int, hops: int) -> tuple[str, Any]:
        """A condition on what the relation `name` leads to."""
        relation = resource.relations[name]
        if not relation.many:
            inner = self.filter(relation.target(), depth - 1, hops - 1)
            return name, None if self.choice.random() < 0.1 else inner
        quantifiers = self.choice.sample(["some", "every", "none"], self.choice.choice([0, 1, 1, 1, 2]))
        return name, {word: self.filter(relation.target(), depth - 1, hops - 1) for word in quantifiers}

    def _condition(self, resource: Resource[Any]) -> tuple[str, Any]:
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
