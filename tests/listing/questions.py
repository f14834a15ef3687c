"""Random questions that the library must answer: filters and orders over the toy resources."""

import json
import random
from decimal import Decimal
from typing import Any

from graft import ids
from graft.listing import Resource
from tests.listing.toy import APPS, CATALOG, WORDS, World, random_moment
from tests.support.random_filters import Filters

DIRECTIONS = ["asc", "desc", "asc_nulls_first", "asc_nulls_last", "desc_nulls_first", "desc_nulls_last"]


class Maker(Filters):
    """Filters with values that the toy world has, or nearly has."""

    def __init__(self, world: World, choice: random.Random) -> None:
        super().__init__(choice, self._of_the_world, CATALOG)
        self.data = world.data

    def _of_the_world(self, resource: Resource[Any], name: str) -> Any:
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


def random_order(choice: random.Random, resource: Resource[Any] = APPS) -> list[dict[str, str]]:
    names = [name for name, field in resource.fields.items() if field.scalar.orderable]
    return [{name: choice.choice(DIRECTIONS)} for name in choice.sample(names, choice.randrange(6))]


def directed(order: list[dict[str, str]]) -> str | None:
    return json.dumps(order) if order else None
