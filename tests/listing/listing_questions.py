"""Random questions that the library must answer: filters and orders over the toy resources."""

import json
import random
from decimal import Decimal
from typing import Any

from listing_toy import APPS, WORDS, World, random_moment

from graft import ids
from graft.listing import Resource

DIRECTIONS = ["asc", "desc", "asc_nulls_first", "asc_nulls_last", "desc_nulls_first", "desc_nulls_last"]


class Maker:
    """Random filters that the library must accept."""

    def __init__(self, world: World, choice: random.Random) -> None:
        self.data = world.data
        self.choice = choice

    def filter(self, resource: Resource[Any], depth: int = 3, hops: int = 3) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for _ in range(self.choice.choice([0, 1, 1, 1, 2])):
            name, value = self._member(resource, depth, hops)
            made[name] = value
        return made

    def _member(self, resource: Resource[Any], depth: int, hops: int) -> tuple[str, Any]:
        kinds = ["field"] * 3
        if depth:
            kinds += ["AND", "OR", "NOT"] + ["relation"] * 2 * bool(hops)
        kind = self.choice.choice(kinds)
        if kind == "field":
            field = self.choice.choice([name for name in resource.fields if name != "manifest"])
            return field, self._condition(resource, field)
        if kind == "relation":
            name = self.choice.choice(list(resource.relations))
            relation = resource.relations[name]
            if not relation.many:
                inner = self.filter(relation.target(), depth - 1, hops - 1)
                return name, None if self.choice.random() < 0.1 else inner
            quantifiers = self.choice.sample(["some", "every", "none"], self.choice.choice([0, 1, 1, 1, 2]))
            return name, {word: self.filter(relation.target(), depth - 1, hops - 1) for word in quantifiers}
        if kind == "NOT":
            return kind, self.filter(resource, depth - 1, hops)
        return kind, [self.filter(resource, depth - 1, hops) for _ in range(self.choice.randrange(4))]

    def _condition(self, resource: Resource[Any], name: str) -> Any:
        scalar = resource.fields[name].scalar
        if self.choice.random() < 0.2:
            return self._value(resource, name, null=True)
        made: dict[str, Any] = {}
        for operator in self.choice.sample(sorted(scalar.operators), self.choice.choice([0, 1, 1, 1, 2])):
            if operator == "isNull":
                made[operator] = self.choice.random() < 0.5
            elif operator in {"in", "notIn"}:
                count = self.choice.randrange(4)
                made[operator] = [self._value(resource, name, null=True) for _ in range(count)]
            else:
                made[operator] = self._value(resource, name, null=operator in {"eq", "ne"})
        return made

    def _value(self, resource: Resource[Any], name: str, *, null: bool) -> Any:
        if null and self.choice.random() < 0.15:
            return None
        scalar = resource.fields[name].scalar.name
        if scalar == "id":
            prefix = {"workspaceId": "wsp", "appId": "app", "parentId": "ins"}.get(name, resource.name[:3])
            table = {"wsp": "workspaces", "app": "apps", "ins": "installs", "mem": "members"}[prefix]
            some = self.choice.choice(getattr(self.data, table))
            known = some if isinstance(some, str) else some["id"]
            nobody = f"{prefix}_{ids.encode(self.choice.randbytes(16))}"
            return self.choice.choice([f"{prefix}_{known}"] * 6 + [f"usr_{known}", "", nobody])
        values: dict[str, list[Any]] = {
            "enum": ["private", "unlisted", "public"],
            "bool": [True, False],
            "timestamp": [random_moment(self.choice).isoformat()],
            "text": WORDS,
            "int": [0, 1, 2, -1, 3, 2**63 - 1, -(2**63)],
            "float": [0.1, 0.2, 0.1 + 0.2, -1.5, 1e300, 0],
            "decimal": [Decimal("1.10"), Decimal("1e-30"), Decimal("0.500"), Decimal(2), 7],
        }
        return self.choice.choice(values[scalar])


def random_order(choice: random.Random) -> list[dict[str, str]]:
    names = [name for name, field in APPS.fields.items() if field.scalar.orderable]
    return [{name: choice.choice(DIRECTIONS)} for name in choice.sample(names, choice.randrange(6))]


def directed(order: list[dict[str, str]]) -> str | None:
    return json.dumps(order) if order else None
